"""Claims on PostgreSQL while a worker hangs."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from kodit.domain.errors import DatabaseAway
from kodit.domain.tasks.claim import Demand, Ending
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Done, Policies, RetryPolicy
from kodit.domain.tasks.run import RunState, plan
from kodit.domain.tasks.task import Lease, TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.sql import turns
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.unit_of_work import SqlStorage

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ONE = Pipeline("one", Phase(TaskType.SYNC))
DONE = Done()


@pytest.fixture
async def storages(postgres_url):
    """Those of two processes."""
    databases = [Database(postgres_url), Database(postgres_url)]
    await upgrade(databases[0])
    yield [SqlStorage(database) for database in databases]
    for database in databases:
        await database.close()


async def claim(unit, owner):
    lease = Lease(owner=owner, token=owner, until=NOW + timedelta(minutes=1))
    return await unit.tasks.claim(lease, Demand(limit=1, types=(TaskType.SYNC,)), now=NOW)


@asynccontextmanager
async def stopped_in_a_claim(storage):
    async with storage.write() as unit:
        await claim(unit, "stopped")
        yield


async def test_a_worker_that_is_stopped_in_a_claim_keeps_nobody_from_claiming_for_long(storages, monkeypatch):
    monkeypatch.setattr(turns, "CLAIM_IDLE_SECONDS", 0.5)
    mine, others = storages
    new = plan(ONE, dedup_key="key", payload={}, priority=0, policies=Policies(), now=NOW)
    async with others.write() as unit:
        await unit.tasks.enqueue([new])
    with pytest.raises(DatabaseAway):
        async with stopped_in_a_claim(mine), asyncio.timeout(60), others.write() as unit:
            claimed = await claim(unit, "other")

    assert [task.lease_owner for task in claimed] == ["other"]


async def test_a_new_connection_claims_without_asking_the_server_what_its_types_are(storages, monkeypatch):
    asked = []
    ask = asyncpg.Connection._introspect_types

    async def heard(connection, types, timeout):
        asked.append(types)
        return await ask(connection, types, timeout)

    monkeypatch.setattr(asyncpg.Connection, "_introspect_types", heard)
    [storage, _] = storages
    new = plan(ONE, dedup_key="key", payload={}, priority=0, policies=Policies(), now=NOW)
    async with storage.write() as unit:
        await unit.tasks.enqueue([new])
        [task] = await claim(unit, "mine")
        await unit.tasks.settle(
            [Ending(task, task.settled(DONE, policy=RetryPolicy(), now=NOW, chance=0), DONE)], now=NOW
        )

    assert asked == []


async def test_a_turn_that_finds_everything_as_usual_is_one_statement(storages, monkeypatch):
    said = []
    fetch, execute = asyncpg.Connection.fetch, asyncpg.Connection.execute

    async def fetched(connection, statement, *values):
        said.append(statement.split()[0])
        return await fetch(connection, statement, *values)

    async def executed(connection, statement, *values, **options):
        said.append(statement.split()[0])
        return await execute(connection, statement, *values, **options)

    [storage, other] = storages
    async with other.write() as unit:
        await unit.tasks.enqueue([a_run(key) for key in "ab"])
    [first] = await take_a_turn(storage)
    monkeypatch.setattr(asyncpg.Connection, "fetch", fetched)
    monkeypatch.setattr(asyncpg.Connection, "execute", executed)

    [second] = await take_a_turn(storage, first)

    assert said == ["WITH"]
    async with other.read() as unit:
        assert await unit.tasks.tasks_of(second.run_id) == [second]
        [ended] = await unit.tasks.tasks_of(first.run_id)
    assert ended.state is TaskState.SUCCEEDED


async def test_turns_taken_at_the_same_time_share_out_what_waits(storages):
    async with storages[0].write() as unit:
        await unit.tasks.enqueue([a_run(str(number)) for number in range(60)])

    async def work(storage, owner):
        carried_out = []
        claimed = await take_a_turn(storage, owner=owner, limit=3)
        while claimed:
            carried_out += claimed
            claimed = await take_a_turn(storage, *claimed, owner=owner, limit=3)
        return [task.id for task in carried_out]

    shares = await asyncio.gather(*(work(storages[number % 2], f"worker {number}") for number in range(6)))

    everything = [task_id for share in shares for task_id in share]
    assert len(everything) == len(set(everything)) == 60


async def test_a_turn_waits_for_whoever_claims_and_keeps_to_the_order(storages):
    """The first to claim sees all that waits; whoever comes meanwhile takes what it leaves."""
    mine, others = storages
    async with others.write() as unit:
        await unit.tasks.enqueue([a_run(key) for key in "abc"])
    async with others.write() as unit:
        first = await claim(unit, "other")
        waiting = await begun_and_waiting(take_a_turn(mine), others)

    assert [task.dedup_key for task in (*first, *await waiting)] == ["a:SYNC", "b:SYNC"]


async def test_a_run_that_is_asked_for_again_while_it_ends_is_followed(storages):
    mine, others = storages
    async with others.write() as unit:
        await unit.tasks.enqueue([a_run("a")])
    [task] = await take_a_turn(mine)
    async with others.write() as unit:
        await unit.tasks.enqueue([a_run("a")])
        waiting = await begun_and_waiting(take_a_turn(mine, task), others)

    [following] = await waiting
    assert following.run_id != task.run_id


async def test_a_run_is_not_over_while_somebody_holds_another_of_its_tasks(storages):
    mine, others = storages
    two = Pipeline("two", Phase(TaskType.SYNC), Phase(TaskType.EXTRACT))
    async with others.write() as unit:
        await unit.tasks.enqueue([plan(two, dedup_key="a", payload={}, priority=0, policies=Policies(), now=NOW)])
        lease = Lease(owner="other", token="other", until=NOW + timedelta(minutes=1))
        [another] = await unit.tasks.claim(lease, Demand(limit=1, types=(TaskType.EXTRACT,)), now=NOW)
    [task] = await take_a_turn(mine)
    async with others.write() as unit:
        # As a handler does that writes.
        await unit.tasks.hold(another)
        waiting = await begun_and_waiting(take_a_turn(mine, task), others)

    assert not await waiting
    async with others.read() as unit:
        assert (await unit.tasks.run(task.run_id)).state is RunState.PROCESSING


async def test_a_lease_that_is_prolonged_while_its_task_ends_is_over(storages):
    mine, others = storages
    async with others.write() as unit:
        await unit.tasks.enqueue([a_run("a")])
    [task] = await take_a_turn(mine)
    async with others.write() as unit:
        await unit.tasks.extend([task], until=NOW + timedelta(hours=1))
        waiting = await begun_and_waiting(take_a_turn(mine, task), others)

    assert await waiting == []
    async with others.read() as unit:
        [ended] = await unit.tasks.tasks_of(task.run_id)
        run = await unit.tasks.run(task.run_id)
    assert (ended.state, ended.lease_token, ended.leased_until) == (TaskState.SUCCEEDED, None, None)
    assert run.state is RunState.COMPLETED


LATE = """
CREATE FUNCTION late.pg_try_advisory_xact_lock(integer, integer) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock(7);
    RETURN pg_catalog.pg_try_advisory_xact_lock($1, $2);
END $$
"""
"""A statement that has begun gets no further than to ask for its turn, while another holds the lock 7."""


@pytest.fixture
async def late(storages, postgres_url):
    """The storage of a process that has `LATE`, on a server that would give each statement's transaction one view."""
    async with storages[1].write() as unit:
        for statement in ("CREATE SCHEMA late", LATE):
            await unit.tasks._connection.exec_driver_sql(statement)
    settings = "search_path=late,pg_catalog,public&default_transaction_isolation=repeatable%20read"
    database = Database(f"{postgres_url}{'&' if '?' in postgres_url else '?'}{settings}")
    yield SqlStorage(database)
    await database.close()


async def hold_up_the_late(unit):
    await unit.tasks._connection.execute(text("SELECT pg_advisory_xact_lock(7)"))


async def test_a_turn_that_comes_too_late_looks_again_before_it_finds_nothing(storages, late):
    """Or its worker would rest although another has just made something ready, which nobody is told of."""
    others = storages[1]
    async with storages[0].write() as holding:
        await hold_up_the_late(holding)
        waiting = await begun_and_waiting(take_a_turn(late), others)
        async with others.write() as unit:
            await unit.tasks.enqueue([a_run("a")])

    assert [task.dedup_key for task in await waiting] == ["a:SYNC"]


async def test_a_turn_sees_what_changed_since_it_began_whatever_view_the_server_would_give_it(storages, late):
    others = storages[1]
    async with others.write() as unit:
        await unit.tasks.enqueue([a_run(key) for key in "ab"])
    [task] = await take_a_turn(late)
    async with storages[0].write() as holding:
        await hold_up_the_late(holding)
        waiting = await begun_and_waiting(take_a_turn(late, task), others)
        async with others.write() as unit:
            await unit.tasks.extend([task], until=NOW + timedelta(hours=1))

    assert [claimed.dedup_key for claimed in await waiting] == ["b:SYNC"]
    async with others.read() as unit:
        [ended] = await unit.tasks.tasks_of(task.run_id)
    assert (ended.state, ended.lease_token, ended.leased_until) == (TaskState.SUCCEEDED, None, None)


def a_run(key):
    return plan(ONE, dedup_key=key, payload={}, priority=0, policies=Policies(), now=NOW)


async def take_a_turn(storage, *ended, owner="mine", limit=1):
    """Settles tasks as done, and claims others."""
    lease = Lease(owner=owner, token=uuid4().hex, until=NOW + timedelta(minutes=1))
    endings = [Ending(task, task.settled(DONE, policy=RetryPolicy(), now=NOW, chance=0), DONE) for task in ended]
    demand = Demand(limit=limit, types=(TaskType.SYNC,), oldest=1, aged_until=NOW)
    settlement, claimed = await storage.transact(lambda unit: unit.tasks.exchange(endings, lease, demand, now=NOW))
    assert not settlement.lost
    return claimed


async def begun_and_waiting(work, storage):
    """The task that carries it out, once it waits for a lock."""
    working = asyncio.create_task(work)
    async with asyncio.timeout(60), storage.read() as unit:
        while not await unit.tasks._connection.scalar(text("SELECT true FROM pg_locks WHERE NOT granted LIMIT 1")):
            assert not working.done()
    return working
