"""What a worker has in hand, and what its log lines say of it."""

import asyncio
from datetime import UTC, datetime

from kodit.application.tasks.in_hand import InHand, names
from kodit.domain.tasks.policy import Cancelled, Done
from kodit.domain.tasks.task import Task, TaskState
from kodit.domain.tasks.task_type import OtherTaskType, TaskType

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_task(kind, key, **payload):
    about = {"type": kind, "dedup_key": key, "payload": payload}
    return Task(
        id=5,
        run_id=3,
        priority=1,
        created_at=NOON,
        ready_at=NOON,
        state=TaskState.RUNNING,
        attempts=2,
        max_attempts=4,
        **about,
    )


def test_a_task_is_named_by_its_type_and_its_source():
    assert names(a_task(TaskType.SYNC, "index:7:SYNC", index_id=7, source="shop")) == {
        "task_id": 5,
        "run_id": 3,
        "type": "SYNC",
        "attempt": 2,
        "index_id": 7,
        "source": "shop",
    }


def test_another_program_s_task_is_named_by_its_key_whatever_its_payload_says():
    named = names(a_task(OtherTaskType(1000), "photos/7:RESIZE", index_id="mine", source={"a": 1}))

    assert (named["type"], named["key"]) == ("TYPE_1000", "photos/7:RESIZE")
    assert named.keys().isdisjoint({"index_id", "source"})


class Works:
    """Work that goes on until it is stopped, and then cleans up for as long as the test likes."""

    def __init__(self):
        self.begun, self.cleaning, self.over = [], asyncio.Event(), []
        self.is_clean = asyncio.Event()

    async def __call__(self, attempt):
        self.begun.append(attempt)
        try:
            await asyncio.Event().wait()
        finally:
            self.cleaning.set()
            await self.is_clean.wait()
        return Done()

    async def begins(self, many):
        async with asyncio.timeout(60):
            while len(self.begun) < many:
                await asyncio.sleep(0)


async def test_a_task_that_is_claimed_again_is_not_carried_out_twice_at_once():
    in_hand, works = InHand(), Works()
    task = a_task(TaskType.SYNC, "index:7")
    in_hand.begin(task, works, works.over.append)
    await works.begins(1)

    in_hand.begin(task._replace(attempts=3), works, works.over.append)
    await asyncio.wait_for(works.cleaning.wait(), 60)
    assert [attempt.task.attempts for attempt in works.begun] == [2]
    works.is_clean.set()
    await works.begins(2)

    [first, second] = works.begun
    assert (works.over, first.outcome()) == ([first], None)
    assert list(in_hand.now().values()) == [second]
    await in_hand.release()


async def test_who_is_stopped_again_while_he_cleans_up_cleans_up_in_peace():
    in_hand, works = InHand(), Works()
    task = a_task(TaskType.SYNC, "index:7")
    in_hand.begin(task, works, works.over.append)
    await works.begins(1)
    [attempt] = works.begun
    for _ in range(3):
        in_hand.heed(in_hand.now(), [task._replace(cancel_requested=True)])
        await asyncio.wait_for(works.cleaning.wait(), 60)
        await asyncio.sleep(0)

    assert len(in_hand) == 1
    works.is_clean.set()
    await asyncio.wait({attempt.job})
    assert attempt.outcome() == Cancelled()
