"""What a worker promises of the turns in which it settles and claims: few, and none that loses anything."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from worker_steps import ONE, POLICIES, opened, working

from kodit.application.tasks.terms import LEASE
from kodit.domain.errors import Unavailable
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Done
from kodit.domain.tasks.run import RunState, plan
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import QueuePriority, TaskType
from kodit.infrastructure import clock
from kodit.infrastructure.sql.unit_of_work import SqlStorage


@pytest.fixture
async def queue(tmp_path):
    async with opened(tmp_path) as made:
        yield made


async def test_tasks_that_ended_together_are_settled_and_followed_in_one_transaction(queue):
    all_of_them = asyncio.Barrier(8)
    turns = []

    class Counted(SqlStorage):
        async def transact(self, work, *, lasting=True):
            turns.append("turn")
            return await super().transact(work, lasting=lasting)

    async def handler(work):
        await all_of_them.wait()
        turns.append("ended")
        return Done()

    for number in range(16):
        await queue.enqueue(f"index:{number}")
    queue.storage = Counted(queue.database)
    await queue.drain(handler, concurrency=8)

    # One that claims, one that settles eight and claims eight more, one that settles the rest.
    assert turns == ["turn", *["ended"] * 8, "turn", *["ended"] * 8, "turn"]


class Overtaken(SqlStorage):
    """Once something was settled, another program has something ready at once, and tells nobody."""

    def __init__(self, database, run):
        super().__init__(database)
        self.run = run

    async def transact(self, work, *, lasting=True):
        done = await super().transact(work, lasting=lasting)
        if lasting and self.run is not None:
            async with self.write() as unit:
                await unit.tasks.enqueue([self.run])
            self.run = None
        return done


async def test_a_worker_that_settled_and_found_nothing_looks_again_before_it_rests(queue):
    other = plan(
        ONE, dedup_key="index:2", payload={"index_id": 2}, priority=0, policies=POLICIES, now=queue.clock.now()
    )
    carried_out = []

    async def handler(work):
        carried_out.append(work.task.payload["index_id"])
        return Done()

    await queue.enqueue("index:1")
    queue.storage = Overtaken(queue.database, other)
    await queue.drain(handler)

    assert carried_out == [1, 2]


@pytest.mark.parametrize("slots", [1, 3])
async def test_of_four_tasks_one_is_the_oldest_however_few_slots_there_are(queue, slots):
    done = []

    async def handler(work):
        done.append(work.task.priority)
        return Done()

    for number in range(12):
        await queue.enqueue(f"index:{number}", priority=QueuePriority.BACKGROUND)
    for number in range(12, 24):
        await queue.enqueue(f"index:{number}")
    await queue.drain(handler, concurrency=slots, ageing=timedelta(0))

    # Background tasks were enqueued before, so that they are the oldest to the last. What one claim brings is begun in
    # the order of urgency, so that the fourth may be as many places off as it brings others.
    background = [place for place, priority in enumerate(done) if priority == QueuePriority.BACKGROUND]
    assert len(done) == 24
    assert all(abs(place - (4 * number + 3)) < slots for number, place in enumerate(background[:4]))


async def test_without_ageing_what_is_urgent_always_goes_first(queue):
    done = []

    async def handler(work):
        done.append(work.task.priority)
        return Done()

    for number in range(6):
        await queue.enqueue(f"index:{number}", priority=QueuePriority.BACKGROUND)
    for number in range(6, 12):
        await queue.enqueue(f"index:{number}")
    await queue.drain(handler, concurrency=1, ageing=None)

    assert done == sorted(done, reverse=True)


async def test_a_worker_is_present_while_it_works_and_gone_afterwards(queue):
    present = []

    async def handler(work):
        async with queue.storage.read() as unit:
            present.extend(await unit.workers.present(since=clock.now() - timedelta(minutes=1)))
        return Done()

    await queue.enqueue()
    await queue.drain(handler, concurrency=2)

    [worker] = present
    assert (worker.slots, worker.machine) == (2, queue.presence.machine())
    assert worker.types == tuple(TaskType)
    assert worker.alive_until - worker.seen_at == LEASE
    async with queue.storage.read() as unit:
        assert list(await unit.workers.present(since=clock.now() - timedelta(days=1))) == []


async def test_a_worker_that_is_abandoned_leaves_too(queue):
    started = asyncio.Event()

    async def handler(work):
        started.set()
        await asyncio.Event().wait()

    await queue.enqueue()
    async with working(queue.worker({TaskType.SYNC: handler})):
        await asyncio.wait_for(started.wait(), 60)

    async with queue.storage.read() as unit:
        assert list(await unit.workers.present(since=clock.now() - timedelta(days=1))) == []


async def test_a_worker_claims_only_what_it_can_carry_out_and_where_it_is(queue):
    async def handler(work):
        return Done()

    mine = await queue.enqueue("index:1", pipeline=CODE)
    elsewhere = await queue.service.enqueue(
        CODE, dedup_key="index:2", payload={"index_id": 2}, priority=99, place="another machine"
    )
    await queue.worker({TaskType.SYNC: handler}).run(drain=True)

    assert [task.state for task in await queue.tasks(mine)][:2] == [TaskState.SUCCEEDED, TaskState.READY]
    assert (await queue.tasks(elsewhere))[0].state is TaskState.READY


async def test_a_patrol_that_failed_for_no_known_reason_goes_round_again(queue):
    started = asyncio.Event()
    failed = asyncio.Event()

    class FailingOnce(SqlStorage):
        @asynccontextmanager
        async def read(self):
            if started.is_set() and not failed.is_set():
                failed.set()
                raise ZeroDivisionError("a bug")
            async with super().read() as unit:
                yield unit

    async def handler(work):
        started.set()
        await asyncio.Event().wait()

    run = await queue.enqueue()
    queue.storage = FailingOnce(queue.database)
    async with working(queue.worker({TaskType.SYNC: handler}, concurrency=1), drain=True) as running:
        await asyncio.wait_for(failed.wait(), 60)
        await queue.service.cancel(run.id)
        await asyncio.wait_for(running, 60)

    assert (await queue.run(run)).state is RunState.CANCELLED


class Unheard(SqlStorage):
    """The first answer to a claim that finds something is lost on its way, after the commit."""

    lost = False

    async def transact(self, work, *, lasting=True):
        answer = await super().transact(work, lasting=lasting)
        if not self.lost and isinstance(answer, tuple) and answer[1]:
            self.lost = True
            raise Unavailable("the connection broke")
        return answer


async def test_what_was_claimed_without_an_answer_is_taken_up_at_once(queue):
    async def handler(work):
        return Done()

    runs = [await queue.enqueue(f"index:{number}") for number in range(3)]
    queue.storage = Unheard(queue.database)
    await queue.drain(handler)

    assert queue.storage.lost
    tasks = [task for run in runs for task in await queue.tasks(run)]
    assert [(task.state, task.attempts) for task in tasks] == [(TaskState.SUCCEEDED, 1)] * 3


async def test_what_is_claimed_only_after_the_worker_has_asked_for_it_is_taken_up_too(queue):
    class Slow(SqlStorage):
        """The first claim's connection breaks, and it is committed once the worker has looked for what it claimed."""

        claim, is_committed = None, False

        async def transact(self, work, *, lasting=True):
            if self.claim is None and not lasting:
                self.claim = work
                raise Unavailable("the connection broke")
            return await super().transact(work, lasting=lasting)

        @asynccontextmanager
        async def read(self):
            async with super().read() as unit:
                yield unit
            if self.claim is not None and not self.is_committed:
                self.is_committed = True
                await super().transact(self.claim)
                queue.wakeups.notify()

    async def handler(work):
        done.set()
        return Done()

    done = asyncio.Event()
    run = await queue.enqueue()
    queue.storage = Slow(queue.database)
    async with working(queue.worker({TaskType.SYNC: handler})):
        await asyncio.wait_for(done.wait(), LEASE.total_seconds())
    [task] = await queue.tasks(run)

    assert (task.state, task.attempts, task.errors) == (TaskState.SUCCEEDED, 1, ())


async def given_back(queue, claimed_by):
    """The only task, after a worker that `claimed_by` stops while it claims."""

    async def handler(work):
        raise AssertionError("not while it stops")

    run = await queue.enqueue()
    queue.storage = claimed_by(queue.database)
    queue.storage.worker = worker = queue.worker({TaskType.SYNC: handler})
    await worker.run()
    [task] = await queue.tasks(run)
    return task


async def test_a_worker_that_is_stopped_gives_back_what_was_claimed_without_an_answer(queue):
    class Stopping(Unheard):
        async def transact(self, work, *, lasting=True):
            try:
                return await super().transact(work, lasting=lasting)
            except Unavailable:
                self.worker.stop()
                raise

    task = await given_back(queue, Stopping)

    assert (task.state, task.attempts) == (TaskState.READY, 0)


async def test_what_a_worker_claims_while_it_is_stopped_is_given_back(queue):
    class Stopping(SqlStorage):
        async def transact(self, work, *, lasting=True):
            answer = await super().transact(work, lasting=lasting)
            if isinstance(answer, tuple) and answer[1]:
                await self.worker.abandon()
            return answer

    task = await given_back(queue, Stopping)

    assert (task.state, task.attempts) == (TaskState.READY, 0)


async def test_a_worker_goes_on_while_handlers_have_every_thread(queue):
    async def handler(work):
        if work.payload["index_id"] == 1:
            begun.set()
            await asyncio.to_thread(is_over.wait)
        return Done()

    begun, is_over = asyncio.Event(), threading.Event()
    threads = ThreadPoolExecutor(1)
    asyncio.get_running_loop().set_default_executor(threads)
    await queue.enqueue("index:1")
    try:
        async with working(queue.worker(dict.fromkeys(TaskType, handler))) as running, asyncio.timeout(30):
            await begun.wait()
            run = await queue.enqueue("index:2")
            while (await queue.run(run)).state is not RunState.COMPLETED:
                await asyncio.sleep(0)
            is_over.set()
            assert not running.done()
    finally:
        is_over.set()
        threads.shutdown()
