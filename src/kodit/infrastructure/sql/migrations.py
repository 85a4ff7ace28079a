"""Bringing a database to the schema that this kodit knows.

Alembic is slow to import, so it is asked only when the database's version differs from ours.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.errors import DatabaseUnusable
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.schema import SCHEMA
from kodit.infrastructure.sql.turns import Turn, take_turn

VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""Where a database is, as Alembic keeps it."""


async def version(connection: AsyncConnection) -> str | None:
    """The revision that a database is at; None for an empty one."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
        return None
    revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


async def upgrade(database: Database) -> bool:
    """Bring the database to `SCHEMA`; False when it was there already.

    Raises DatabaseUnusable when a newer kodit wrote it, or when it is no database of kodit's.
    """
    async with database.read() as connection:
        found = await version(connection)
        if found == SCHEMA:
            return False
        if found is None and await connection.run_sync(_has_tables):
            raise DatabaseUnusable("the database belongs to another program", remedy=_elsewhere(database))
    async with database.write() as connection:
        # Many processes may start at once. Who comes second finds everything done.
        await take_turn(connection, Turn.MIGRATE)
        await connection.run_sync(_bring_up, _elsewhere(database))
    return True


def _has_tables(connection: Connection) -> bool:
    return bool(inspect(connection).get_table_names())


def _elsewhere(database: Database) -> str:
    if database.is_sqlite:
        return "choose another --data-dir"
    return "choose another database, or a schema of its own by ?search_path=NAME in KODIT_DATABASE_URL"


def _bring_up(connection: Connection, elsewhere: str) -> None:
    # Asked again in this transaction: whoever came first may have made the tables.
    if connection.dialect.name == "sqlite" and not _has_tables(connection):
        _create(connection)
    else:
        _upgrade(connection, elsewhere)


def _create(connection: Connection) -> None:
    """Make every table as it is now: going through the revisions gives the same, and takes several times as long.

    PostgreSQL has more than these tables, which only the revisions make.
    """
    from kodit.infrastructure.sql.code_tables import metadata

    metadata.create_all(connection, checkfirst=False)
    VERSION.create(connection)
    connection.execute(insert(VERSION).values(version_num=SCHEMA))


def _upgrade(connection: Connection, elsewhere: str) -> None:
    from alembic import command
    from alembic.util import CommandError

    config = _config(connection)
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseUnusable(
            "the database was written by a newer kodit", remedy=f"upgrade kodit, or {elsewhere}"
        ) from error


def _config(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def scripts() -> Path:
    """The folder with the revisions: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).parents[2]
    shipped = package / "alembic"
    return shipped if shipped.is_dir() else package.parents[1] / "alembic"
