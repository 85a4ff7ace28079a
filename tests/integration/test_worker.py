"""What a worker promises, on a real database with handlers of our own."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import update
from worker_steps import dead_worker, opened, working

from kodit.domain.errors import InvalidInput, RateLimited, Unavailable
from kodit.domain.tasks.claim import Demand
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Done
from kodit.domain.tasks.progress import StepState, TaskOperation
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import Lease, TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure import clock
from kodit.infrastructure.sql import sqlite_connections
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.tables import tasks
from kodit.infrastructure.sql.unit_of_work import SqlStorage


@pytest.fixture
async def queue(tmp_path):
    async with opened(tmp_path) as made:
        yield made


async def test_the_five_phases_run_in_the_order_of_their_needs(queue):
    ran = []

    async def handler(work):
        ran.append(work.task.type)
        return Done()

    run = await queue.enqueue(pipeline=CODE)
    await queue.drain(handler)

    assert ran[:2] == [TaskType.SYNC, TaskType.EXTRACT]
    assert set(ran[2:4]) == {TaskType.BM25_INDEX, TaskType.CODE_EMBEDDINGS}
    assert ran[4:] == [TaskType.ENRICH]
    assert (await queue.run(run)).state is RunState.COMPLETED


async def test_keyword_and_vector_index_are_made_at_the_same_time(queue):
    both = asyncio.Barrier(2)

    async def handler(work):
        if work.task.type in (TaskType.BM25_INDEX, TaskType.CODE_EMBEDDINGS):
            await both.wait()
        return Done()

    run = await queue.enqueue(pipeline=CODE)
    await queue.drain(handler)

    assert (await queue.run(run)).state is RunState.COMPLETED


async def test_a_worker_runs_as_many_tasks_at_once_as_it_has_slots(queue):
    three = asyncio.Barrier(3)
    most = 0

    async def handler(work):
        nonlocal most
        most = max(most, worker.running)
        await three.wait()
        return Done()

    for number in range(6):
        await queue.enqueue(f"index:{number}")
    worker = queue.worker({TaskType.SYNC: handler}, concurrency=3)
    await worker.run(drain=True)

    assert most == 3


async def test_an_idle_worker_starts_what_is_enqueued(queue):
    started = asyncio.Event()

    async def handler(work):
        started.set()
        return Done()

    async with working(queue.worker({TaskType.SYNC: handler})):
        await asyncio.sleep(0)
        await queue.enqueue()
        await asyncio.wait_for(started.wait(), 60)


@pytest.mark.parametrize(
    ("error", "state", "kind"),
    [
        (Unavailable("no answer"), TaskState.SCHEDULED, "Unavailable"),
        (InvalidInput("nonsense"), TaskState.DEAD, "InvalidInput"),
        (ZeroDivisionError("a bug"), TaskState.SCHEDULED, "ZeroDivisionError"),
    ],
)
async def test_the_class_of_an_error_decides_whether_it_is_tried_again(queue, error, state, kind):
    async def handler(work):
        raise error

    run = await queue.enqueue()
    await queue.drain(handler)
    [task] = await queue.tasks(run)

    assert task.state is state
    assert [(e.kind, e.attempt) for e in task.errors] == [(kind, 1)]
    assert str(error) in task.errors[0].message
    assert "handler" in task.errors[0].trace


async def test_a_database_that_is_busy_for_a_moment_costs_a_task_no_attempt(queue, monkeypatch):
    monkeypatch.setattr(sqlite_connections, "BUSY_SECONDS", 0.01)
    impatient = Database(queue.database.url.render_as_string())

    async def handler(work):
        with closing(sqlite3.connect(queue.path / "kodit.db", isolation_level=None)) as another:
            another.execute("BEGIN IMMEDIATE")
            async with impatient.write():
                pass

    run = await queue.enqueue()
    await queue.drain(handler)
    await impatient.close()
    [task] = await queue.tasks(run)

    assert (task.state, task.attempts) == (TaskState.SCHEDULED, 0)
    assert [(error.kind, error.attempt) for error in task.errors] == [("DatabaseBusy", 1)]
    assert task.ready_at - task.errors[0].at < timedelta(seconds=30)


@pytest.mark.parametrize("payload", [[1, 2], "text", 7, {"index_id": {"a": 1}, "source": [1]}])
async def test_a_task_whose_row_makes_no_sense_ends_and_frees_its_slot(queue, payload):
    async def handler(work):
        return Done({"index": work.index_id})

    run = await queue.enqueue()
    async with queue.database.write() as connection:
        await connection.execute(update(tasks).values(payload=payload))
    other = await queue.enqueue("index:2")
    await asyncio.wait_for(queue.worker({TaskType.SYNC: handler}, concurrency=1).run(drain=True), 60)
    [task], [next_one] = await queue.tasks(run), await queue.tasks(other)

    assert (task.state, task.note) == (TaskState.DEAD, "task 1 names no index")
    assert next_one.state is TaskState.SUCCEEDED


async def test_an_observer_that_fails_keeps_no_slot(queue):
    class Broken:
        @contextmanager
        def attempt(self, task):
            raise ZeroDivisionError("an observer's bug")
            yield

    async def handler(work):
        return Done()

    run = await queue.enqueue()
    worker = queue.worker({TaskType.SYNC: handler}, observer=Broken())
    await asyncio.wait_for(worker.run(drain=True), 60)
    [task] = await queue.tasks(run)

    assert (task.state, [error.kind for error in task.errors]) == (TaskState.SCHEDULED, ["ZeroDivisionError"])


async def test_a_rate_limit_is_waited_for(queue):
    async def handler(work):
        raise RateLimited("slow down", retry_after=timedelta(days=1))

    run = await queue.enqueue()
    await queue.drain(handler)
    [task] = await queue.tasks(run)

    assert task.ready_at - task.errors[0].at >= timedelta(days=1)


async def test_a_failed_phase_never_runs_the_ones_before_it_again(queue):
    ran = []

    async def handler(work):
        ran.append(work.task.type)
        if work.task.type is TaskType.CODE_EMBEDDINGS and ran.count(TaskType.CODE_EMBEDDINGS) == 1:
            raise InvalidInput("once")
        return Done()

    run = await queue.enqueue(pipeline=CODE)
    await queue.drain(handler)
    assert (await queue.run(run)).state is RunState.FAILED
    [dead] = [task for task in await queue.tasks(run) if task.state is TaskState.DEAD]
    await queue.service.retry(dead.id)
    await queue.drain(handler)

    assert (await queue.run(run)).state is RunState.COMPLETED
    assert ran.count(TaskType.CODE_EMBEDDINGS) == 2
    assert all(ran.count(one.type) == 1 for one in CODE if one.type is not TaskType.CODE_EMBEDDINGS)


async def test_what_has_nothing_to_do_is_shown_as_skipped(queue):
    async def handler(work):
        return Done(skip_followers="nothing changed")

    run = await queue.enqueue(pipeline=CODE)
    await queue.drain(handler)
    states = [task.state for task in await queue.tasks(run)]

    assert states == [TaskState.SUCCEEDED, *[TaskState.SKIPPED] * 4]


async def test_a_cancelled_task_stops_while_it_runs(queue):
    started = asyncio.Event()

    async def handler(work):
        started.set()
        await asyncio.Event().wait()

    run = await queue.enqueue()
    async with working(queue.worker({TaskType.SYNC: handler}), drain=True) as running:
        await asyncio.wait_for(started.wait(), 60)
        await queue.service.cancel(run.id)
        await asyncio.wait_for(running, 60)

    assert (await queue.run(run)).state is RunState.CANCELLED


async def test_a_worker_that_lost_its_task_stops_and_cannot_settle(queue):
    started = asyncio.Event()
    stopped = asyncio.Event()

    async def handler(work):
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    run = await queue.enqueue()
    async with working(queue.worker({TaskType.SYNC: handler}, concurrency=1)):
        await asyncio.wait_for(started.wait(), 60)
        far = clock.now() + timedelta(days=1)
        async with queue.storage.write() as unit:
            await unit.tasks.rescue(now=far)
            await unit.tasks.cancel(run.id, now=far)
        await asyncio.wait_for(stopped.wait(), 60)
    [task] = await queue.tasks(run)

    assert task.state is TaskState.CANCELLED


async def test_a_task_claimed_while_the_worker_looks_at_its_leases_is_not_taken_for_lost(queue):
    started = {"index:1": asyncio.Event(), "index:2": asyncio.Event()}
    ended = asyncio.Event()
    looked = asyncio.Event()

    async def handler(work):
        started[f"index:{work.task.payload['index_id']}"].set()
        await ended.wait()
        return Done()

    class ClaimedMeanwhile(SqlStorage):
        """When anything but the worker's own loop reads, its patrol that is, a second task is claimed first."""

        @asynccontextmanager
        async def read(self):
            if started["index:1"].is_set() and asyncio.current_task() is not running:
                await queue.enqueue("index:2")
                await started["index:2"].wait()
                looked.set()
            async with super().read() as unit:
                yield unit

    first = await queue.enqueue("index:1")
    queue.storage = ClaimedMeanwhile(queue.database)
    async with working(queue.worker({TaskType.SYNC: handler}, concurrency=2), drain=True) as running:
        await looked.wait()
        ended.set()
        await running
    async with queue.storage.read() as unit:
        [second] = [await unit.tasks.tasks_of(first.id + 1)]

    assert [task.state for task in second] == [TaskState.SUCCEEDED]


async def test_an_abandoned_worker_gives_its_tasks_back_unharmed(queue):
    started = asyncio.Event()

    async def handler(work):
        started.set()
        await asyncio.Event().wait()

    run = await queue.enqueue()
    worker = queue.worker({TaskType.SYNC: handler})
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(started.wait(), 60)
    await worker.abandon()
    await running
    [task] = await queue.tasks(run)

    assert (task.state, task.attempts, task.errors) == (TaskState.READY, 0, ())


async def test_a_stopped_worker_finishes_what_it_has_and_claims_no_more(queue):
    started, finish = asyncio.Event(), asyncio.Event()

    async def handler(work):
        started.set()
        await finish.wait()
        return Done()

    first = await queue.enqueue("index:1")
    second = await queue.enqueue("index:2")
    worker = queue.worker({TaskType.SYNC: handler}, concurrency=1)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(started.wait(), 60)
    worker.stop()
    finish.set()
    await running

    assert [task.state for run in (first, second) for task in await queue.tasks(run)] == [
        TaskState.SUCCEEDED,
        TaskState.READY,
    ]


async def test_the_tasks_of_a_dead_worker_are_taken_over_when_another_starts(queue):
    async def handler(work):
        return Done()

    run = await queue.enqueue()
    lease = Lease(owner=dead_worker(queue.presence), token="token", until=clock.now() + timedelta(hours=1))
    async with queue.storage.write() as unit:
        await unit.tasks.claim(lease, Demand(limit=1, types=(TaskType.SYNC,)), now=clock.now())
    await queue.drain(handler)
    [task] = await queue.tasks(run)

    assert (task.state, task.attempts) == (TaskState.SUCCEEDED, 2)
    assert [error.kind for error in task.errors] == ["WorkerLost"]


async def test_steps_are_reported_and_an_error_inside_one_is_not_swallowed(queue):
    async def handler(work):
        async with work.progress.step(TaskOperation.SCAN_FILES, total=2) as step:
            await step.advance(2)
        async with work.progress.step(TaskOperation.EXTRACT_SNIPPETS) as step:
            await step.skip("no files")
        async with work.progress.step(TaskOperation.CREATE_BM25_INDEX):
            raise InvalidInput("broken")

    run = await queue.enqueue()
    await queue.drain(handler)
    async with queue.storage.read() as unit:
        steps = await unit.progress.of_run(run.id)

    assert [(s.step, s.state, s.current, s.total, s.message) for s in steps] == [
        (TaskOperation.SCAN_FILES, StepState.DONE, 2, 2, None),
        (TaskOperation.EXTRACT_SNIPPETS, StepState.SKIPPED, 0, None, "no files"),
        (TaskOperation.CREATE_BM25_INDEX, StepState.FAILED, 0, None, "broken"),
    ]
    assert (await queue.run(run)).state is RunState.FAILED


async def test_every_log_line_of_a_task_says_which_task_it_is(queue):
    async def handler(work):
        await structlog.get_logger().awarning("inside")
        raise Unavailable("no answer")

    run = await queue.enqueue("index:7")
    [task] = await queue.tasks(run)
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await queue.drain(handler)
    told = {line["event"]: line for line in lines}

    for event in ("task started", "inside", "attempt failed", "task ended"):
        line = told[event]
        assert (line["task_id"], line["run_id"], line["index_id"], line["attempt"]) == (task.id, run.id, 7, 1)
