"""Boards to be drawn."""

from datetime import UTC, datetime, timedelta

from kodit.application.tasks.queue_view import QueueBoard, RunningTask
from kodit.application.tasks.statistics import Durations, QueueStatistics, TypeStatistics, WorkerRow
from kodit.application.views import TaskRow
from kodit.domain.tasks.progress import Step, StepState, TaskOperation
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import TaskType

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


def a_type(kind=TaskType.SYNC, *, waited=None, paused=False, failed=0, **states):
    return TypeStatistics(
        type=kind,
        by_state={TaskState(name): number for name, number in states.items()},
        oldest_ready_at=NOON - waited if waited else None,
        next_due_at=None,
        finished=(1, 5, 60),
        attempts=60,
        failed=failed,
        tries={1: 58, 2: 2},
        durations=Durations(0.25, 75.0, of=60),
        paused=paused,
    )


def a_worker(number=1, running=1):
    return WorkerRow(
        owner=f"0123456789ab-{number}-cafe",
        machine="0123456789ab",
        host="build",
        pid=4000 + number,
        slots=3,
        running=running,
        types=tuple(TaskType),
        places=("", "0123456789ab"),
        started_at=NOON - 2 * HOUR,
        seen_at=NOON - 7 * SECOND,
        alive_until=NOON + 53 * SECOND,
    )


def statistics(*types, workers=(), all_paused=False):
    return QueueStatistics(at=NOON, types=types, workers=workers, covers=HOUR, all_paused=all_paused)


def a_task(number, state, kind=TaskType.EXTRACT, **changes):
    held = {
        "id": number,
        "run_id": 1,
        "type": kind,
        "state": state,
        "priority": 50,
        "attempts": 1,
        "max_attempts": 4,
        "source": f"source-{number}",
        "dedup_key": f"key-{number}",
        "note": None,
        "created_at": NOON - HOUR,
        "ready_at": NOON,
        "started_at": NOON - MINUTE,
        "finished_at": None,
        "lease_owner": None,
    }
    return TaskRow(**held | changes)


def running(number, current=300, total=1000):
    step = Step(
        task_id=number,
        step=TaskOperation.EXTRACT_SNIPPETS,
        position=2,
        state=StepState.RUNNING,
        current=current,
        total=total,
        message=None,
        started_at=NOON - MINUTE,
        updated_at=NOON,
    )
    task = a_task(number, TaskState.RUNNING, lease_owner="0123456789ab-1-cafe")
    return RunningTask(task=task, begun_at=NOON - 83 * SECOND, step=step)


def a_board(*, busy=3, retries=2, dead=2, workers=1):
    types = (
        a_type(ready=120, running=busy, waited=3 * MINUTE, dead=dead),
        a_type(TaskType.EXTRACT, blocked=40, scheduled=retries, failed=20),
    )
    return QueueBoard(
        statistics=statistics(*types, workers=[a_worker(number + 1) for number in range(workers)]),
        running=[running(number + 1) for number in range(busy)],
        retries=[
            a_task(100 + n, TaskState.SCHEDULED, note="github.com does not answer", ready_at=NOON + 90 * SECOND)
            for n in range(retries)
        ],
        dead=[
            a_task(200 + n, TaskState.DEAD, note="bad\nthings \x1b[31mhappened", finished_at=NOON - 5 * MINUTE)
            for n in range(dead)
        ],
    )


EMPTY = QueueBoard(statistics=statistics(), running=[], retries=[], dead=[])
