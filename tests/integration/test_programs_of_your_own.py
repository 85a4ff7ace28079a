"""Other programs, as real processes, share kodit's queue."""

import asyncio
import signal
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from own_program import PHOTOS, SINGLE, Job
from own_steps import AT_ONCE, nothing, soon, working

import kodit
from kodit.application.tasks import runs_over
from kodit.application.tasks import worker as workers
from kodit.infrastructure.sqlite import wakeups as sqlite_wakeups
from kodit.queue import Phase, Pipeline, RunState, TaskState

PROGRAM = Path(__file__).with_name("own_program.py")


@pytest.fixture(autouse=True)
def _a_machine_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("KODIT_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
async def queue(url):
    async with kodit.open_queue(url, default=AT_ONCE) as opened:
        yield opened


@pytest.fixture
def program(url):
    started = []

    def start(handler="quick"):
        process = subprocess.Popen(
            [sys.executable, PROGRAM, url, handler], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "working\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def nobody_looks(monkeypatch):
    """Only those who are woken notice anything."""
    monkeypatch.setattr(runs_over, "LOOK_SECONDS", 60)
    monkeypatch.setattr(workers, "LOOK", timedelta(seconds=60))
    monkeypatch.setattr(sqlite_wakeups, "WATCH_SECONDS", 60)


async def test_many_wait_for_runs_that_another_process_carries_out(queue, program):
    program()
    runs = await queue.enqueue_all(PHOTOS, {str(number): {} for number in range(30)})
    ended = await soon(asyncio.gather(*map(queue.finished, runs)))

    assert [run.counts for run in ended] == [{"resize": 1, "publish": 1}] * 30


@pytest.mark.usefixtures("nobody_looks")
async def test_who_waits_is_woken_by_the_process_that_is_done(queue, program):
    process = program("until_told")
    run = await queue.enqueue(SINGLE, dedup_key="7", payload={"photo": 7})
    waiting = asyncio.create_task(queue.finished(run))
    await asyncio.to_thread(process.stdout.readline)
    # Everybody listens by now, so that nothing but the end itself can be what is heard.
    other = await queue.enqueue(SINGLE, dedup_key="8", payload={"photo": 8})
    await asyncio.to_thread(process.stdout.readline)
    assert not waiting.done()
    process.stdin.write("go on\ngo on\n")
    process.stdin.flush()

    assert (await soon(waiting)).state is RunState.COMPLETED
    assert (await soon(queue.finished(other))).state is RunState.COMPLETED


@pytest.mark.usefixtures("nobody_looks")
async def test_each_work_of_a_program_is_woken_for_what_only_it_can_do(queue, url):
    published = Pipeline("published", Phase(Job.PUBLISH))
    async with (
        kodit.open_queue(url) as program,
        working(program, {Job.RESIZE: nothing}),
        working(program, {Job.PUBLISH: nothing}),
    ):
        async with asyncio.timeout(30):
            for number in range(5):
                for pipeline in (SINGLE, published):
                    run = await queue.enqueue(pipeline, dedup_key=str(number))
                    assert (await queue.finished(run)).state is RunState.COMPLETED


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_program_that_is_told_to_stop_ends_what_it_has_in_hand(queue, program, number):
    process = program("until_told")
    run = await queue.enqueue(SINGLE, dedup_key="7", payload={"photo": 7})
    later = await queue.enqueue(PHOTOS, dedup_key="7", payload={"photo": 8})
    await queue.pause(Job.PUBLISH)
    assert (await asyncio.to_thread(process.stdout.readline)).startswith("began")
    assert (await asyncio.to_thread(process.stdout.readline)).startswith("began")
    process.send_signal(number)
    process.stdin.write("go on\ngo on\n")
    process.stdin.flush()
    out, _ = await asyncio.to_thread(process.communicate)

    assert (out, process.returncode) == ("ended\n", 0)
    assert (await queue.run(run.id)).state is RunState.COMPLETED
    assert [task.state for task in await queue.tasks(later)] == [TaskState.SUCCEEDED, TaskState.READY]


async def test_a_second_signal_ends_it_at_once_and_nothing_is_lost(queue, program):
    process = program("slow")
    run = await queue.enqueue(SINGLE, dedup_key="7", payload={"photo": 7})
    await asyncio.to_thread(process.stdout.readline)
    # A signal counts as the second only once the first was heard.
    while process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, 0.05)
    async with working(queue, {Job.RESIZE: nothing}):
        ended = await soon(queue.finished(run))

    assert process.returncode == -signal.SIGTERM
    assert ended.state is RunState.COMPLETED
