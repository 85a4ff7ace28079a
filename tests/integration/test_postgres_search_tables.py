"""Keyword search and vectors get their tables on PostgreSQL, or a word on what is missing there."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from kodit.domain.errors import DatabaseUnusable
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import SCHEMA, upgrade, version
from postgres_server import PostgresServer


@pytest.fixture
def stranger(require: Callable[[str], None], postgres_server: PostgresServer, postgres_url: str) -> Iterator[str]:
    """The URL of the same database for a user who may make tables in it, and no extensions."""
    require("postgres of our own")
    postgres_server.execute("CREATE ROLE stranger LOGIN")
    yield str(make_url(postgres_url).set(username="stranger").render_as_string(hide_password=False))
    postgres_server.execute("DROP ROLE stranger")


def looking_into(url: str, schemas: str) -> str:
    """The URL with the schemas that are looked into, in order."""
    return make_url(url).update_query_dict({"search_path": schemas}).render_as_string(hide_password=False)


async def execute(url: str, *statements: str) -> None:
    database = Database(url)
    async with database.write() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await database.close()


async def refused(url: str) -> DatabaseUnusable:
    """Why a database cannot be used; it must be as empty as before."""
    database = Database(url)
    try:
        with pytest.raises(DatabaseUnusable) as caught:
            await upgrade(database)
        async with database.read() as connection:
            assert await version(connection) is None
    finally:
        await database.close()
    return caught.value


async def test_who_may_not_add_pgvector_is_told_whom_to_ask(postgres_url: str, stranger: str) -> None:
    await execute(postgres_url, "GRANT CREATE ON SCHEMA public TO stranger")
    error = await refused(stranger)
    assert "may not add it" in str(error)
    assert "CREATE EXTENSION vector" in (error.remedy or "")
    await execute(postgres_url, "CREATE EXTENSION vector")
    database = Database(stranger)
    await upgrade(database)
    async with database.read() as connection:
        assert await version(connection) == SCHEMA
    await database.close()
    await execute(postgres_url, "DROP OWNED BY stranger")


async def test_a_server_without_pgvector_is_named_with_the_remedy(postgres_url: str) -> None:
    # A view of that name, looked at before the server's own, stands for a server that does not have it.
    hidden = (
        "CREATE VIEW hidden.pg_available_extensions AS SELECT * FROM pg_catalog.pg_available_extensions WHERE false"
    )
    await execute(postgres_url, "CREATE SCHEMA hidden", hidden)
    error = await refused(looking_into(postgres_url, "public,hidden,pg_catalog"))
    assert "does not have pgvector" in str(error)
    assert "CREATE EXTENSION vector" in (error.remedy or "")


@pytest.mark.parametrize("found", ["0.7.4", "0.5.1"])
async def test_a_pgvector_that_is_too_old_is_named_with_the_remedy(postgres_url: str, found: str) -> None:
    old = f"CREATE VIEW hidden.pg_available_extensions AS SELECT 'vector' AS name, '{found}' AS default_version,"
    await execute(postgres_url, "CREATE SCHEMA hidden", f"{old} '{found}' AS installed_version")
    error = await refused(looking_into(postgres_url, "public,hidden,pg_catalog"))
    assert found in str(error)
    assert "ALTER EXTENSION vector UPDATE" in (error.remedy or "")


async def test_pgvector_in_a_schema_that_is_not_looked_into_is_named_with_the_remedy(postgres_url: str) -> None:
    await execute(postgres_url, "CREATE EXTENSION vector SCHEMA public", "CREATE SCHEMA own")
    error = await refused(looking_into(postgres_url, "own"))
    assert "?search_path=NAME,public" in (error.remedy or "")
    database = Database(looking_into(postgres_url, "own,public"))
    await upgrade(database)
    async with database.read() as connection:
        assert await version(connection) == SCHEMA
    await database.close()
