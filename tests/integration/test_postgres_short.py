"""Short transactions on PostgreSQL: done or undone as a whole, on connections that are kept and that may break."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from kodit.domain.errors import DatabaseAway, DatabaseBusy
from kodit.infrastructure.sql import postgres_short
from kodit.infrastructure.sql.database import Database

PID = "SELECT pg_backend_pid()"
LOCK = "SELECT pg_advisory_xact_lock(1)"
WRITE = "INSERT INTO words VALUES ('one')"


@pytest.fixture
async def database(postgres_url):
    """One with a table of words, open."""
    database = Database(postgres_url)
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE words (word text UNIQUE)"))
    yield database
    await database.close()


def executing(*statements):
    """Work that executes them, and gives what the last one returns."""

    async def work(connection):
        for statement in statements:
            found = await connection.exec_driver_sql(statement)
        return [tuple(row) for row in found]

    return work


async def words(database):
    return await database.glance(executing("SELECT * FROM words"))


async def test_what_fails_is_undone_and_the_connection_goes_on(database):
    before = await database.at_once(executing(PID))
    with pytest.raises(asyncpg.UniqueViolationError):
        await database.at_once(executing(WRITE, WRITE))

    assert await words(database) == []
    assert await database.at_once(executing(WRITE, PID)) == before
    assert await words(database) == [("one",)]


async def test_what_goes_through_sqlalchemy_is_in_the_same_transaction(database):
    async def fail(connection):
        await connection.execute(text(WRITE))
        assert await connection.scalar(text("SELECT count(*) FROM words")) == 1
        raise LookupError

    with pytest.raises(LookupError):
        await database.at_once(fail)

    assert await words(database) == []


async def test_a_failure_that_somebody_swallows_is_not_taken_for_success(database):
    async def swallow(connection):
        await connection.exec_driver_sql(WRITE)
        with pytest.raises(asyncpg.PostgresSyntaxError):
            await connection.exec_driver_sql("SELECT FROM FROM")

    with pytest.raises(RuntimeError, match="undone"):
        await database.at_once(swallow)

    assert await words(database) == []


async def test_what_is_cancelled_half_way_is_undone(database):
    written = asyncio.Event()

    async def hang(connection):
        await connection.exec_driver_sql(WRITE)
        written.set()
        await connection.exec_driver_sql(LOCK)

    async with database.write() as holder:
        await holder.execute(text(LOCK))
        working = asyncio.create_task(database.at_once(hang))
        await written.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    assert await words(database) == []
    assert await database.at_once(executing(WRITE)) == []


async def test_whom_the_driver_cancels_though_nobody_asked_for_it_is_told_that_the_connection_broke(database):
    """asyncpg cancels what waits on a connection that it gives up, and a worker would take it for its end."""

    async def given_up(connection):
        await connection.exec_driver_sql(WRITE)
        raise asyncio.CancelledError

    with pytest.raises(DatabaseAway):
        await database.at_once(given_up)

    assert await words(database) == []


async def test_a_connection_that_breaks_half_way_is_unavailable_and_another_takes_its_place(database):
    with pytest.raises(DatabaseAway) as caught:
        await database.at_once(executing(WRITE, "SELECT pg_terminate_backend(pg_backend_pid())", "SELECT 1"))

    assert caught.value.remedy
    assert await words(database) == []


async def test_a_connection_is_kept_though_who_tried_it_was_cancelled(database, monkeypatch):
    before = await database.at_once(executing(PID))
    answers, trying = postgres_short._answers, asyncio.Event()

    async def tried(kept):
        trying.set()
        return await answers(kept)

    monkeypatch.setattr(postgres_short, "_answers", tried)
    monkeypatch.setattr(postgres_short, "UNTRIED_SECONDS", -1)
    working = asyncio.create_task(database.at_once(executing(PID)))
    await trying.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    assert await database.at_once(executing(PID)) == before


async def test_tables_that_another_process_changes_are_unavailable_for_a_moment(database):
    await database.at_once(executing("SELECT * FROM words"))
    async with database.write() as connection:
        await connection.execute(text("ALTER TABLE words ADD COLUMN more text"))

    with pytest.raises(DatabaseAway, match="changed"):
        await database.at_once(executing("SELECT * FROM words"))
    assert await database.at_once(executing("SELECT * FROM words")) == []


async def test_who_finds_no_connection_free_is_told(postgres_url, monkeypatch):
    monkeypatch.setattr(postgres_short, "MOST", 1)
    monkeypatch.setattr(postgres_short, "WAIT_SECONDS", 0.05)
    database = Database(postgres_url)

    async def ask_again(_connection):
        await asyncio.create_task(database.at_once(executing(PID)))

    with pytest.raises(DatabaseBusy, match="every connection"):
        await database.at_once(ask_again)
    await database.close()
