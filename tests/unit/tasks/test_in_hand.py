"""What log lines about a task say."""

from datetime import UTC, datetime

from kodit.application.tasks.in_hand import names
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
