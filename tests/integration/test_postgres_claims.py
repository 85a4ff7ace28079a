"""Claims on PostgreSQL while a worker hangs."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from kodit.domain.errors import DatabaseAway
from kodit.domain.tasks.claim import Demand
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Policies
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task import Lease
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.sql import turns
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.unit_of_work import SqlStorage

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ONE = Pipeline("one", Phase(TaskType.SYNC))


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
    monkeypatch.setattr(turns, "CLAIM_IDLE_SECONDS", 0.1)
    mine, others = storages
    new = plan(ONE, dedup_key="key", payload={}, priority=0, policies=Policies(), now=NOW)
    async with others.write() as unit:
        await unit.tasks.enqueue([new])
    with pytest.raises(DatabaseAway):
        async with stopped_in_a_claim(mine), asyncio.timeout(20), others.write() as unit:
            claimed = await claim(unit, "other")

    assert [task.lease_owner for task in claimed] == ["other"]
