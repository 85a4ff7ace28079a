"""What a worker that has nothing to do promises: it is there at once when there is something, and asks for little."""

import asyncio
from datetime import timedelta

import pytest
from worker_steps import opened, working

from kodit.application.tasks import patrol, worker
from kodit.domain.tasks.policy import Done, Policies, Retry, RetryPolicy
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.memory.wakeups import MemoryWakeups
from kodit.infrastructure.sql.unit_of_work import SqlStorage
from kodit.infrastructure.sqlite.wakeups import SqliteWakeups


@pytest.fixture
async def queue(tmp_path):
    async with opened(tmp_path) as made:
        yield made


async def test_an_idle_worker_that_is_woken_for_nothing_writes_nothing(queue):
    waiting = asyncio.Event()
    written = []

    class Counted(SqlStorage):
        def write(self):
            written.append("write")
            return super().write()

        async def transact(self, work, *, lasting=True):
            written.append("transact")
            return await super().transact(work, lasting=lasting)

    class Told(SqliteWakeups):
        async def wait(self, seconds):
            waiting.set()
            return await super().wait(seconds)

    async def handler(work):
        return Done()

    queue.storage = Counted(queue.database)
    await queue.wakeups.close()
    queue.wakeups = Told(queue.path / "kodit.db")
    async with working(queue.worker({TaskType.SYNC: handler})):
        await asyncio.wait_for(waiting.wait(), 60)
        written.clear()
        for _ in range(3):
            waiting.clear()
            queue.wakeups.notify()
            await asyncio.wait_for(waiting.wait(), 60)

        assert written == []


class Heard(MemoryWakeups):
    """Tells when the worker has nothing to do but wait. SQLite's would hear of the worker's own commits."""

    def __init__(self):
        super().__init__()
        self.resting = asyncio.Event()

    def notify(self):
        self.resting.clear()
        super().notify()

    def announce(self):
        self.resting.clear()
        super().announce()

    async def wait(self, seconds):
        if not self._own.is_woken:
            self.resting.set()
        return await super().wait(seconds)

    async def rest(self):
        async with asyncio.timeout(60):
            await self.resting.wait()


class Watched(SqlStorage):
    """Notes what a worker does with the queue, until it rests."""

    def __init__(self, database):
        super().__init__(database)
        self.done = []

    async def glance(self, work):
        self.done.append("look")
        return await super().glance(work)

    async def transact(self, work, *, lasting=True):
        self.done.append("turn")
        return await super().transact(work, lasting=lasting)


@pytest.fixture
async def idle(queue):
    """A worker that rests, having looked and found nothing."""
    queue.wakeups = Heard()
    queue.service = queue.serving()
    queue.storage = Watched(queue.database)
    queue.may_end = asyncio.Event()

    async def handler(work):
        await queue.may_end.wait()
        return Done()

    async with working(queue.worker({TaskType.SYNC: handler})):
        await queue.wakeups.rest()
        queue.storage.done.clear()
        yield queue
        queue.may_end.set()


async def test_an_idle_worker_that_is_told_of_a_task_claims_it_without_a_look(idle):
    await idle.enqueue()
    await idle.wakeups.rest()

    assert idle.storage.done[0] == "turn"


async def test_a_worker_that_was_told_in_vain_looks_before_it_claims_again(idle):
    idle.service.wake()
    await idle.wakeups.rest()
    assert idle.storage.done == ["turn"]

    idle.service.wake()
    await idle.wakeups.rest()
    assert idle.storage.done == ["turn", "look"]


async def test_a_worker_that_found_something_trusts_what_it_is_told_again(idle):
    idle.service.wake()
    await idle.wakeups.rest()
    await idle.enqueue()
    await idle.wakeups.rest()
    idle.storage.done.clear()
    idle.service.wake()
    await idle.wakeups.rest()

    assert idle.storage.done == ["turn"]


@pytest.mark.parametrize("busy", [False, True])
async def test_what_failed_is_tried_again_at_its_moment_and_not_only_at_the_next_look(queue, monkeypatch, busy):
    monkeypatch.setattr(patrol, "PATROL", timedelta(hours=1))
    monkeypatch.setattr(worker, "LOOK", timedelta(hours=1))
    queue.wakeups = Heard()
    done = asyncio.Event()
    attempts = []

    async def handler(work):
        if work.payload["index_id"] == 2:
            return await done.wait()
        attempts.append(work)
        await queue.wakeups.rest()
        if len(attempts) == 1:
            return Retry("not yet")
        done.set()
        return Done()

    if busy:
        await queue.enqueue("index:2")
    await queue.enqueue("index:1")
    policies = Policies(RetryPolicy(base=timedelta(seconds=0.2)))
    trying = queue.worker({TaskType.SYNC: handler}, policies=policies)
    async with working(trying), asyncio.timeout(60):
        await done.wait()

    assert len(attempts) == 2
