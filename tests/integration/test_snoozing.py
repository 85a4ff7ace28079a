"""A program's own handler waits for somebody else, and holds up nobody meanwhile."""

from datetime import timedelta

import pytest
from own_program import SINGLE, Job
from own_steps import soon, working

import kodit
from kodit.queue import Done, RetryPolicy, RunState, Snoozed, TaskState

SOON = timedelta(milliseconds=20)


@pytest.fixture
async def queue(url):
    async with kodit.open_queue(url, default=RetryPolicy(attempts=1)) as opened:
        yield opened


async def test_what_snoozes_is_looked_at_again_when_it_asked_for_that(queue):
    looks = []

    async def handler(work):
        looks.append(work.task.attempts)
        return Done({"printed": 1}) if len(looks) > 3 else Snoozed(SOON, "waits for the printer")

    run = await queue.enqueue(SINGLE, dedup_key="7")
    async with working(queue, {Job.RESIZE: handler}):
        ended = await soon(queue.finished(run))

    [task] = await queue.tasks(run)
    assert (ended.state, ended.counts) == (RunState.COMPLETED, {"printed": 1})
    assert (task.state, task.attempts, task.snoozes, task.errors, task.note) == (TaskState.SUCCEEDED, 1, 3, (), None)
    assert looks == [1, 1, 1, 1]


async def test_what_snoozes_leaves_its_slot_to_others(queue):
    done = []

    async def handler(work):
        if work.payload["waits"] and "other" not in done:
            return Snoozed(SOON, "waits for the other")
        done.append(work.payload["name"])
        return Done()

    first = await queue.enqueue(SINGLE, dedup_key="1", payload={"name": "one", "waits": True}, priority=9)
    await queue.enqueue(SINGLE, dedup_key="2", payload={"name": "other", "waits": False})
    async with working(queue, {Job.RESIZE: handler}, slots=1):
        await soon(queue.finished(first))

    assert done == ["other", "one"]


async def test_draining_leaves_what_snoozes_to_a_later_worker(queue):
    async def handler(work):
        return Snoozed(timedelta(hours=1), "waits for tomorrow")

    run = await queue.enqueue(SINGLE, dedup_key="7")
    await soon(queue.work({Job.RESIZE: handler}, drain=True))

    [task] = await queue.tasks(run)
    assert (task.state, task.note, task.is_snoozed) == (TaskState.SCHEDULED, "waits for tomorrow", True)
    assert (await queue.run(run)).state is RunState.PROCESSING
