"""The worker that a server has is a process of its own, which does as it is told and ends with the server."""

import asyncio
import os
import signal
import socket

import pytest
from served_world import write

import kodit
from kodit.application.serving.health import PartState
from kodit.application.serving.parts import Part, Pauses
from kodit.domain.errors import Unavailable
from kodit.domain.tasks.task import TaskState
from kodit.serving.worker_process import WorkerProcess
from kodit.settings import load


class Told:
    """The attempts that the worker has told of."""

    def __init__(self, wanted):
        self.attempts = []
        self._enough = asyncio.Event()
        self._wanted = wanted

    def __call__(self, attempt):
        self.attempts.append(attempt)
        if len(self.attempts) >= self._wanted:
            self._enough.set()

    async def enough_of(self, running):
        """Wait until it has told of as many as are wanted; what goes wrong with it goes wrong here."""
        enough = asyncio.create_task(self._enough.wait())
        await asyncio.wait({enough, running}, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        if not enough.done():
            enough.cancel()
            await asyncio.wait_for(running, 0)
            raise AssertionError(self.attempts)


@pytest.fixture
def settings(tmp_path):
    return load(data_dir=tmp_path / "data", workers=1, drain_seconds=30)


@pytest.fixture
async def engine(settings):
    async with kodit.open(settings.data_dir, workers=1) as opened:
        yield opened


async def queued(engine, location):
    source = await engine.add(str(location))
    return await engine.indexing.queue_index_tasks(source.id, is_user_initiated=True)


async def states(engine, run):
    async with engine.storage.read() as unit:
        return [task.state for task in await unit.tasks.tasks_of(run.id)]


@pytest.fixture
def forge():
    """A server whose clones never end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        yield listening


async def asked(forge):
    """The connection of whoever clones there; the clone goes on for as long as it is held."""
    return (await asyncio.to_thread(forge.accept))[0]


async def test_what_is_queued_is_done_and_told_of(settings, engine, tmp_path):
    run = await queued(engine, write(tmp_path / "code"))
    told = Told(5)
    worker = WorkerProcess(settings, told)
    assert worker.is_starting
    running = asyncio.create_task(worker.run())
    await told.enough_of(running)
    worker.stop()
    await running
    assert not worker.is_starting
    assert sorted(attempt.type for attempt in told.attempts)[:2] == ["BM25_INDEX", "CODE_EMBEDDINGS"]
    assert {attempt.outcome for attempt in told.attempts} <= {"done", "skipped"}
    assert all(0 < attempt.seconds < 60 for attempt in told.attempts)
    assert set(await states(engine, run)) <= {TaskState.SUCCEEDED, TaskState.SKIPPED}


async def test_who_is_told_to_stop_before_it_has_begun_does_not_begin(settings, engine, tmp_path):
    run = await queued(engine, write(tmp_path / "code"))
    worker = WorkerProcess(settings, Told(1))
    worker.stop()
    await worker.run()
    assert TaskState.READY in await states(engine, run)


async def test_who_is_told_to_stop_while_it_is_starting_ends_at_once(settings, engine, tmp_path, monkeypatch):
    run = await queued(engine, write(tmp_path / "code"))
    start, started = asyncio.create_subprocess_exec, asyncio.get_running_loop().create_future()

    async def told_of(*command, **options):
        process = await start(*command, **options)
        started.set_result(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", told_of)
    worker = WorkerProcess(settings, Told(1))
    running = asyncio.create_task(worker.run())
    process = await started
    worker.stop()
    await running
    assert process.returncode == -signal.SIGTERM
    assert TaskState.READY in await states(engine, run)


async def test_what_is_in_hand_is_given_back_at_once_when_it_is_abandoned(settings, engine, forge):
    run = await queued(engine, f"http://127.0.0.1:{forge.getsockname()[1]}/code.git")
    told = Told(1)
    worker = WorkerProcess(settings, told)
    running = asyncio.create_task(worker.run())
    with await asked(forge):
        worker.stop()
        await worker.abandon()
        await running
    assert [attempt.outcome for attempt in told.attempts] == ["released"]
    assert (await states(engine, run))[0] is TaskState.READY


async def test_a_worker_that_is_killed_is_begun_again(settings, engine, forge):
    await queued(engine, f"http://127.0.0.1:{forge.getsockname()[1]}/code.git")
    part = Part("worker", lambda: WorkerProcess(settings, Told(1)), Pauses(first=0, longest=0))
    assert part.health.state is PartState.STARTING
    running = asyncio.create_task(part.run())
    with await asked(forge):
        [worker] = (await engine.overview.statistics()).workers
        os.kill(worker.pid, signal.SIGKILL)
        # The next one takes over what it had in hand.
        with await asked(forge):
            assert part.health.failures == 1
            assert part.health.state is PartState.RUNNING
            await part.abandon()
            await running


async def test_a_worker_that_ends_by_itself_is_missed(settings, tmp_path):
    (tmp_path / "data").write_text("no directory")
    with pytest.raises(Unavailable, match="ended by itself, with exit code 1"):
        await WorkerProcess(settings, Told(1)).run()
