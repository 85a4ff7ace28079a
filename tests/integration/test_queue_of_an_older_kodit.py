"""A queue that an older kodit filled goes on where it stood, on both databases."""

from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import SCHEMA, scripts, upgrade, version
from kodit.infrastructure.sql.tables import runs, tasks

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEFORE_MOMENTS = "0010"
LIVE_RUNS, OVER_RUNS = ("pending", "processing"), ("completed", "failed", "cancelled")
LIVE, OVER = ("blocked", "scheduled", "ready", "running"), ("succeeded", "skipped", "dead", "cancelled")


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def url(request, tmp_path):
    if request.param == "SQLite":
        return f"sqlite+aiosqlite:///{tmp_path / 'kodit.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def older(url):
    """A database as an older kodit left it, open."""
    database = Database(url)
    await upgrade(database)
    async with database.write() as connection:
        await connection.run_sync(take_back)
    yield database
    await database.close()


def take_back(connection):
    config = Config()
    config.set_main_option("script_location", str(scripts()))
    config.attributes["connection"] = connection
    command.downgrade(config, BEFORE_MOMENTS)


def a_run(number, state, finished_at):
    row = {"id": number, "pipeline": "code", "dedup_key": f"run {number}", "payload": {}, "priority": 10, "counts": {}}
    return row | {"state": state, "created_at": NOON, "finished_at": finished_at}


def a_task(number, state, finished_at):
    row = {"id": number, "run_id": 1, "type": 1_000 + number, "priority": 10, "payload": {}, "needs": (), "errors": ()}
    row |= {"dedup_key": f"task {number}", "place": "", "created_at": NOON, "ready_at": NOON, "attempts": 0}
    return row | {"max_attempts": 4, "cancel_requested": False, "state": state, "finished_at": finished_at}


async def fill(database, finished_at, of_live=None):
    """A row of every state; those over ended at `finished_at`."""
    states = enumerate((*LIVE_RUNS, *OVER_RUNS), 1)
    async with database.write() as connection:
        for number, state in states:
            moment = finished_at if state in OVER_RUNS else of_live
            await connection.execute(insert(runs).values(a_run(number, state, moment)))
        for number, state in enumerate((*LIVE, *OVER), 1):
            moment = finished_at if state in OVER else of_live
            await connection.execute(insert(tasks).values(a_task(number, state, moment)))


async def over(database, table):
    """The states of the rows that have a moment at which they ended."""
    async with database.read() as connection:
        return set(await connection.scalars(select(table.c.state).where(table.c.finished_at.is_not(None))))


@pytest.mark.parametrize(("finished_at", "of_live"), [(NOON, None), (None, NOON)], ids=["kodit's", "somebody else's"])
async def test_exactly_what_is_over_has_a_moment_at_which_it_ended(older, finished_at, of_live):
    await fill(older, finished_at, of_live)

    assert await upgrade(older)

    assert await over(older, runs) == set(OVER_RUNS)
    assert await over(older, tasks) == set(OVER)
    async with older.read() as connection:
        assert await version(connection) == SCHEMA


async def test_a_key_is_had_by_one_live_run_and_free_once_that_is_over(older):
    await fill(older, NOON)
    await upgrade(older)

    for number, state in enumerate((*LIVE_RUNS, *OVER_RUNS), 1):
        again = a_run(100 + number, LIVE_RUNS[0], None) | {"dedup_key": f"run {number}"}
        assert await stored(older, insert(runs).values(again)) is (state in OVER_RUNS), state


async def test_each_phase_is_in_a_run_once(older):
    await fill(older, NOON)
    await upgrade(older)
    first, another = a_task(1, LIVE[0], None), a_task(100, LIVE[0], None)

    assert not await stored(older, insert(tasks).values(another | {"type": first["type"]}))
    assert await stored(older, insert(tasks).values(another))


async def stored(database, statement):
    """Whether no key stands against it."""
    try:
        async with database.write() as connection:
            await connection.execute(statement)
    except IntegrityError:
        return False
    return True
