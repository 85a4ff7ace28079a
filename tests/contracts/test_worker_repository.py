"""What every WorkerRepository promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kodit.domain.tasks.claim import ANYWHERE
from kodit.domain.tasks.presence import PresentWorker
from kodit.domain.tasks.task_type import OtherTaskType, TaskType

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def worker(owner="ada", *, started=NOON, seen=NOON):
    about = {"machine": "machine", "host": "höst", "pid": 17, "slots": 3}
    takes = {"types": (TaskType.SYNC, OtherTaskType(1000)), "places": (ANYWHERE, "machine")}
    return PresentWorker(owner=owner, started_at=started, seen_at=seen, alive_until=seen + MINUTE, **about, **takes)


@pytest.fixture
async def workers(storage):
    async with storage.write() as unit:
        yield unit.workers


async def test_a_worker_that_was_seen_is_present_as_it_said(workers):
    await workers.seen(worker())

    assert list(await workers.present(since=NOON)) == [worker()]


async def test_a_worker_that_takes_nothing_is_present_as_it_said(workers):
    idle = replace(worker(), types=(), places=())

    await workers.seen(idle)

    assert list(await workers.present(since=NOON)) == [idle]


async def test_seen_again_it_is_the_same_worker_seen_later(workers):
    await workers.seen(worker())
    await workers.seen(worker("bob"))

    await workers.seen(worker(seen=NOON + MINUTE))

    assert list(await workers.present(since=NOON)) == [worker(seen=NOON + MINUTE), worker("bob")]
    assert list(await workers.present(since=NOON + MINUTE)) == [worker(seen=NOON + MINUTE)]


async def test_the_longest_at_work_comes_first(workers):
    for owner, minutes in (("ada", 2), ("bob", 0), ("eve", 1)):
        await workers.seen(worker(owner, started=NOON + minutes * MINUTE))

    assert [one.owner for one in await workers.present(since=NOON)] == ["bob", "eve", "ada"]


async def test_who_left_is_not_present_and_the_others_are(workers):
    await workers.seen(worker("ada"))
    await workers.seen(worker("bob"))

    await workers.left("ada")
    await workers.left("never heard of")

    assert list(await workers.present(since=NOON)) == [worker("bob")]


async def test_who_left_may_come_back(workers):
    await workers.seen(worker())
    await workers.left("ada")

    await workers.seen(replace(worker(), started_at=NOON + MINUTE))

    assert [one.started_at for one in await workers.present(since=NOON)] == [NOON + MINUTE]


async def test_who_was_not_seen_for_long_is_removed(workers):
    await workers.seen(worker("silent"))
    await workers.seen(worker("there", seen=NOON + MINUTE))

    await workers.prune(before=NOON + MINUTE)

    assert [one.owner for one in await workers.present(since=NOON - MINUTE)] == ["there"]
