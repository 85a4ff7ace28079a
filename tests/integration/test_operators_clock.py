"""By whose clock an operator's changes are dated."""

from datetime import timedelta

import pytest
from worker_steps import opened

from kodit.domain.tasks.policy import Failed
from kodit.domain.tasks.task import TaskState
from kodit.infrastructure import clock

SLOW = timedelta(days=8)


class SlowUntilItFollows:
    """A machine's clock is wrong until the database has been asked."""

    def __init__(self):
        self.slow = SLOW

    def now(self):
        return clock.now() - self.slow

    async def follow(self):
        self.slow = timedelta()


@pytest.fixture
async def queue(tmp_path):
    async with opened(tmp_path) as made:
        yield made


def on_a_slow_machine(queue):
    queue.clock = SlowUntilItFollows()
    return queue.serving()


async def test_what_is_cancelled_is_dated_by_the_clock_that_all_agree_on(queue):
    run = await queue.enqueue()
    service = on_a_slow_machine(queue)

    cancelled = await service.cancel(run.id)

    assert cancelled.finished_at >= run.created_at


async def test_what_is_retried_is_dated_by_the_clock_that_all_agree_on(queue):
    async def handler(work):
        return Failed("no")

    run = await queue.enqueue()
    await queue.drain(handler)
    service = on_a_slow_machine(queue)
    [dead] = await queue.tasks(run)

    await service.retry(dead.id)

    [task] = await queue.tasks(run)
    assert task.state is TaskState.READY
    assert task.ready_at >= run.created_at
