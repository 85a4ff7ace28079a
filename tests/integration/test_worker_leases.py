"""What a worker promises of what it holds: it keeps its leases while it works, and writes nothing without them."""

import asyncio
import os
import sqlite3
import subprocess
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from worker_steps import Queue, opened, working

from kodit.application.tasks import patrol, worker
from kodit.domain.errors import LeaseLost, Unavailable
from kodit.domain.tasks.claim import Demand
from kodit.domain.tasks.policy import Done, Policies, RetryPolicy
from kodit.domain.tasks.progress import TaskOperation
from kodit.domain.tasks.task import Lease, TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure import clock
from kodit.infrastructure.git.process import Git
from kodit.infrastructure.sql.unit_of_work import SqlStorage

SECOND = timedelta(seconds=1)
SHORT = 1.5 * SECOND
LIMITED = Policies(RetryPolicy(attempts=2, base=timedelta(hours=1), time_limit=timedelta(milliseconds=200)))


@pytest.fixture
async def queue(tmp_path):
    async with opened(tmp_path) as made:
        yield made


def asked(path, question):
    """Ask the database without the event loop."""
    with closing(sqlite3.connect(path / "kodit.db", timeout=10)) as connection:
        return connection.execute(question).fetchone()


def compute_until(holds):
    """Work that never lets go of the event loop, as a parser written in C does."""
    while not holds():
        sum(range(10_000))


async def test_work_that_blocks_the_worker_for_longer_than_its_lease_keeps_its_task(queue, tmp_path):
    def leased_until():
        return datetime.fromisoformat(asked(tmp_path, "SELECT leased_until FROM tasks")[0]).replace(tzinfo=UTC)

    async def handler(work):
        at_first = work.task.leased_until
        # However slow the machine is, this is later than the lease that was given, and within the one that was kept.
        compute_until(lambda: leased_until() > at_first + SHORT)
        async with queue.storage.write() as unit:
            assert (await unit.tasks.rescue(now=at_first + SHORT / 2)).tasks == ()
        return Done()

    run = await queue.enqueue()
    await queue.drain(handler, concurrency=1, lease=SHORT)
    [task] = await queue.tasks(run)

    assert (task.state, task.attempts) == (TaskState.SUCCEEDED, 1)


async def test_what_a_worker_could_not_give_back_when_it_left_is_taken_over_when_another_starts(queue, monkeypatch):
    monkeypatch.setattr(worker, "PUT_OFF", replace(worker.PUT_OFF, longest=timedelta()))
    begun = asyncio.Event()

    class Away(SqlStorage):
        is_away = False

        def write(self):
            if self.is_away:
                raise Unavailable("nobody answers")
            return super().write()

        async def transact(self, work, *, lasting=True):
            if self.is_away:
                raise Unavailable("nobody answers")
            return await super().transact(work, lasting=lasting)

    async def hang(_work):
        begun.set()
        await asyncio.Event().wait()

    async def succeed(_work):
        return Done()

    run = await queue.enqueue()
    queue.storage = Away(queue.database)
    async with working(queue.worker({TaskType.SYNC: hang})):
        await begun.wait()
        queue.storage.is_away = True
    queue.storage.is_away = False
    await queue.drain(succeed)
    [task] = await queue.tasks(run)

    assert (task.state, [error.kind for error in task.errors]) == (TaskState.SUCCEEDED, ["WorkerLost"])


async def test_a_worker_that_hangs_beyond_its_time_limit_loses_its_task_though_its_heart_beats(queue, tmp_path):
    outcomes = []

    def work_elsewhere():
        async def main():
            other = Queue(tmp_path)
            await other.drain(succeed, policies=LIMITED)
            await other.wakeups.close()
            await other.database.close()

        asyncio.run(main())

    async def succeed(work):
        return Done()

    def has_lapsed():
        """The lease has run out, and a beat has come since."""
        leased, seen = asked(tmp_path, "SELECT leased_until, seen_at FROM tasks, workers WHERE tasks.state = 'running'")
        return leased < seen

    async def hang(work):
        compute_until(has_lapsed)
        other = threading.Thread(target=work_elsewhere)
        other.start()
        other.join()
        outcomes.append(asked(tmp_path, "SELECT state FROM tasks"))
        async with work.storage.write():
            outcomes.append("wrote")
        return Done()

    run = await queue.enqueue()
    worker = queue.worker({TaskType.SYNC: hang}, concurrency=1, policies=LIMITED, lease=0.5 * SECOND)
    await worker.run(drain=True)
    [task] = await queue.tasks(run)

    assert outcomes == [("succeeded",)]
    assert (task.state, task.attempts) == (TaskState.SUCCEEDED, 2)
    assert [error.kind for error in task.errors] == ["WorkerLost"]
    assert not worker.settled


async def test_an_attempt_that_takes_too_long_is_stopped_and_tried_again(queue):
    stopped = asyncio.Event()

    async def handler(work):
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    run = await queue.enqueue()
    await queue.drain(handler, policies=LIMITED)
    [task] = await queue.tasks(run)

    assert stopped.is_set()
    assert (task.state, task.attempts) == (TaskState.SCHEDULED, 1)
    [error] = task.errors
    assert (error.kind, "took longer than" in error.message) == ("TimedOut", True)
    assert "kodit config" in error.remedy


async def test_the_processes_of_an_attempt_that_takes_too_long_are_stopped_with_it(queue, tmp_path):
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "mirror"], check=True)
    started = []

    async def handler(work):
        if started:
            return Done()
        # A machine that is slow to start a process may take more than one attempt.
        async with Git().conversation("cat-file", "--batch", mirror=tmp_path / "mirror") as git:
            started.append(git.pid)
            return await asyncio.Event().wait()

    run = await queue.enqueue()
    await queue.drain(handler, policies=Policies(replace(LIMITED.default, attempts=100, base=timedelta(0))))
    [task] = await queue.tasks(run)

    assert {error.kind for error in task.errors} == {"TimedOut"}
    assert task.state is TaskState.SUCCEEDED
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)


async def test_a_time_out_of_the_handlers_own_is_no_time_limit(queue):
    async def handler(work):
        raise TimeoutError("a socket")

    run = await queue.enqueue()
    await queue.drain(handler)

    assert [error.kind for error in (await queue.tasks(run))[0].errors] == ["TimeoutError"]


@pytest.mark.parametrize("way", ["write", "transact", "progress"])
async def test_a_worker_that_lost_its_lease_can_write_nothing(queue, way):
    written, caught, stopped = [], [], asyncio.Event()

    async def handler(work):
        async with queue.storage.write() as unit:
            await unit.tasks.rescue(now=clock.now() + timedelta(days=1))
        try:
            match way:
                case "write":
                    async with work.storage.write() as unit:
                        written.append(unit)
                case "transact":
                    await work.storage.transact(noted)
                case "progress":
                    async with work.progress.step(TaskOperation.SCAN_FILES):
                        written.append("step")
        except LeaseLost as error:
            caught.append(error)
            stopped.set()
            raise
        return Done()

    async def noted(unit):
        written.append(unit)

    await queue.enqueue()
    async with working(queue.worker({TaskType.SYNC: handler}, concurrency=1)):
        await asyncio.wait_for(stopped.wait(), 60)

    assert written == []
    assert len(caught) >= 1


async def test_an_idle_worker_takes_over_when_a_lease_runs_out_and_not_only_at_its_rounds(queue, monkeypatch):
    monkeypatch.setattr(patrol, "PATROL", timedelta(hours=1))
    monkeypatch.setattr(worker, "LOOK", timedelta(hours=1))
    done = asyncio.Event()

    async def handler(work):
        done.set()
        return Done()

    run = await queue.enqueue()
    now = clock.now()
    silent = Lease(owner="another-machine-1-a", token="held", until=now + SECOND / 5)
    async with queue.storage.write() as unit:
        assert await unit.tasks.claim(silent, Demand(limit=1, types=(TaskType.SYNC,)), now=now)
    async with working(queue.worker({TaskType.SYNC: handler})), asyncio.timeout(60):
        await done.wait()

    [task] = await queue.tasks(run)
    assert (task.state, task.attempts) == (TaskState.SUCCEEDED, 2)
