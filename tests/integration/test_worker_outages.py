"""What a worker does while the queue cannot be reached."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from worker_steps import opened

from kodit.application.tasks import worker as worker_module
from kodit.domain.errors import Locked, Unavailable
from kodit.domain.tasks.policy import Done
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.infrastructure.sql.unit_of_work import SqlStorage


@pytest.fixture
async def queue(tmp_path):
    async with opened(tmp_path) as made:
        yield made


class Unseen(SqlStorage):
    """Cannot be looked at, the first so many times."""

    def __init__(self, database, *, times):
        super().__init__(database)
        self.times = times

    async def glance(self, work):
        if self.times > 0:
            self.times -= 1
            raise Unavailable("nobody answers")
        return await super().glance(work)


async def done(work):
    return Done()


class Failing(SqlStorage):
    """Cannot be written to as often as it is told."""

    def __init__(self, database, error):
        super().__init__(database)
        self.error = error
        self.times = 0

    def _fail(self):
        if self.times:
            self.times -= 1
            raise self.error

    @asynccontextmanager
    async def write(self):
        self._fail()
        async with super().write() as unit:
            yield unit

    async def transact(self, work, *, lasting=True):
        self._fail()
        return await super().transact(work, lasting=lasting)


async def test_a_database_that_cannot_be_written_to_for_a_while_loses_nothing(queue):
    queue.storage = Failing(queue.database, Locked("busy"))

    async def handler(work):
        queue.storage.times = 2
        return Done({"files": 1})

    run = await queue.enqueue()
    await queue.drain(handler)
    [task] = await queue.tasks(run)

    assert queue.storage.times == 0
    assert (task.state, task.attempts) == (TaskState.SUCCEEDED, 1)
    assert (await queue.run(run)).counts == {"files": 1}


async def test_a_turn_that_fails_for_no_known_reason_keeps_nobody_from_being_settled(queue):
    queue.storage = Failing(queue.database, ZeroDivisionError("a bug"))
    both = asyncio.Barrier(2)

    async def handler(work):
        if await both.wait() == 0:
            queue.storage.times = 1
        return Done()

    runs = [await queue.enqueue(f"index:{number}") for number in range(2)]
    await queue.drain(handler)

    assert [(await queue.run(run)).state for run in runs] == [RunState.COMPLETED] * 2


async def test_a_worker_waits_for_the_queue_however_long_it_is_away(queue, monkeypatch):
    monkeypatch.setattr(worker_module, "PUT_OFF", replace(worker_module.PUT_OFF, longest=timedelta()))

    class Away(SqlStorage):
        tries = 0

        async def transact(self, work, *, lasting=True):
            if lasting and self.tries < 1_100:
                self.tries += 1
                raise Unavailable("nobody answers")
            return await super().transact(work, lasting=lasting)

    run = await queue.enqueue()
    queue.storage = Away(queue.database)
    await queue.drain(done)

    assert queue.storage.tries == 1_100
    assert (await queue.run(run)).state is RunState.COMPLETED


async def test_a_look_that_failed_once_is_no_reason_to_believe_that_nothing_is_left(queue):
    run = await queue.enqueue()
    queue.storage = Unseen(queue.database, times=1)
    await queue.drain(done)

    assert (await queue.run(run)).state is RunState.COMPLETED


async def test_who_is_to_empty_a_queue_that_stays_away_gives_up_and_says_so(queue, monkeypatch):
    monkeypatch.setattr(worker_module, "PUT_OFF", replace(worker_module.PUT_OFF, longest=timedelta()))

    run = await queue.enqueue()
    queue.storage = Unseen(queue.database, times=1_000)
    async with asyncio.timeout(60):
        with pytest.raises(Unavailable, match="nobody answers"):
            await queue.drain(done)

    assert (await queue.run(run)).state is RunState.PENDING


async def test_who_is_to_empty_a_queue_that_nobody_can_claim_from_gives_up_and_says_so(queue):
    class Broken(Unseen):
        async def transact(self, work, *, lasting=True):
            raise ZeroDivisionError("a bug")

    run = await queue.enqueue()
    queue.storage = Broken(queue.database, times=1)
    async with asyncio.timeout(60):
        with pytest.raises(ZeroDivisionError):
            await queue.drain(done)

    assert (await queue.run(run)).state is RunState.PENDING
