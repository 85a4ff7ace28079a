"""What every TaskRepository on a database where many write at once promises to those who meet at the same rows."""

import asyncio

import pytest
from queue_steps import EXTRACT, HOUR, NOON, SYNC, claim, enqueue, exhaust, new, settle
from sqlalchemy import text

from kodit.domain.tasks.claim import Retention
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Retry
from kodit.domain.tasks.run import RunState
from kodit.infrastructure.sql.unit_of_work import SqlStorage

SIDE_BY_SIDE = Pipeline("side by side", Phase(SYNC), Phase(EXTRACT))
EVERYTHING_OVER = Retention(finished_until=NOON + 99 * HOUR, failed_until=NOON + 99 * HOUR, keep=0)
SOON = 10
WAITING = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


@pytest.fixture
def storage(postgres):
    return SqlStorage(postgres)


async def test_a_dead_letter_that_is_retried_while_old_ones_are_removed_is_kept(storage):
    async with storage.write() as unit:
        await enqueue(unit.tasks, new())
        run = await exhaust(unit.tasks)
        [dead] = await unit.tasks.tasks_of(run.id)

    async def prune():
        async with storage.write() as unit:
            return await unit.tasks.prune(EVERYTHING_OVER, most=99)

    async with storage.write() as unit:
        await unit.tasks.retry(dead.id, now=NOON)
        pruning = asyncio.create_task(prune())
        await waits_or_ends(storage, pruning)

    assert await pruning == 0
    async with storage.read() as unit:
        assert (await unit.tasks.run(run.id)).state is RunState.PENDING


async def test_who_settles_and_claims_is_not_waited_for_by_another_claim(storage):
    async with storage.write() as unit:
        await enqueue(unit.tasks, new(pipeline=SIDE_BY_SIDE))
        first, second = await claim(unit.tasks)
        await settle(unit.tasks, first, Retry("network"))

    async def claim_elsewhere():
        async with storage.write() as unit:
            return await claim(unit.tasks, at=NOON + HOUR, owner="other")

    async with storage.write() as unit:
        await settle(unit.tasks, second, at=NOON + HOUR)
        assert await asyncio.wait_for(claim_elsewhere(), SOON) == []
        assert [task.id for task in await claim(unit.tasks, at=NOON + HOUR)] == [first.id]


async def waits_or_ends(storage, task):
    """Until the task's statement waits for a lock, or the task has ended."""
    while not task.done():
        async with storage._database.read() as connection:
            if await connection.scalar(WAITING):
                return
