"""Waiting for runs to be over."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from kodit.application.tasks import runs_over
from kodit.application.tasks.runs_over import RunsOver
from kodit.domain.errors import NotFound
from kodit.domain.tasks.claim import Demand, Ending
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Done, Policies, RetryPolicy
from kodit.domain.tasks.run import RunState, plan
from kodit.domain.tasks.task import Lease
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.memory.task_repository import MemoryTaskRepository
from kodit.infrastructure.memory.wakeups import MemoryWakeups

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ONE = Pipeline("one", Phase(TaskType.SYNC))
SOON = 60


class Stored:
    """A storage in memory."""

    def __init__(self):
        self.tasks = MemoryTaskRepository()

    @asynccontextmanager
    async def read(self):
        yield self


@pytest.fixture
def stored():
    return Stored()


@pytest.fixture
async def waiting(stored, monkeypatch):
    monkeypatch.setattr(runs_over, "LOOK_SECONDS", 0)
    opened = RunsOver(stored, MemoryWakeups())
    yield opened
    await opened.close()


async def enqueue(stored, *keys):
    news = [plan(ONE, dedup_key=key, payload={}, priority=0, policies=Policies(), now=NOON) for key in keys]
    return await stored.tasks.enqueue(news)


async def begun(work):
    """The task that carries it out, once it waits."""
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    return task


async def end(stored):
    lease = Lease(owner="worker", token="token", until=NOON + timedelta(minutes=1))
    demand = Demand(limit=99, types=tuple(TaskType))
    claimed = await stored.tasks.claim(lease, demand, now=NOON)
    ended = [task.settled(Done(), policy=RetryPolicy(), now=NOON, chance=0) for task in claimed]
    endings = [Ending(was, now, Done()) for was, now in zip(claimed, ended, strict=True)]
    await stored.tasks.settle(endings, now=NOON)


async def test_who_waits_for_a_run_that_is_removed_meanwhile_is_told_what_to_do(stored, waiting):
    [run] = await enqueue(stored, "a")
    waiters = [await begun(waiting.wait(run.id)) for _ in range(2)]
    await stored.tasks.forget("a")

    for waiter in waiters:
        with pytest.raises(NotFound, match=f"run {run.id} was removed") as told:
            await asyncio.wait_for(waiter, SOON)
        assert told.value.remedy


async def test_who_waits_for_another_run_goes_on_waiting(stored, waiting):
    removed, kept = await enqueue(stored, "removed", "kept")
    both = [await begun(waiting.wait(run.id)) for run in (removed, kept)]
    await stored.tasks.forget("removed")
    with pytest.raises(NotFound):
        await asyncio.wait_for(both[0], SOON)

    assert not both[1].done()
    await end(stored)
    assert (await asyncio.wait_for(both[1], SOON)).state is RunState.COMPLETED


async def test_a_run_that_is_not_there_is_not_waited_for(waiting):
    with pytest.raises(NotFound):
        await asyncio.wait_for(waiting.wait(7), SOON)
