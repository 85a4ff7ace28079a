"""Claims on PostgreSQL while a worker hangs."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from kodit.domain.errors import DatabaseAway
from kodit.domain.tasks.claim import Demand, Ending
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Done, Policies, RetryPolicy
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task import Lease
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
