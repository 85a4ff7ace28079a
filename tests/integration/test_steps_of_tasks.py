"""What is seen of the steps of tasks that did not come to their end."""

import asyncio
from datetime import timedelta

import pytest
from worker_steps import opened, working

from kodit.domain.tasks.policy import Done
from kodit.domain.tasks.progress import StepState
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure import clock


@pytest.fixture
async def queue(tmp_path):
    async with opened(tmp_path) as made:
        yield made


async def steps_of(queue, run):
    [task] = await queue.tasks(run)
    return [(step.step, step.state, step.current, step.total) for step in (await queue.service.details(task.id)).steps]


class Endless:
    """A handler whose one step never ends by itself."""

    def __init__(self):
        self.begun = asyncio.Event()

    async def __call__(self, work):
        async with work.progress.step("copy", total=3):
            self.begun.set()
            await asyncio.Event().wait()


async def copy_and_be_cancelled(work):
    copying = Endless()
    job = asyncio.create_task(copying(work))
    await copying.begun.wait()
    job.cancel()
    await asyncio.wait({job})


async def test_the_step_of_a_task_that_was_cancelled_does_not_go_on(queue):
    run, handler = await queue.enqueue(), Endless()
    async with working(queue.worker({TaskType.SYNC: handler}), drain=True) as running:
        await handler.begun.wait()
        assert await steps_of(queue, run) == [("copy", StepState.RUNNING, 0, 3)]
        await queue.service.cancel(run.id)
        await running

    [task] = await queue.tasks(run)
    assert task.state is TaskState.CANCELLED
    assert await steps_of(queue, run) == [("copy", StepState.STOPPED, 0, 3)]


async def test_a_step_that_was_cancelled_does_not_go_on_beside_the_next_of_its_task(queue):
    found = []

    async def handler(work):
        await copy_and_be_cancelled(work)
        async with work.progress.step("give up"):
            found.extend(await steps_of(queue, run))
        return Done()

    run = await queue.enqueue()
    await queue.drain(handler)

    assert found == [("copy", StepState.STOPPED, 0, 3), ("give up", StepState.RUNNING, 0, None)]


async def test_a_step_that_was_cancelled_and_begun_again_goes_on(queue):
    found = []

    async def handler(work):
        await copy_and_be_cancelled(work)
        async with work.progress.step("copy", total=2) as step:
            found.extend(await steps_of(queue, run))
            await step.advance(2)
        return Done()

    run = await queue.enqueue()
    await queue.drain(handler)

    assert found == [("copy", StepState.RUNNING, 0, 2)]
    assert await steps_of(queue, run) == [("copy", StepState.DONE, 2, 2)]


class ClockThatIsSet:
    """The machine's clock, until somebody sets it."""

    def __init__(self):
        self.set_by = timedelta()

    def now(self):
        return clock.now() + self.set_by

    async def follow(self):
        pass


async def test_counts_are_seen_after_the_clock_was_set_back(queue):
    queue.clock = ClockThatIsSet()
    found = []

    async def handler(work):
        async with work.progress.step("copy", total=3) as step:
            queue.clock.set_by = -timedelta(hours=1)
            await step.advance(2)
            found.extend(await steps_of(queue, run))
        return Done()

    run = await queue.enqueue()
    await queue.drain(handler)

    assert found == [("copy", StepState.RUNNING, 2, 3)]
