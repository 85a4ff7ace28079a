"""A handler that writes within its own unit of work, on SQLite and on PostgreSQL."""

from datetime import timedelta

import pytest
from own_program import SINGLE, Job
from own_steps import AT_ONCE, soon

import kodit
from kodit.queue import RunState


@pytest.fixture
async def queue(url):
    async with kodit.open_queue(url, default=AT_ONCE) as opened:
        yield opened


async def report(_queue, work):
    async with work.storage.write(), work.progress.step("resize"):
        pass


async def enqueue(queue, work):
    async with work.storage.write():
        await queue.enqueue(SINGLE, dedup_key="another")


@pytest.mark.parametrize("nested", [report, enqueue])
async def test_a_handler_that_writes_within_its_unit_of_work_is_dead_at_once_and_told_what_to_do(queue, nested):
    calls = []

    async def handler(work):
        calls.append(work.task.id)
        await nested(queue, work)

    run = await queue.enqueue(SINGLE, dedup_key="7")
    await soon(queue.work({Job.RESIZE: handler}, drain=True, grace=timedelta(0)))

    assert (await queue.run(run)).state is RunState.FAILED
    [dead] = await queue.dead(Job.RESIZE)
    assert dead.remedy
    assert len(calls) == 1
