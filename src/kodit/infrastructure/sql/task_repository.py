"""The queue as SQL: the domain decides each move, one statement claims."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Select, delete, func, insert, select, text, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.errors import Conflict, LeaseLost, NotFound
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.run import LIVE_RUNS, NewRun, Run, RunState, advanced, asked_again, revived, successor
from kodit.domain.tasks.task import (
    LIVE,
    WORKER_DIED,
    WORKER_SILENT,
    AttemptError,
    Lapsed,
    Lease,
    Task,
    TaskState,
)
from kodit.domain.tasks.task_type import task_type
from kodit.infrastructure.sql.rows import to_domain, to_row
from kodit.infrastructure.sql.tables import is_live_run, is_ready, is_running, is_scheduled, runs, tasks
from kodit.infrastructure.sql.types import spelled


class SqlTaskRepository:
    """Implements TaskRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def enqueue(self, new: NewRun) -> Run:
        """See the port."""
        held = await self._live(new.run.dedup_key)
        if held is None:
            return await self._insert(new)
        before = await self.tasks_of(held.id)
        run, after = asked_again(held, before, priority=new.run.priority, now=new.run.created_at)
        return await self._store(held, run, before, after)

    async def claim(self, lease: Lease, *, limit: int, now: datetime) -> Sequence[Task]:
        """See the port."""
        due = update(tasks).where(is_scheduled, tasks.c.ready_at <= now).values(state=TaskState.READY)
        await self._connection.execute(due)
        following = _following(limit)
        statement = (
            update(tasks)
            .where(tasks.c.id.in_(select(following.c.id)))
            .values(
                state=TaskState.RUNNING,
                attempts=tasks.c.attempts + 1,
                lease_owner=lease.owner,
                lease_token=lease.token,
                leased_until=lease.until,
                started_at=func.coalesce(tasks.c.started_at, now, type_=tasks.c.started_at.type),
            )
            .returning(*tasks.c)
        )
        claimed = [_task(row) for row in await self._connection.execute(statement)]
        await self._begin_runs({task.run_id for task in claimed}, now)
        # RETURNING keeps no order.
        return sorted(claimed, key=lambda task: (-task.priority, task.created_at, task.id))

    async def settle(self, claimed: Task, settled: Task, outcome: Outcome, *, now: datetime) -> Run:
        """See the port."""
        run, held = await self._leased(claimed)
        await self._put(settled.heeding(held, now=now))
        skip = outcome.skip_followers if isinstance(outcome, Done) else None
        return await self._move(run, run.counted(outcome), now=now, skip=skip)

    async def extend(self, token: str, *, until: datetime, now: datetime) -> Sequence[Task]:
        """See the port."""
        statement = (
            update(tasks)
            .where(is_running, tasks.c.lease_token == token, tasks.c.leased_until >= now)
            .values(leased_until=until)
            .returning(*tasks.c)
        )
        return [_task(row) for row in await self._connection.execute(statement)]

    async def rescue(self, *, now: datetime, gone: Collection[str] = ()) -> Lapsed:
        """See the port."""
        lapsed = (tasks.c.leased_until < now) | tasks.c.lease_owner.in_(sorted(gone))
        found = await self._connection.execute(
            select(tasks).where(is_running, lapsed).with_for_update(skip_locked=True).order_by(tasks.c.id)
        )
        taken = [_task(row) for row in found]
        freed = [
            task.lost(now=now, reason=WORKER_DIED if task.lease_owner in gone else WORKER_SILENT) for task in taken
        ]
        for task in freed:
            await self._put(task)
            run = await self._locked(task.run_id)
            await self._move(run, run, now=now)
        return Lapsed.of(freed)

    async def cancel(self, run_id: int, *, now: datetime) -> Run:
        """See the port."""
        run = await self._locked(run_id)
        if run.state not in LIVE_RUNS:
            raise Conflict(f"run {run_id} is {run.state} already")
        before = await self.tasks_of(run_id)
        after = [task.cancelled("cancelled", now=now) if task.state in LIVE else task for task in before]
        # What was asked for while it ran is cancelled with it.
        return await self._store(run, replace(run, again=None).after(after, now=now), before, after)

    async def retry(self, task_id: int, *, now: datetime) -> Run:
        """See the port."""
        task = await self.get(task_id)
        run = await self._locked(task.run_id)
        newest = await self._connection.scalar(select(func.max(runs.c.id)).where(runs.c.dedup_key == run.dedup_key))
        before = await self.tasks_of(run.id)
        after = revived(before, task, now=now)
        if newest != run.id:
            raise Conflict(
                f"task {task_id} belongs to run {run.id}, and run {newest} has taken its place",
                remedy="index the source again",
            )
        return await self._store(run, run.after(after, now=now), before, after)

    async def get(self, task_id: int) -> Task:
        """See the port."""
        row = (await self._connection.execute(select(tasks).where(tasks.c.id == task_id))).one_or_none()
        if row is None:
            raise NotFound(f"there is no task {task_id}", remedy="list them: kodit queue list --state all")
        return _task(row)

    async def run(self, run_id: int) -> Run:
        """See the port."""
        return await self._run(select(runs).where(runs.c.id == run_id), run_id)

    async def tasks_of(self, run_id: int) -> Sequence[Task]:
        """See the port."""
        found = await self._connection.execute(select(tasks).where(tasks.c.run_id == run_id).order_by(tasks.c.id))
        return [_task(row) for row in found]

    async def live_run(self, dedup_key: str) -> Run | None:
        """See the port."""
        found = await self._connection.execute(select(runs).where(runs.c.dedup_key == dedup_key, is_live_run))
        row = found.one_or_none()
        return None if row is None else to_domain(Run, row)

    async def forget(self, dedup_key: str) -> None:
        """See the port."""
        mine = select(runs.c.id).where(runs.c.dedup_key == dedup_key)
        running = select(func.count()).select_from(tasks).where(tasks.c.run_id.in_(mine), is_running)
        if await self._connection.scalar(running):
            raise Conflict("a worker is at it right now", remedy="cancel its run first: kodit queue cancel RUN")
        await self._connection.execute(delete(runs).where(runs.c.dedup_key == dedup_key))

    async def owners(self) -> frozenset[str]:
        """See the port."""
        found = await self._connection.scalars(select(tasks.c.lease_owner).where(is_running).distinct())
        return frozenset(owner for owner in found if owner)

    async def next_due(self) -> datetime | None:
        """See the port."""
        scheduled = await self._connection.scalar(select(func.min(tasks.c.ready_at)).where(is_scheduled))
        leased = await self._connection.scalar(select(func.min(tasks.c.leased_until)).where(is_running))
        return min((moment for moment in (scheduled, leased) if moment), default=None)

    async def _live(self, dedup_key: str) -> Run | None:
        statement = select(runs).where(runs.c.dedup_key == dedup_key, is_live_run).with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else to_domain(Run, row)

    async def _locked(self, run_id: int) -> Run:
        """The run, held until the transaction ends: two tasks that end at once must see each other."""
        return await self._run(select(runs).where(runs.c.id == run_id).with_for_update(), run_id)

    async def _leased(self, claimed: Task) -> tuple[Run, Task]:
        """Run and task as they are stored, while the lease is still the one that the task was claimed with."""
        mine = (tasks.c.id == claimed.id, is_running, tasks.c.lease_token == claimed.lease_token)
        try:
            run = await self._locked(claimed.run_id)
            held = (await self._connection.execute(select(tasks).where(*mine).with_for_update())).one()
        except (NotFound, NoResultFound) as error:
            raise LeaseLost(f"task {claimed.id} is no longer leased to {claimed.lease_owner}") from error
        return run, _task(held)

    async def _run(self, statement: Select[Any], run_id: int) -> Run:
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            raise NotFound(f"there is no run {run_id}", remedy="list them: kodit queue list --state all")
        return to_domain(Run, row)

    async def _insert(self, new: NewRun) -> Run:
        returned = await self._connection.execute(insert(runs).values(to_row(new.run)).returning(runs.c.id))
        run = replace(new.run, id=returned.scalar_one())
        await self._connection.execute(insert(tasks), [_task_row(replace(task, run_id=run.id)) for task in new.tasks])
        return run

    async def _begin_runs(self, run_ids: Collection[int], now: datetime) -> None:
        if run_ids:
            pending = text("state = 'pending'")
            begun = update(runs).where(runs.c.id.in_(sorted(run_ids)), pending)
            first = func.coalesce(runs.c.started_at, now, type_=runs.c.started_at.type)
            await self._connection.execute(begun.values(state=RunState.PROCESSING, started_at=first))

    async def _move(self, before: Run, run: Run, *, now: datetime, skip: str | None = None) -> Run:
        """Let a run and its followers follow from what was just stored of its tasks."""
        stood = await self.tasks_of(run.id)
        moved = advanced(stood, now=now, skip=skip)
        run = await self._store(before, run.after(moved, now=now), stood, moved)
        if new := successor(run, moved, now=now):
            await self._insert(new)
            run = await self._store(run, replace(run, again=None), (), ())
        return run

    async def _store(self, before: Run, run: Run, stood: Sequence[Task], moved: Sequence[Task]) -> Run:
        known = {task.id: task for task in stood}
        for task in moved:
            if task != known[task.id]:
                await self._put(task)
        if run != before:
            await self._connection.execute(update(runs).where(runs.c.id == run.id).values(to_row(run)))
        return run

    async def _put(self, task: Task) -> None:
        await self._connection.execute(update(tasks).where(tasks.c.id == task.id).values(_task_row(task)))


def _following(limit: int) -> CTE:
    # SQLite ignores FOR UPDATE: its one writer is the lock.
    return (
        select(tasks.c.id)
        .where(is_ready)
        .order_by(tasks.c.priority.desc(), tasks.c.created_at, tasks.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("following")
    )


def _task(row: Any) -> Task:
    task = to_domain(Task, row)
    errors = tuple(_error(error) for error in task.errors)
    return replace(task, needs=tuple(task_type(need) for need in task.needs), errors=errors)


def _error(stored: Any) -> AttemptError:
    remedy = stored.get("remedy") or None
    return AttemptError(**{**stored, "at": datetime.fromisoformat(stored["at"]), "remedy": remedy})


def _error_row(error: AttemptError) -> Mapping[str, Any]:
    words = {"message": spelled(error.message), "trace": spelled(error.trace), "remedy": spelled(error.remedy or "")}
    return {**asdict(error), **words, "at": error.at.isoformat()}


def _task_row(task: Task) -> Mapping[str, Any]:
    row = to_row(task)
    row["errors"] = [_error_row(error) for error in task.errors]
    row["needs"] = [int(need) for need in task.needs]
    return row
