"""How the queue was over the last hour."""

import asyncio
from datetime import UTC, datetime, timedelta

from kodit.application.serving.queue_history import KEPT, QueueHistory
from kodit.application.tasks.statistics import HOUR, QueueStatistics, TypeStatistics
from kodit.domain.errors import Locked
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import TaskType

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def seen(at: datetime = NOW, *, ready: int = 0) -> QueueStatistics:
    one = TypeStatistics(
        type=TaskType.SYNC,
        by_state={TaskState.READY: ready, TaskState.RUNNING: 2, TaskState.DEAD: 1},
        oldest_ready_at=None,
        next_due_at=None,
        finished=(6, 6, 6),
        attempts=4,
        failed=1,
        tries={},
        durations=None,
        paused=False,
    )
    return QueueStatistics(at=at, types=[one], workers=(), covers=HOUR, all_paused=False)


async def look() -> QueueStatistics:
    return seen()


def test_a_look_is_remembered_as_it_was() -> None:
    history = QueueHistory(look)
    history.add(seen(ready=3))
    [sample] = history.samples
    assert (sample.at, sample.depth, sample.running, sample.dead) == (NOW, 3, 2, 1)
    assert (sample.per_minute, sample.error_rate) == (6.0, 0.25)


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    history = QueueHistory(look)
    for number in range(KEPT + 3):
        history.add(seen(NOW + timedelta(seconds=5 * number)))
    assert len(history.samples) == KEPT
    assert history.samples[0].at == NOW + timedelta(seconds=15)


async def test_it_looks_again_and_again_until_it_is_stopped() -> None:
    history = QueueHistory(lambda: look_thrice(), every=0)  # noqa: PLW0108 - defined below
    looks = 0

    async def look_thrice() -> QueueStatistics:
        nonlocal looks
        looks += 1
        if looks == 3:
            history.stop()
        return seen()

    await asyncio.wait_for(history.run(), 60)
    assert len(history.samples) == 3


async def test_a_look_that_fails_is_left_out() -> None:
    looks = 0

    async def look_at_it() -> QueueStatistics:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise Locked("another process is at it")
        history.stop()
        return seen()

    history = QueueHistory(look_at_it, every=0)
    await asyncio.wait_for(history.run(), 60)
    assert (looks, len(history.samples)) == (2, 1)
