"""How far a run has come."""

from datetime import UTC, datetime

import pytest

from kodit.application.reports import RunProgress
from kodit.application.serving.freshness import percent
from kodit.domain.sources.source import Source, SourceKind
from kodit.domain.tasks.progress import Step, StepState
from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task import Task, TaskState
from kodit.domain.tasks.task_type import TaskType

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SOURCE = Source(name="shop", kind=SourceKind.DIRECTORY, location="/shop", created_at=NOW)
RUN = Run(pipeline="code", dedup_key="index:1", payload={}, priority=50, created_at=NOW)
TASK = Task(
    run_id=1,
    state=TaskState.READY,
    type=TaskType.SYNC,
    priority=90,
    payload={},
    dedup_key="index:1",
    created_at=NOW,
    ready_at=NOW,
    max_attempts=4,
)


def step(task_id, current, total):
    return Step(
        task_id=task_id,
        step="scan files",
        position=1,
        state=StepState.RUNNING,
        current=current,
        total=total,
        message=None,
        started_at=NOW,
        updated_at=NOW,
    )


def came(*states, steps=()):
    tasks = [TASK._replace(id=number, state=state) for number, state in enumerate(states, 1)]
    return percent(RunProgress(source=SOURCE, run=RUN, tasks=tasks, steps=steps))


@pytest.mark.parametrize(
    ("states", "steps", "far"),
    [
        ((), (), 0),
        ((TaskState.READY, TaskState.BLOCKED), (), 0),
        ((TaskState.SUCCEEDED, TaskState.RUNNING), (), 50),
        ((TaskState.SUCCEEDED, TaskState.RUNNING), (step(2, 1, 4),), 62),
        ((TaskState.SUCCEEDED, TaskState.RUNNING), (step(2, 9, 9), step(2, 0, 4)), 50),
        ((TaskState.SUCCEEDED, TaskState.RUNNING), (step(2, 9, None),), 50),
        ((TaskState.SUCCEEDED, TaskState.RUNNING), (step(2, 9, 4),), 100),
        ((TaskState.SUCCEEDED, TaskState.SCHEDULED), (step(2, 3, 4),), 50),
        ((TaskState.SUCCEEDED, TaskState.SKIPPED, TaskState.DEAD, TaskState.CANCELLED), (), 100),
    ],
)
def test_a_run_has_come_as_far_as_its_tasks(states, steps, far):
    assert came(*states, steps=steps) == far
