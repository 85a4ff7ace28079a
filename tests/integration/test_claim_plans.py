"""What a claim costs when very many tasks stand about, on both databases: as much as when there are few.

And what a settlement costs: as much as what is settled.
"""

import asyncio
import json
import os
import sqlite3
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, text

from kodit.domain.tasks.claim import Demand, Ending, Settlement
from kodit.domain.tasks.policy import Done, RetryPolicy
from kodit.domain.tasks.task import Lease
from kodit.domain.tasks.task_type import OtherTaskType, TaskType
from kodit.infrastructure.sql.claiming import AT_ONCE
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.unit_of_work import SqlStorage

ROWS = int(os.environ.get("KODIT_TEST_ROWS", "200000"))
"""Enough for a plan that reads them all to be told from one that does not. A million takes half a minute."""
SLOTS = 10
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LATER = NOON + timedelta(days=99)
PLACES = ("", "here")
DEMANDS = {
    "every type": Demand(limit=SLOTS, types=tuple(TaskType), places=PLACES),
    "one type": Demand(limit=SLOTS, types=(TaskType.SYNC,)),
    "the longest waiting": Demand(limit=SLOTS, types=tuple(TaskType), places=PLACES, oldest=SLOTS, aged_until=LATER),
    "the longest waiting of one type": Demand(limit=SLOTS, types=(TaskType.SYNC,), oldest=SLOTS, aged_until=LATER),
}
NOTHING = Demand(limit=SLOTS, types=(OtherTaskType(2000),), places=PLACES)
MOST_ROWS = 25 * SLOTS
"""Each of ten looks, five types at two places, may find as many as are wanted, and what was chosen is changed."""
MOST_STEPS = 1_000 * SLOTS
"""Reading every row would take a hundred times as many."""

# By elevens: the first two can be claimed here; one can be claimed elsewhere and one by nobody here, both more urgent
# than all the rest; two are due later; one is blocked, one done, one dead; one can be claimed anywhere.
FILL = """
INSERT INTO runs (id, pipeline, dedup_key, payload, priority, state, counts, created_at)
SELECT n + 1, 'code', 'key ' || n, {empty}, 10, 'pending', {empty}, {noon}
FROM ({numbers}) AS numbers;
INSERT INTO tasks (run_id, type, state, priority, payload, needs, dedup_key, place, created_at, ready_at, attempts,
    max_attempts, cancel_requested, errors, finished_at)
SELECT n + 1,
    {type},
    CASE kind WHEN 5 THEN 'scheduled' WHEN 6 THEN 'scheduled' WHEN 7 THEN 'blocked' WHEN 8 THEN 'succeeded'
        WHEN 9 THEN 'dead' ELSE 'ready' END,
    CASE WHEN kind IN (3, 4) THEN 1000 ELSE n * 37 % 101 END,
    {empty}, {none}, 'key ' || n,
    CASE WHEN kind = 3 THEN 'there' WHEN kind < 2 THEN 'here' ELSE '' END,
    {noon}, CASE WHEN kind IN (5, 6) THEN {some_day} ELSE {noon} END,
    0, 4, {false}, {none}, CASE WHEN kind IN (8, 9) THEN {noon} END
FROM (SELECT n, {kinds} AS kind FROM ({numbers}) AS all_numbers) AS numbers;
INSERT INTO progress (task_id, step, position, state, current, started_at, updated_at)
SELECT id, 'SCAN_FILES', 1, 'done', 1, created_at, created_at FROM tasks WHERE finished_at IS NOT NULL;
ANALYZE
"""
SPELLINGS = {
    "sqlite": {
        "numbers": "WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c LIMIT ROWS) SELECT n FROM c",
        "empty": "'{}'",
        "none": "'[]'",
        "false": "0",
        "noon": "datetime('2026-01-01 12:00', n || ' seconds') || '.000000'",
        "some_day": "'2999-01-01 12:00:00.000000'",
    },
    "postgresql": {
        "numbers": "SELECT generate_series(0, ROWS - 1) AS n",
        "empty": "'{}'::jsonb",
        "none": "'[]'::jsonb",
        "false": "false",
        "noon": "TIMESTAMPTZ '2026-01-01 12:00Z' + n * INTERVAL '1 second'",
        "some_day": "TIMESTAMPTZ '2999-01-01 12:00Z'",
    },
}


async def fill(url, kinds="n % 11", types="CASE kind WHEN 4 THEN 1000 ELSE n / 11 % 5 + 1 END", rows=ROWS):
    database = Database(url)
    await upgrade(database)
    async with database.write() as connection:
        filling = FILL.format(kinds=kinds, type=types, **SPELLINGS[connection.dialect.name])
        for statement in filling.replace("ROWS", str(rows)).split(";"):
            await connection.exec_driver_sql(statement)
    await database.close()


class Undone(Exception):
    """Rolls back."""


class Full:
    """A database in which very many tasks stand about; nothing that is done to it lasts."""

    def __init__(self, url):
        self.url = url

    @asynccontextmanager
    async def unit(self, *settings):
        """A unit of work with its connection and, as they are made, its statements; undone at the end."""
        database = Database(self.url)
        seen = []

        def note(connection, cursor, statement, parameters, *rest):
            seen.append((statement, parameters))

        try:
            async with SqlStorage(database).write() as unit:
                connection = unit.tasks._connection
                for setting in settings:
                    await connection.exec_driver_sql(setting)
                event.listen(database._writer.sync_engine, "before_cursor_execute", note)
                yield unit.tasks, connection, seen
                raise Undone
        except Undone:
            pass
        finally:
            await database.close()


@pytest.fixture(scope="module")
def postgres(postgres_server):
    name = postgres_server.create()
    asyncio.run(fill(postgres_server.url(name)))
    yield Full(postgres_server.url(name))
    postgres_server.drop(name)


@pytest.fixture(scope="module")
def uniform(postgres_server):
    """The queue of a program that has a single type of tasks, all of them ready."""
    name = postgres_server.create()
    asyncio.run(fill(postgres_server.url(name), kinds="10", types="1"))
    yield Full(postgres_server.url(name))
    postgres_server.drop(name)


@pytest.fixture(scope="module")
def small(postgres_server):
    """As many tasks as PostgreSQL would rather read all of than ask an index a hundred times."""
    name = postgres_server.create()
    asyncio.run(fill(postgres_server.url(name), kinds="10", types="1", rows=10_000))
    yield Full(postgres_server.url(name))
    postgres_server.drop(name)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory):
    path = tmp_path_factory.mktemp("full") / "kodit.db"
    asyncio.run(fill(f"sqlite+aiosqlite:///{path}"))
    yield Full(f"sqlite+aiosqlite:///{path}")
    path.unlink()


@pytest.fixture
def stored(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["sqlite", "postgres"])
def full(request):
    return request.getfixturevalue(request.param)


async def claim(queue, demand, *, at=NOON):
    return await queue.claim(Lease(owner="worker", token="token", until=at + MINUTE), demand, now=at)


# What this transaction has read so far: rows by reading on and on, and rows found by an index.
READ = text(
    "SELECT sum(seq_tup_read), sum(idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname IN ('tasks', 'runs')"
)


class Reading:
    """Counts the rows that PostgreSQL reads in a transaction."""

    def __init__(self, connection):
        self._connection = connection
        self._before = (0, 0)

    async def since(self):
        """Rows read in sequence, and rows fetched by an index, since last asked."""
        now = tuple((await self._connection.execute(READ)).one())
        more = tuple(int(after - before) for after, before in zip(now, self._before, strict=True))
        self._before = now
        return more


ALIKE = [("uniform", "one type"), ("uniform", "the longest waiting of one type")]


@pytest.mark.parametrize(("stored", "wanted"), [*(("postgres", one) for one in DEMANDS), *ALIKE], indirect=["stored"])
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_the_hundredth_claim_reads_as_few_rows_as_the_first(stored, wanted, mode):
    """PostgreSQL plans a prepared statement anew after five executions."""
    async with stored.unit(f"SET LOCAL plan_cache_mode = {mode}") as (queue, connection, _):
        reading = Reading(connection)
        await reading.since()
        for _ in range(100):
            assert len(await claim(queue, DEMANDS[wanted])) == SLOTS
            in_sequence, fetched = await reading.since()
            assert in_sequence == 0
            assert fetched <= MOST_ROWS


@pytest.mark.parametrize("stored", ["small", "uniform"], indirect=True)
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_a_hundred_are_claimed_and_settled_without_reading_others(stored, mode):
    most = 100
    async with stored.unit(f"SET LOCAL plan_cache_mode = {mode}") as (queue, connection, _):
        reading = Reading(connection)
        await reading.since()
        for _ in range(10):
            claimed = await claim(queue, Demand(limit=most, types=(TaskType.SYNC,)))
            await queue.settle([ended(task) for task in claimed], now=NOON)
            in_sequence, fetched = await reading.since()
            assert (len(claimed), in_sequence) == (most, 0)
            # Looked for, changed, shown as begun; read together; changed.
            assert fetched <= 10 * most


@pytest.mark.parametrize("stored", ["small", "uniform"], indirect=True)
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_a_turn_of_a_hundred_reads_no_others(stored, mode):
    demand = Demand(limit=100, types=(TaskType.SYNC,), places=PLACES, oldest=25, aged_until=LATER)
    claimed = []
    async with stored.unit(f"SET LOCAL plan_cache_mode = {mode}") as (queue, connection, _):
        reading = Reading(connection)
        await reading.since()
        for number in range(10):
            lease = Lease(owner="worker", token=f"turn {number}", until=NOON + MINUTE)
            settlement, claimed = await queue.exchange([ended(task) for task in claimed], lease, demand, now=NOON)
            in_sequence, fetched = await reading.since()
            assert (len(claimed), settlement, in_sequence) == (100, Settlement(), 0)
            # Locked and changed, task and run; looked for twice, changed, shown as begun.
            assert fetched <= 12 * 100


@pytest.mark.parametrize("stored", ["small", "uniform"], indirect=True)
@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_a_hundred_leases_are_prolonged_without_reading_others(stored, mode):
    demand = Demand(limit=100, types=(TaskType.SYNC,))
    async with stored.unit(f"SET LOCAL plan_cache_mode = {mode}") as (queue, connection, _):
        claimed, others = await claim(queue, demand), await claim(queue, demand)
        reading = Reading(connection)
        await reading.since()
        for _ in range(10):
            assert len(await queue.extend(claimed, until=LATER)) == len(others) == 100
            # Found, locked and changed, each with older versions that nothing has cleared away; none in sequence.
            assert await reading.since() <= (0, 5 * 100)


def ended(task):
    return Ending(task, task.settled(Done(), policy=RetryPolicy(), now=NOON, chance=0.5), Done())


async def test_what_is_paused_limited_or_elsewhere_costs_a_claim_nothing(postgres):
    async with postgres.unit("SET LOCAL plan_cache_mode = force_generic_plan") as (queue, connection, _):
        await queue.pause(TaskType.SYNC, paused=True)
        await queue.limit(TaskType.EXTRACT, 3)
        reading = Reading(connection)
        await reading.since()
        for _ in range(20):
            claimed = await claim(queue, DEMANDS["every type"])
            assert len(claimed) == SLOTS
            assert TaskType.SYNC not in {task.type for task in claimed}
            in_sequence, fetched = await reading.since()
            assert in_sequence == 0
            # The limit is kept by counting what runs, two hundred at the end.
            assert fetched <= MOST_ROWS + 20 * SLOTS


async def test_an_idle_worker_reads_next_to_nothing(postgres):
    async with postgres.unit() as (queue, connection, _):
        reading = Reading(connection)
        await reading.since()
        assert not await queue.awaits(NOTHING, now=NOON)
        assert await claim(queue, NOTHING) == []
        assert await queue.next_due() is not None
        in_sequence, fetched = await reading.since()

    assert (in_sequence, fetched) <= (0, 5)


@pytest.mark.parametrize("wanted", DEMANDS)
async def test_no_plan_of_a_claim_looks_at_many_rows_or_pages(postgres, wanted):
    async with postgres.unit("SET LOCAL plan_cache_mode = force_generic_plan") as (queue, connection, seen):
        await claim(queue, DEMANDS[wanted])
        [claiming] = [(words, given) for words, given in seen if "following" in words]
        words, given = claiming
        await connection.exec_driver_sql(f"PREPARE claiming AS {words}")
        told = await connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE claiming ({', '.join(map(literal, given))})"
        )
        found = told.scalar_one()
    [plan] = json.loads(found) if isinstance(found, str) else found

    nodes = list(nodes_of(plan["Plan"]))
    # Of controls there are none, or a few.
    assert {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} <= {"queue_controls"}
    looks = [node for node in nodes if node.get("Index Name") in ("tasks_next", "tasks_waiting")]
    looks = [node for node in looks if node["Actual Loops"]]
    assert all(node["Actual Rows"] <= SLOTS and not node.get("Rows Removed by Filter") for node in looks)
    assert {node["Index Name"] for node in looks} == {"tasks_waiting" if "longest" in wanted else "tasks_next"}
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 100 * SLOTS


def literal(given):
    if isinstance(given, int):
        return str(int(given))
    return f"'{given}'"


def nodes_of(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes_of(part)


@pytest.fixture
def steps(sqlite):
    """Replays statements, and counts the steps that SQLite's machine takes for each, by the hundred."""

    def replay(seen):
        taken = []
        with closing(sqlite3.connect(sqlite.url.partition("///")[2], isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for words, given in seen:
                hundreds = []
                connection.set_progress_handler(lambda hundreds=hundreds: hundreds.append(1), 100)
                connection.execute(words, given).fetchall()
                taken.append(100 * len(hundreds))
            connection.rollback()
        return taken

    return replay


@pytest.mark.parametrize("wanted", [*DEMANDS, "nothing"])
async def test_sqlite_reads_tasks_by_their_indexes_alone(sqlite, steps, wanted):
    async with sqlite.unit() as (queue, _, seen):
        demand = DEMANDS.get(wanted, NOTHING)
        claimed = await claim(queue, demand)
        assert len(claimed) == (0 if wanted == "nothing" else SLOTS)
        await queue.awaits(demand, now=NOON)
        await queue.next_due()
        await queue.extend(claimed, until=LATER)

    plans = [step for words, given in seen for step in plan_of(sqlite, words, given)]
    assert any("tasks_next" in step or "tasks_waiting" in step for step in plans)
    assert not [step for step in plans if step.startswith(("SCAN tasks", "SCAN runs"))]
    assert max(steps(seen)) < MOST_STEPS


async def test_sqlite_steps_over_nothing_that_is_paused_limited_or_elsewhere(sqlite, steps):
    async with sqlite.unit() as (queue, _, seen):
        await queue.pause(TaskType.SYNC, paused=True)
        await queue.limit(TaskType.EXTRACT, 3)
        assert len(await claim(queue, DEMANDS["every type"])) == SLOTS

    assert max(steps(seen)) < MOST_STEPS


def plan_of(full, statement, parameters):
    with closing(sqlite3.connect(full.url.partition("///")[2])) as connection:
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]


SOME_DAY = datetime(2999, 1, 1, 13, tzinfo=UTC)
SCHEDULED = text("SELECT count(*) FROM tasks WHERE state = 'scheduled'")


async def test_many_that_come_due_at_once_are_made_ready_by_and_by(full):
    """The first claim after a long outage would otherwise hold everybody up."""
    async with full.unit() as (queue, connection, _):
        before = await connection.scalar(SCHEDULED)
        await claim(queue, DEMANDS["every type"], at=SOME_DAY)

        assert before - await connection.scalar(SCHEDULED) == AT_ONCE < before


@pytest.mark.parametrize("mode", ["auto", "force_generic_plan"])
async def test_what_came_due_is_found_without_looking_at_the_rest(postgres, mode):
    async with postgres.unit(f"SET LOCAL plan_cache_mode = {mode}") as (queue, connection, _):
        reading = Reading(connection)
        await reading.since()
        for _ in range(20):
            await claim(queue, DEMANDS["every type"], at=SOME_DAY)
            in_sequence, fetched = await reading.since()
            assert in_sequence == 0
            assert fetched <= MOST_ROWS + 3 * AT_ONCE
