"""A database on a PostgreSQL server: brought up to date by many at once, broken and refused, in plain words."""

import asyncio
import signal
import sys
import warnings
from contextlib import asynccontextmanager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, MetaData, Table, Text, event, inspect, make_url, select, text

from kodit.domain.errors import DatabaseAway, DatabaseBusy, DatabaseUnusable, InvalidInput, NotFound, Refused
from kodit.infrastructure.sql import postgres_connections, postgres_short
from kodit.infrastructure.sql.code_tables import metadata
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.integrity import faults
from kodit.infrastructure.sql.migrations import SCHEMA, upgrade, version
from kodit.infrastructure.sql.types import Json
from postgres_server import PostgresServer

HANG_UP = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :of")


@asynccontextmanager
async def opened(url):
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def database(postgres_url):
    """An empty one, open."""
    async with opened(postgres_url) as database:
        yield database


@pytest.fixture
async def pairs(database):
    """A database with two rows to fight over."""
    await write(
        database,
        "CREATE TABLE pairs (id integer PRIMARY KEY, number integer)",
        "INSERT INTO pairs VALUES (1, 0), (2, 0)",
    )
    return database


async def execute(connection, statement, **given):
    return await connection.execute(text(statement), given)


async def write(database, *statements):
    async with database.write() as connection:
        for statement in statements:
            await execute(connection, statement)


async def tables(database):
    async with database.read() as connection:
        return await connection.run_sync(lambda sync: inspect(sync).get_table_names())


def differences(connection):
    with warnings.catch_warnings():
        # What an index on an expression is made of, PostgreSQL spells in its own way.
        warnings.filterwarnings("ignore", message=".*expression", category=UserWarning)
        # What is made from the snippets for searching has tables of its own.
        chosen = {
            "compare_type": True,
            "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
        }
        return compare_metadata(MigrationContext.configure(connection, opts=chosen), metadata)


class TestUpgrade:
    async def test_an_upgraded_database_has_exactly_the_tables_that_the_code_knows(self, database):
        assert await upgrade(database)
        assert not await upgrade(database)

        async with database.read() as connection:
            assert await connection.run_sync(differences) == []
            assert await version(connection) == SCHEMA

    async def test_an_index_is_partial_where_it_is_on_sqlite(self, database):
        await upgrade(database)
        async with database.read() as connection:
            found = await execute(connection, "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %'")
            partial = set(found.scalars())

        ours = [index for table in metadata.tables.values() for index in table.indexes]
        assert {index.name for index in ours if index.name in partial} == {
            index.name for index in ours if index.dialect_options["sqlite"]["where"] is not None
        }

    async def test_many_that_upgrade_at_once_all_succeed(self, postgres_url):
        async def bring_up():
            async with opened(postgres_url) as database:
                await upgrade(database)

        await asyncio.gather(*(bring_up() for _ in range(6)))

        async with opened(postgres_url) as database, database.read() as connection:
            assert await version(connection) == SCHEMA

    async def test_one_that_fails_leaves_nothing_behind(self, database):
        class PowerCutError(Exception):
            pass

        def fail(connection, cursor, statement, *rest):
            if "CREATE TABLE progress" in statement:
                raise PowerCutError

        event.listen(database._writer.sync_engine, "before_cursor_execute", fail)
        with pytest.raises(PowerCutError):
            await upgrade(database)
        event.remove(database._writer.sync_engine, "before_cursor_execute", fail)

        assert await tables(database) == []
        assert await upgrade(database)

    async def test_a_database_of_a_newer_kodit_is_refused_with_a_remedy(self, database):
        await upgrade(database)
        await write(database, "UPDATE alembic_version SET version_num = '9999'")

        with pytest.raises(DatabaseUnusable, match="newer") as caught:
            await upgrade(database)
        assert "upgrade kodit" in caught.value.remedy

    async def test_another_programs_database_is_refused_and_left_as_it_is(self, database, postgres_url):
        await write(database, "CREATE TABLE photos (id integer)")

        with pytest.raises(DatabaseUnusable, match="another program") as caught:
            await upgrade(database)

        assert "search_path" in caught.value.remedy
        assert await tables(database) == ["photos"]

    async def test_beside_another_program_kodit_lives_in_a_schema_of_its_own(self, database, postgres_url):
        await write(database, "CREATE TABLE photos (id integer)", "CREATE SCHEMA code")

        async with opened(f"{postgres_url}&search_path=code") as ours:
            assert await upgrade(ours)
            assert "tasks" in await tables(ours)

        assert await tables(database) == ["photos"]


class TestUrl:
    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
    async def test_every_spelling_of_the_scheme_is_understood(self, postgres_url, scheme):
        async with opened(f"{scheme}{postgres_url[postgres_url.index('://') :]}") as database:
            assert not database.is_sqlite
            assert await tables(database) == []

    async def test_what_every_postgresql_program_takes_is_taken(self, postgres_url):
        url = f"{postgres_url}&sslmode=disable&application_name=code"
        async with opened(url) as database, database.read() as connection:
            assert await connection.scalar(text("SHOW application_name")) == "code"

    @pytest.mark.parametrize("url", ["secret nonsense", "postgresql://u:secret@host:port/db", "mysql://u:secret@h/db"])
    def test_one_that_makes_no_sense_is_refused_without_repeating_it(self, url):
        with pytest.raises(InvalidInput) as caught:
            Database(url)

        assert "secret" not in f"{caught.value} {caught.value.remedy}"
        assert "postgresql://" in caught.value.remedy

    def test_without_its_driver_the_extra_is_named(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "asyncpg", None)

        with pytest.raises(InvalidInput) as caught:
            Database("postgresql://host/db")

        assert "kodit[postgres]" in caught.value.remedy


async def failing(url):
    """What is said when it is connected to."""
    async with opened(url) as database:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each test looks at its kind
            async with database.read():
                pass
    assert caught.value.remedy
    assert "secret" not in f"{caught.value} {caught.value.remedy}"
    return caught.value


class TestConnecting:
    async def test_a_server_that_does_not_answer_is_unavailable(self, tmp_path, unused_tcp_port):
        assert isinstance(await failing(f"postgresql://u:secret@127.0.0.1:{unused_tcp_port}/db"), DatabaseAway)
        assert isinstance(await failing(f"postgresql://u:secret@/db?host={tmp_path}"), DatabaseAway)

    async def test_a_database_that_does_not_exist_is_named(self, postgres_server):
        error = await failing(postgres_server.url("never_made"))

        assert isinstance(error, NotFound)
        assert "never_made" in str(error)

    async def test_a_database_that_lets_nobody_in_for_a_while_is_unavailable(self, postgres_server, postgres_url):
        name = make_url(postgres_url).database
        async with opened(postgres_server.url("postgres")) as beside:
            await write(beside, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            error = await failing(postgres_url)
            await write(beside, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

        assert isinstance(error, DatabaseAway)
        assert name in str(error)
        async with opened(postgres_url) as database:
            await alive(database)

    async def test_an_unknown_user_is_refused(self, postgres_url):
        error = await failing(postgres_url.replace("kodit@", "nobody_knows:secret@", 1))

        assert isinstance(error, Refused)

    async def test_a_parameter_that_makes_no_sense_is_refused(self, postgres_url):
        assert isinstance(await failing(f"{postgres_url}&sslmode=secretly"), InvalidInput)


async def alive(database):
    for unit in (database.write, database.read):
        async with unit() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1
    for way in (database.at_once, database.glance):
        assert await way(lambda connection: connection.exec_driver_sql("SELECT 1")) == [(1,)]


async def hang_up(database):
    async with database.read() as connection:
        await connection.execute(HANG_UP, {"of": database.url.database})


class TestLosingTheServer:
    async def test_connections_that_broke_while_nobody_used_them_are_made_anew(self, database):
        made, broken = [], asyncio.Queue()

        def watch(adapted, _record):
            made.append(adapted.driver_connection)
            made[-1].add_termination_listener(broken.put_nowait)

        for engine in (database._writer, database._readers, database._connections.short._engine):
            event.listen(engine.sync_engine, "connect", watch)
        await asyncio.gather(*(alive(database) for _ in range(8)))
        await hang_up(database)
        # All but the one that hung the others up have broken; until that has come through, nobody can know.
        async with asyncio.timeout(60):
            for _ in made[1:]:
                await broken.get()

        await asyncio.gather(*(alive(database) for _ in range(8)))

    async def test_one_that_was_not_used_for_long_is_tried_before_it_is_used(self, database, monkeypatch):
        await alive(database)
        for room in (postgres_connections, postgres_short):
            monkeypatch.setattr(room, "UNTRIED_SECONDS", -1)
        tried = []
        event.listen(database._writer.sync_engine.pool, "invalidate", lambda *what: tried.append(what))

        await alive(database)

        assert tried == []

    async def test_one_that_breaks_in_a_transaction_is_unavailable(self, database):
        async def write_through_it():
            async with database.write() as connection:
                await execute(connection, "SELECT 1")
                await hang_up(database)
                await execute(connection, "SELECT 1")

        with pytest.raises(DatabaseAway) as caught:
            await write_through_it()
        assert caught.value.remedy
        await alive(database)

    async def test_a_transaction_that_does_nothing_is_ended_so_that_nobody_waits_for_it(self, pairs, monkeypatch):
        monkeypatch.setattr(postgres_connections, "IDLE_SECONDS", 0.05)

        async def freeze(frozen):
            async with frozen.write() as connection:
                await execute(connection, "UPDATE pairs SET number = 1")
                await write(pairs, "UPDATE pairs SET number = 2")
                await execute(connection, "SELECT 1")

        async with opened(pairs.url.render_as_string(hide_password=False)) as frozen:
            with pytest.raises(DatabaseAway):
                await freeze(frozen)

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
    async def test_a_server_that_restarts_is_found_again(self, require, how):
        require("postgres of our own")
        server = PostgresServer()
        await asyncio.to_thread(server.open)
        try:
            async with opened(server.url("postgres")) as database:
                await alive(database)
                await asyncio.to_thread(server.stop, how)
                with pytest.raises(DatabaseAway):
                    await alive(database)
                await asyncio.to_thread(server.start)
                await alive(database)
        finally:
            await asyncio.to_thread(server.close)


class TestRowsThatOthersHold:
    async def test_a_deadlock_is_locked_for_one_of_the_two(self, pairs):
        async def update(first, second, mine, others):
            async with pairs.write() as connection:
                await execute(connection, "SET LOCAL deadlock_timeout = '20ms'")
                await execute(connection, "UPDATE pairs SET number = 1 WHERE id = :id", id=first)
                mine.set()
                await others.wait()
                await execute(connection, "UPDATE pairs SET number = 1 WHERE id = :id", id=second)

        one, two = asyncio.Event(), asyncio.Event()
        ended = await asyncio.gather(update(1, 2, one, two), update(2, 1, two, one), return_exceptions=True)

        assert sorted(type(end) for end in ended if end)[:1] == [DatabaseBusy]
        assert None in ended

    async def test_waiting_for_too_long_is_locked(self, pairs, monkeypatch):
        monkeypatch.setattr(postgres_connections, "LOCK_SECONDS", 0.05)
        async with opened(pairs.url.render_as_string(hide_password=False)) as impatient, pairs.write() as holder:
            await execute(holder, "UPDATE pairs SET number = 1")
            with pytest.raises(DatabaseBusy):
                await write(impatient, "UPDATE pairs SET number = 2")

    async def test_without_a_free_connection_it_is_locked(self, database, monkeypatch):
        monkeypatch.setattr(postgres_connections, "WAIT_SECONDS", 0.05)
        monkeypatch.setattr(postgres_connections, "WRITERS", 1)
        async with opened(database.url.render_as_string(hide_password=False)) as small, small.write():
            with pytest.raises(DatabaseBusy, match="every connection"):
                await asyncio.create_task(write(small, "SELECT 1"))

    async def test_a_permission_that_is_missing_is_refused(self, pairs):
        with pytest.raises(Refused):
            await write(pairs, "SET LOCAL ROLE pg_monitor", "UPDATE pairs SET number = 1")

    async def test_tables_that_another_process_changes_are_unavailable_for_a_moment(self, pairs):
        async with pairs.read() as connection:
            await execute(connection, "SELECT * FROM pairs")
        await write(pairs, "ALTER TABLE pairs ADD COLUMN word text")

        with pytest.raises(DatabaseAway, match="changed"):
            async with pairs.read() as connection:
                await execute(connection, "SELECT * FROM pairs")
        async with pairs.read() as connection:
            assert len((await execute(connection, "SELECT * FROM pairs")).all()) == 2


class TestOddTexts:
    """What PostgreSQL refuses in a text or in JSON is stored all the same."""

    TABLE = Table("odd", MetaData(), Column("word", Text), Column("held", Json))

    @pytest.mark.parametrize("word", ["a\0b", "caf\udce9.py", "\x1a0000", "\\u0000", "🙂 ü", ""])
    async def test_every_text_comes_back_and_is_found_by_itself(self, database, word):
        held = {word: [word, {"deep": word}], "number": 1}
        async with database.write() as connection:
            await connection.run_sync(self.TABLE.create)
            await connection.execute(self.TABLE.insert(), [{"word": word, "held": held}, {"word": "other", "held": 1}])

        async with database.read() as connection:
            found = await connection.execute(self.TABLE.select().where(self.TABLE.c.word == word))
            assert found.all() == [(word, held)]
            number = select(self.TABLE.c.held["number"].as_integer()).where(self.TABLE.c.word == word)
            assert await connection.scalar(number) == 1


class TestSoundness:
    async def test_a_new_database_is_sound(self, database):
        await upgrade(database)

        assert await faults(database) == []

    async def test_rows_that_refer_to_nothing_are_told(self, database):
        await upgrade(database)
        await write(
            database,
            "SET LOCAL session_replication_role = replica",
            "INSERT INTO gone_snippets (snippet_id, index_id) VALUES (1, 404), (2, 404)",
        )

        assert await faults(database) == ["2 rows of gone_snippets refer to rows of sources that do not exist"]

    async def test_an_index_that_was_never_finished_is_told(self, database):
        await upgrade(database)
        await write(
            database,
            "SET LOCAL allow_system_table_mods = on",
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tasks_next'::regclass",
        )

        assert await faults(database) == ["index tasks_next was never finished: REINDEX INDEX tasks_next"]
