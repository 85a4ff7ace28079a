"""A database's version is known without opening it for work."""

import sqlite3
from contextlib import closing

import pytest

from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import SCHEMA, upgrade
from kodit.infrastructure.sqlite.schema_version import schema_version


async def test_a_database_that_is_up_to_date_says_so(tmp_path):
    path = tmp_path / "kodit.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await upgrade(database)
    await database.close()

    assert schema_version(path) == SCHEMA


@pytest.mark.parametrize("content", [b"", b"no database" * 1000], ids=["empty", "garbage"])
def test_what_is_no_database_of_ours_says_nothing_and_stays_as_it_is(tmp_path, content):
    path = tmp_path / "kodit.db"
    path.write_bytes(content)

    assert schema_version(path) is None
    assert path.read_bytes() == content


def test_a_version_table_without_a_version_says_nothing(tmp_path):
    path = tmp_path / "kodit.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")

    assert schema_version(path) is None


def test_what_is_missing_is_not_made(tmp_path):
    assert schema_version(tmp_path / "kodit.db") is None
    assert list(tmp_path.iterdir()) == []
