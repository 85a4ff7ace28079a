"""A run: one pass of a pipeline over one subject, and how its tasks move each other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from kodit.domain.errors import Conflict
from kodit.domain.tasks.pipeline import Pipeline
from kodit.domain.tasks.policy import Done, Outcome, Policies
from kodit.domain.tasks.task import LIVE, SATISFYING, Task, TaskState
from kodit.domain.tasks.task_type import AnyTaskType


class RunState(StrEnum):
    """Where a run stands, seen from its tasks."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE_RUNS = frozenset({RunState.PENDING, RunState.PROCESSING})
_NOTHING: Mapping[str, int] = {}
UPSTREAM = "a task before it did not succeed"
"""Why a task is cancelled when a need of it died or was cancelled."""


class Run(NamedTuple):
    """One pass of a pipeline.

    `priority` is the base that each phase's offset is added to. At most one run with the same `dedup_key` is live.
    `again` is the base priority of the run that shall follow this one, None when nobody asked for one while it ran.
    `counts` are what its tasks counted: files, snippets, ...
    """

    pipeline: str
    dedup_key: str
    payload: Mapping[str, Any]
    priority: int
    created_at: datetime
    state: RunState = RunState.PENDING
    again: int | None = None
    counts: Mapping[str, int] = _NOTHING
    started_at: datetime | None = None
    finished_at: datetime | None = None
    id: int = 0

    def counted(self, outcome: Outcome) -> Self:
        """The run with an attempt's counts added."""
        if not isinstance(outcome, Done) or not outcome.counts:
            return self
        counts = dict(self.counts)
        for name, number in outcome.counts.items():
            counts[name] = counts.get(name, 0) + number
        return self._replace(counts=counts)

    def after(self, tasks: Sequence[Task], *, now: datetime) -> Self:
        """The run as its tasks stand now."""
        state = _state_of(tasks)
        return self._replace(
            state=state,
            started_at=self.started_at or (now if state is not RunState.PENDING else None),
            finished_at=None if state in LIVE_RUNS else self.finished_at or now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run with its tasks, before they have ids."""

    run: Run
    tasks: tuple[Task, ...]


def plan(  # noqa: PLR0913 - what a run is made of
    pipeline: Pipeline,
    *,
    dedup_key: str,
    payload: Mapping[str, Any],
    priority: int,
    policies: Policies,
    now: datetime,
    place: str = "",
    finish_first: bool = False,
) -> NewRun:
    """A run of the pipeline with all its tasks; those without needs are ready.

    A phase's offset makes early phases more urgent, so that many runs advance side by side. With `finish_first` the
    offsets count from the other end, so that what was begun is finished before something else is begun: of many equal
    runs the first is then done after its own work, and not after almost everybody's.
    """
    run = Run(pipeline=pipeline.name, dedup_key=dedup_key, payload=payload, priority=priority, created_at=now)
    most = max(phase.offset for phase in pipeline)
    tasks = tuple(
        Task(
            run_id=0,
            type=phase.type,
            priority=priority + (most - phase.offset if finish_first else phase.offset),
            payload=payload,
            dedup_key=f"{dedup_key}:{phase.type.name}",
            place=place,
            created_at=now,
            ready_at=now,
            state=TaskState.BLOCKED if phase.needs else TaskState.READY,
            needs=tuple(sorted(phase.needs)),
            max_attempts=policies.of(phase.type).attempts,
        )
        for phase in pipeline
    )
    return NewRun(run=run, tasks=tasks)


def successor(run: Run, tasks: Iterable[Task], *, now: datetime) -> NewRun | None:
    """The run that was asked for while this one was running, once this one is over."""
    if run.again is None or run.state in LIVE_RUNS:
        return None
    change = run.again - run.priority
    following = Run(
        pipeline=run.pipeline, dedup_key=run.dedup_key, payload=run.payload, priority=run.again, created_at=now
    )
    return NewRun(run=following, tasks=tuple(_afresh(task, change, now) for task in tasks))


def asked_again(held: Run, tasks: Sequence[Task], *, priority: int, now: datetime) -> tuple[Run, list[Task]]:
    """A live run that is enqueued once more: the higher priority wins, and what has begun is followed by another run.

    The earlier moment wins too: what waits for another try is ready at once. Returns the run and all its tasks. Those
    that are over are raised too, so that every task keeps its distance from the run's priority: a successor and a retry
    rely on it.
    """
    raised = max(held.priority, priority)
    change = raised - held.priority
    again = held.again if held.state is RunState.PENDING else max(held.again or priority, priority)
    moved = [task._replace(priority=task.priority + change).hastened(now=now) for task in tasks]
    return held._replace(priority=raised, again=again), moved


def advanced(tasks: Sequence[Task], *, now: datetime, skip: str | None = None) -> list[Task]:
    """A run's tasks after one of them changed: followers become ready, are skipped, or are cancelled.

    `skip` is the reason why everything still blocked has nothing to do.
    """
    if TaskState.BLOCKED not in [task.state for task in tasks]:
        return list(tasks)
    moved = {task.type: task for task in tasks}
    changing = True
    while changing:
        changing = False
        for task in list(moved.values()):
            if task.state is TaskState.BLOCKED and (following := _following(task, moved, now, skip)) is not task:
                moved[task.type] = following
                changing = True
    return list(moved.values())


def revived(tasks: Sequence[Task], retried: Task, *, now: datetime) -> list[Task]:
    """A run's tasks after one of them is tried again: those cancelled that come after it wait for it once more.

    Raises IllegalMove when the task is neither dead nor cancelled, Conflict when what it needs has not succeeded.
    """
    moved = {task.type: task for task in tasks}
    ready = retried.retried(now=now)
    if any(moved[need].state not in SATISFYING for need in retried.needs):
        raise Conflict(f"task {retried.id} waits for a task that did not succeed; retry that one")
    moved[retried.type] = ready
    followers = _downstream(tasks, retried.type) - {retried.type}
    for task in tasks:
        if task.type in followers and task.state is TaskState.CANCELLED:
            moved[task.type] = task.renewed(TaskState.BLOCKED, now=now)
    return advanced(list(moved.values()), now=now)


def _downstream(tasks: Sequence[Task], first: AnyTaskType) -> set[AnyTaskType]:
    """The task and all that cannot start before it has succeeded."""
    found = {first}
    for _ in tasks:
        found |= {task.type for task in tasks if not found.isdisjoint(task.needs)}
    return found


def _afresh(task: Task, change: int, now: datetime) -> Task:
    """The same phase for another run."""
    waiting = task.renewed(TaskState.BLOCKED if task.needs else TaskState.READY, now=now)
    return waiting._replace(
        id=0,
        run_id=0,
        priority=task.priority + change,
        created_at=now,
        errors=(),
    )


def _following(task: Task, tasks: Mapping[Any, Task], now: datetime, skip: str | None) -> Task:
    if skip is not None:
        return task.skipped(skip, now=now)
    states = [tasks[need].state for need in task.needs]
    if any(state in (TaskState.DEAD, TaskState.CANCELLED) for state in states):
        return task.cancelled(UPSTREAM, now=now)
    if all(state in SATISFYING for state in states):
        return task.unblocked(now=now)
    return task


def _state_of(tasks: Sequence[Task]) -> RunState:
    states = {task.state for task in tasks}
    if states & LIVE:
        begun = any(task.attempts or task.snoozes or task.state not in LIVE for task in tasks)
        return RunState.PROCESSING if begun else RunState.PENDING
    if TaskState.DEAD in states:
        return RunState.FAILED
    return RunState.CANCELLED if TaskState.CANCELLED in states else RunState.COMPLETED
