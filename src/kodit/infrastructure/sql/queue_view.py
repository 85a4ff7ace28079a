"""The queue seen from outside, as SQL.

Each statement is bounded by what is live, or by a number of rows: a database keeps what is over for a long time.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.application.tasks.queue_view import QueueBoard, RunningTask
from kodit.application.tasks.statistics import (
    HOUR,
    SAMPLE,
    WINDOWS,
    Durations,
    HeldTasks,
    QueueStatistics,
    ReadyTasks,
    TypeStatistics,
    WorkerRow,
    failed_attempts,
)
from kodit.application.views import TaskRow
from kodit.domain.tasks.claim import EVERYTHING, Control
from kodit.domain.tasks.progress import Step, StepState
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import AnyTaskType
from kodit.infrastructure.sql.controls import SqlControls
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.rows import to_domain
from kodit.infrastructure.sql.tables import (
    is_dead,
    is_live,
    is_over,
    is_ready,
    is_retry,
    is_running,
    progress,
    tasks,
    workers,
)
from kodit.infrastructure.sql.views import SHOWN, task_rows

RECENT = 5_000
"""How many of the newest tasks durations are taken from."""
TIMED = 200
"""How many durations of each type are looked at, newest first."""

# Apart from what counts every live task: an index tells it, in a quarter of the time.
_READY = (
    select(tasks.c.type, tasks.c.place, func.count().label("number"), func.min(tasks.c.ready_at).label("oldest_at"))
    .where(is_ready)
    .group_by(tasks.c.place, tasks.c.type)
    .order_by(tasks.c.place, tasks.c.type)
)
_HANDS = (
    select(
        tasks.c.lease_owner,
        func.max(tasks.c.type).label("type"),
        func.count().label("running"),
        func.max(tasks.c.leased_until).label("until"),
    )
    .where(is_running)
    .group_by(tasks.c.lease_owner)
    .subquery()
)
_HELD = (
    select(_HANDS, workers.c.machine, workers.c.host, workers.c.pid, workers.c.seen_at)
    .outerjoin(workers, workers.c.owner == _HANDS.c.lease_owner)
    .order_by(_HANDS.c.until, _HANDS.c.lease_owner)
)
_HOSTS = select(workers.c.machine, func.max(workers.c.host).label("host")).group_by(workers.c.machine)


class SqlQueueView:
    """Implements QueueView, each call in one reading transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def statistics(self, *, now: datetime) -> QueueStatistics:
        """See the port."""
        async with self._database.read() as connection:
            return await _statistics(connection, now)

    async def board(self, *, now: datetime, limit: int = 20) -> QueueBoard:
        """See the port."""
        async with self._database.read() as connection:
            running = select(*SHOWN).where(is_running).order_by(tasks.c.started_at, tasks.c.id)
            retries = select(*SHOWN).where(is_retry).order_by(tasks.c.ready_at, tasks.c.id)
            dead = select(*SHOWN).where(is_dead).order_by(tasks.c.finished_at.desc(), tasks.c.id.desc())
            return QueueBoard(
                statistics=await _statistics(connection, now),
                running=await _with_steps(connection, await task_rows(connection, running.limit(limit))),
                retries=await task_rows(connection, retries.limit(limit)),
                dead=await task_rows(connection, dead.limit(limit)),
            )


@dataclass(slots=True)
class _Counted:
    """What is counted of one type, row by row."""

    by_state: dict[TaskState, int] = field(default_factory=lambda: defaultdict(int))
    oldest_ready_at: datetime | None = None
    next_due_at: datetime | None = None
    finished: list[int] = field(default_factory=lambda: [0] * len(WINDOWS))
    attempts: int = 0
    failed: int = 0
    tries: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def live(self, row: Row[Any]) -> None:
        self.by_state[row.state] += row.number
        if row.state is TaskState.READY:
            self.oldest_ready_at = row.first
        elif row.state is TaskState.SCHEDULED:
            self.next_due_at = row.first
            self.attempts += row.tried
            self.failed += row.tried

    def over(self, row: Row[Any]) -> None:
        if row.state is not TaskState.DEAD:
            self.by_state[row.state] += row.number
        within = row[-len(WINDOWS) :]
        # What was skipped or cancelled before anybody had it was no work.
        if row.attempts and within[-1]:
            self.finished = [sum(pair) for pair in zip(self.finished, within, strict=True)]
            self.attempts += row.attempts * within[-1]
            self.failed += failed_attempts(row.state, row.attempts) * within[-1]
            self.tries[row.attempts] += within[-1]


async def _statistics(connection: AsyncConnection, now: datetime) -> QueueStatistics:
    by_type: defaultdict[AnyTaskType, _Counted] = defaultdict(_Counted)
    for row in await connection.execute(_live()):
        by_type[row.type].live(row)
    over = (await connection.execute(_over(now))).all()
    for row in over:
        by_type[row.type].over(row)
    for kind, number in await connection.execute(_dead()):
        by_type[kind].by_state[TaskState.DEAD] = number
    taken = await _durations(connection, now)
    held = {control.type: control for control in await SqlControls(connection).all()}
    for kind in held.keys() - {EVERYTHING}:
        by_type[kind].by_state.update({})
    all_paused = EVERYTHING in held and held[EVERYTHING].paused
    return QueueStatistics(
        at=now,
        types=[
            _of_type(kind, by_type[kind], taken.get(kind), held.get(kind), all_paused=all_paused)
            for kind in sorted(by_type)
        ],
        workers=await _alive(connection, now),
        covers=_covers(over, now),
        all_paused=all_paused,
        ready=[to_domain(ReadyTasks, row) for row in await connection.execute(_READY)],
        held=[_held(row) for row in await connection.execute(_HELD)],
        hosts={row.machine: row.host for row in await connection.execute(_HOSTS)},
    )


def _held(row: Row[Any]) -> HeldTasks:
    # Of a worker that is not known any more its name tells the machine.
    machine = row.machine or row.lease_owner.partition("-")[0]
    return HeldTasks(
        owner=row.lease_owner,
        machine=machine,
        host=row.host,
        pid=row.pid,
        seen_at=row.seen_at,
        type=row.type,
        number=row.running,
        leased_until=row.until,
    )


def _of_type(
    kind: AnyTaskType, counted: _Counted, taken: Durations | None, control: Control | None, *, all_paused: bool
) -> TypeStatistics:
    return TypeStatistics(
        type=kind,
        by_state=dict(counted.by_state),
        oldest_ready_at=counted.oldest_ready_at,
        next_due_at=counted.next_due_at,
        finished=tuple(counted.finished),
        attempts=counted.attempts,
        failed=counted.failed,
        tries=dict(sorted(counted.tries.items())),
        durations=taken,
        paused=all_paused or (control is not None and control.paused),
        most=control.most if control is not None else None,
    )


def _live() -> Select[Any]:
    """Live tasks by type and state; `tried` counts the attempts that they had."""
    return (
        select(
            tasks.c.type,
            tasks.c.state,
            func.count().label("number"),
            func.min(tasks.c.ready_at).label("first"),
            func.sum(tasks.c.attempts).label("tried"),
        )
        .where(is_live)
        .group_by(tasks.c.type, tasks.c.state)
    )


def _over(now: datetime) -> Select[Any]:
    """The newest tasks that are over, counted, and how many of them ended within each window."""
    newest = _newest(SAMPLE).subquery()
    within = [func.sum(case((newest.c.finished_at > now - window, 1), else_=0)) for window in WINDOWS]
    alike = (newest.c.type, newest.c.state, newest.c.attempts)
    return select(
        *alike, func.count().label("number"), func.min(newest.c.finished_at).label("since"), *within
    ).group_by(*alike)


def _covers(over: Sequence[Row[Any]], now: datetime) -> timedelta:
    """How far back the newest tasks that are over reach."""
    if sum(row.number for row in over) < SAMPLE:
        return HOUR
    since: datetime = min(row.since for row in over)
    return min(max(now - since, timedelta(seconds=1)), HOUR)


def _newest(limit: int) -> Select[Any]:
    kept = (tasks.c.type, tasks.c.state, tasks.c.attempts, tasks.c.snoozes, tasks.c.started_at, tasks.c.finished_at)
    return select(*kept).where(is_over).order_by(tasks.c.finished_at.desc()).limit(limit)


def _dead() -> Select[Any]:
    return select(tasks.c.type, func.count()).where(is_dead).group_by(tasks.c.type)


async def _durations(connection: AsyncConnection, now: datetime) -> Mapping[AnyTaskType, Durations | None]:
    newest = _newest(RECENT).subquery()
    place = func.row_number().over(partition_by=newest.c.type, order_by=newest.c.finished_at.desc())
    at_once = (newest.c.state == TaskState.SUCCEEDED, newest.c.attempts == 1, newest.c.snoozes == 0)
    timed = (
        select(newest.c.type, newest.c.started_at, newest.c.finished_at, place.label("place"))
        .where(*at_once, newest.c.finished_at > now - HOUR)
        .subquery()
    )
    newest_first = select(timed.c.type, timed.c.started_at, timed.c.finished_at).where(timed.c.place <= TIMED)
    rows = (await connection.execute(newest_first.order_by(timed.c.type))).all()
    return {
        kind: Durations.among((row.finished_at - row.started_at).total_seconds() for row in of_type)
        for kind, of_type in groupby(rows, key=lambda row: row.type)
    }


async def _alive(connection: AsyncConnection, now: datetime) -> Sequence[WorkerRow]:
    found = await connection.execute(
        select(workers, func.coalesce(_HANDS.c.running, 0).label("running"))
        .outerjoin(_HANDS, _HANDS.c.lease_owner == workers.c.owner)
        .where(workers.c.alive_until >= now)
        .order_by(workers.c.started_at, workers.c.owner)
    )
    return [to_domain(WorkerRow, row) for row in found]


async def _with_steps(connection: AsyncConnection, running: Sequence[TaskRow]) -> Sequence[RunningTask]:
    ids = [task.id for task in running]
    ordered = select(progress).where(progress.c.task_id.in_(ids)).order_by(progress.c.task_id, progress.c.position)
    reported: defaultdict[int, list[Step]] = defaultdict(list)
    for row in await connection.execute(ordered):
        reported[row.task_id].append(to_domain(Step, row))
    return [
        RunningTask(task=task, begun_at=_begun_at(task, reported[task.id]), step=_under_way(reported[task.id]))
        for task in running
    ]


def _begun_at(task: TaskRow, steps: Sequence[Step]) -> datetime | None:
    """A task remembers its first attempt's beginning only; the steps are those of the last attempt."""
    if task.attempts == 1 and not task.snoozes:
        return task.started_at
    return min((step.started_at for step in steps), default=None)


def _under_way(steps: Sequence[Step]) -> Step | None:
    return next((step for step in reversed(steps) if step.state is StepState.RUNNING), None)
