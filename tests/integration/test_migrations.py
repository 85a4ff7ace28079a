"""A database becomes what this kodit knows, or is left as it is."""

import asyncio
import hashlib
import re
import sqlite3
import subprocess
import sys
import threading
import warnings
from contextlib import asynccontextmanager, closing

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from kodit.domain.errors import DatabaseUnusable, KoditError
from kodit.infrastructure.sql import migrations
from kodit.infrastructure.sql.code_tables import metadata
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import SCHEMA, scripts, upgrade, version

UPGRADE = """
import asyncio, sys
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade

async def main():
    database = Database(sys.argv[1])
    sys.stdout.write("ready\\n")
    sys.stdout.flush()
    sys.stdin.readline()
    await upgrade(database)
    await database.close()

asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kodit.db"


def url_of(path):
    return f"sqlite+aiosqlite:///{path}"


@asynccontextmanager
async def opened(path):
    database = Database(url_of(path))
    try:
        yield database
    finally:
        await database.close()


def execute(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        return [connection.execute(statement).fetchall() for statement in statements]


def schema_of(path):
    [rows] = execute(path, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name")
    return rows


async def through_every_revision(database):
    """Bring an empty database up as an old one is brought up."""
    async with database.write() as connection:
        await connection.run_sync(migrations._upgrade, "")


def differences(connection):
    with warnings.catch_warnings():
        # SQLite cannot say what an index on an expression is made of; the test below reads its words instead.
        warnings.filterwarnings("ignore", message=".*expression", category=UserWarning)
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


async def test_an_upgraded_database_has_exactly_the_tables_that_the_code_knows(path):
    async with opened(path) as database:
        await through_every_revision(database)
        async with database.read() as connection:
            assert await connection.run_sync(differences) == []


async def test_an_upgraded_database_is_word_for_word_one_that_was_empty(path, tmp_path):
    empty = tmp_path / "empty.db"
    async with opened(path) as old, opened(empty) as new:
        await through_every_revision(old)
        assert await upgrade(new)
        assert not await upgrade(old)

    words = {name: _normal(sql) for _, name, _, sql in schema_of(path) if sql}
    assert words == {name: _normal(sql) for _, name, _, sql in schema_of(empty) if sql}
    assert "alembic_version" in words


def _normal(sql):
    # A column added later stands on the line of the one before it.
    return sorted(line.strip(" ,\t") for line in re.split(r"\n|, (?=\w+ [A-Z])", sql) if line.strip())


def test_the_newest_revision_is_the_one_that_the_code_asks_for():
    config = Config()
    config.set_main_option("script_location", str(scripts()))

    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA]


async def test_upgrading_twice_is_upgrading_once(path):
    async with opened(path) as database:
        await upgrade(database)
        before = schema_of(path)

        assert not await upgrade(database)

        assert schema_of(path) == before
        async with database.read() as connection:
            assert await version(connection) == SCHEMA


async def test_what_is_stored_survives_an_upgrade(path):
    async with opened(path) as database:
        await upgrade(database)
    execute(path, "INSERT INTO enrichments VALUES ('hash', 'model', 'words', 'other hash')")

    async with opened(path) as database:
        await upgrade(database)

    assert execute(path, "SELECT text FROM enrichments") == [[("words",)]]


async def test_what_imports_say_is_found_word_by_word_after_an_upgrade(path):
    async with opened(path) as database, database.write() as connection:
        await connection.run_sync(lambda sync: command.upgrade(migrations._config(sync), "0009"))
    execute(
        path,
        "INSERT INTO sources (id, name, kind, location, created_at) VALUES (1, 's', 'directory', '/s', '2026-01-01')",
        "INSERT INTO files (id, index_id, path, size, mtime_ns, content_hash, status) "
        "VALUES (7, 1, 'a.py', 1, 0, 'x', 'renamed'), (8, 1, 'b.js', 1, 0, 'x', 'clean')",
        """INSERT INTO imports (file_id, position, module, line, level, bindings, exported, system) VALUES
           (7, 0, 'pkg.größe', 1, 0, '[["g", "f"]]', 0, 0), (7, 1, 'pkg', 2, 0, '[["pkg", ""]]', 0, 0),
           (8, 0, './my-lib.js', 1, 0, '[]', 0, 0)""",
    )

    async with opened(path) as database:
        assert await upgrade(database)

    assert execute(
        path, "SELECT word, file_id FROM import_words ORDER BY file_id, word", "PRAGMA foreign_key_check"
    ) == [
        [("f", 7), ("g", 7), ("größe", 7), ("pkg", 7), ("js", 8), ("my-lib", 8)],
        [],
    ]
    assert execute(path, "SELECT DISTINCT former_paths FROM files") == [[(None,)]]


def test_two_processes_that_upgrade_at_once_both_succeed(path):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, url_of(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()

    ends = [(process.communicate(timeout=100)[1], process.returncode) for process in processes]

    assert ends == [("", 0)] * 2
    assert execute(path, "SELECT version_num FROM alembic_version") == [[(SCHEMA,)]]


async def test_upgraders_on_connections_of_their_own_all_succeed(path):
    async def bring_up():
        async with opened(path) as database:
            return await upgrade(database)

    await asyncio.gather(*(bring_up() for _ in range(6)))

    assert execute(path, "SELECT version_num FROM alembic_version") == [[(SCHEMA,)]]


async def refused(path):
    """The error of an upgrade that leaves the file as it was."""
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    async with opened(path) as database:
        with pytest.raises(DatabaseUnusable) as caught:
            await upgrade(database)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    return caught.value


async def test_a_database_of_a_newer_kodit_is_refused_with_a_remedy(path):
    async with opened(path) as database:
        await upgrade(database)
    execute(path, "UPDATE alembic_version SET version_num = '9999'")

    error = await refused(path)

    assert "newer" in str(error)
    assert "upgrade kodit" in error.remedy
    assert execute(path, "SELECT version_num FROM alembic_version") == [[("9999",)]]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"This is no database. " * 400, id="another file"),
        pytest.param(b"SQLite format 3\0" + b"\xff" * 8_000, id="a broken header"),
    ],
)
async def test_a_corrupt_file_is_refused_with_a_remedy_and_left_as_it_is(path, content):
    path.write_bytes(content)

    assert (await refused(path)).remedy


async def test_a_database_cut_short_is_refused(path):
    async with opened(path) as database:
        await upgrade(database)
    path.write_bytes(path.read_bytes()[:5_000])

    assert (await refused(path)).remedy


async def test_another_programs_database_is_refused_and_left_as_it_is(path):
    execute(path, "CREATE TABLE photos (id INTEGER PRIMARY KEY)")

    assert (await refused(path)).remedy
    assert [name for _, name, _, _ in schema_of(path)] == ["photos"]


@pytest.mark.parametrize("bring_up", [upgrade, through_every_revision], ids=["at once", "revision by revision"])
async def test_a_migration_that_fails_leaves_nothing_behind(path, bring_up):
    class PowerCutError(Exception):
        pass

    async with opened(path) as database:

        def fail(connection, cursor, statement, *rest):
            if "CREATE TABLE progress" in statement:
                raise PowerCutError

        event.listen(database._writer.sync_engine, "before_cursor_execute", fail)
        with pytest.raises(PowerCutError):
            await bring_up(database)
        assert schema_of(path) == []
        event.remove(database._writer.sync_engine, "before_cursor_execute", fail)

        assert await upgrade(database)


async def test_no_file_but_the_database_is_touched(path, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    async with opened(path) as database:
        await upgrade(database)

    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["elsewhere", "kodit.db"]
    assert list(elsewhere.iterdir()) == []


async def test_a_folder_that_does_not_exist_is_an_error_that_a_user_can_read(tmp_path):
    async with opened(tmp_path / "missing" / "kodit.db") as database:
        with pytest.raises(KoditError) as caught:
            await upgrade(database)
        await asyncio.to_thread(join_the_driver)

    assert caught.value.remedy
    assert not (tmp_path / "missing").exists()


def join_the_driver():
    """Wait for the thread of a connection that could not be made: it answers to the event loop a moment later."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            thread.join(60)
