"""The queue as plain Python: the specification that every other queue is held to."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from kodit.domain.errors import Conflict, LeaseLost, NotFound
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.run import LIVE_RUNS, NewRun, Run, advanced, asked_again, revived, successor
from kodit.domain.tasks.task import LIVE, WORKER_DIED, WORKER_SILENT, Lapsed, Lease, Task, TaskState


class MemoryTaskRepository:
    """Implements TaskRepository for one process. It knows no transactions: each verb is atomic by never waiting."""

    def __init__(self) -> None:
        self._runs: dict[int, Run] = {}
        self._tasks: dict[int, Task] = {}
        self._run_ids = count(1)
        self._task_ids = count(1)

    async def enqueue(self, new: NewRun) -> Run:
        """See the port."""
        held = await self.live_run(new.run.dedup_key)
        if held is None:
            return self._insert(new)
        return self._store(*asked_again(held, self._of(held.id), priority=new.run.priority, now=new.run.created_at))

    async def claim(self, lease: Lease, *, limit: int, now: datetime) -> Sequence[Task]:
        """See the port."""
        due = self._where(lambda task: task.state is TaskState.SCHEDULED and task.ready_at <= now)
        self._put(replace(task, state=TaskState.READY) for task in due)
        ready = self._where(lambda task: task.state is TaskState.READY)
        ready.sort(key=lambda task: (-task.priority, task.created_at, task.id))
        claimed = [task.claimed(lease, now=now) for task in ready[:limit]]
        self._put(claimed)
        for run_id in {task.run_id for task in claimed}:
            self._runs[run_id] = self._runs[run_id].after(self._of(run_id), now=now)
        return claimed

    async def settle(self, claimed: Task, settled: Task, outcome: Outcome, *, now: datetime) -> Run:
        """See the port."""
        held = self._tasks.get(claimed.id)
        if held is None or held.state is not TaskState.RUNNING or held.lease_token != claimed.lease_token:
            raise LeaseLost(f"task {claimed.id} is no longer leased to {claimed.lease_owner}")
        self._put([settled.heeding(held, now=now)])
        skip = outcome.skip_followers if isinstance(outcome, Done) else None
        return self._move(self._runs[held.run_id].counted(outcome), now=now, skip=skip)

    async def extend(self, token: str, *, until: datetime, now: datetime) -> Sequence[Task]:
        """See the port."""
        held = [task for task in self._running() if task.lease_token == token and _lease_end(task) >= now]
        extended = [replace(task, leased_until=until) for task in held]
        self._put(extended)
        return extended

    async def rescue(self, *, now: datetime, gone: Collection[str] = ()) -> Lapsed:
        """See the port."""
        lapsed = [task for task in self._running() if task.lease_owner in gone or _lease_end(task) < now]
        freed = [
            task.lost(now=now, reason=WORKER_DIED if task.lease_owner in gone else WORKER_SILENT) for task in lapsed
        ]
        self._put(freed)
        for task in freed:
            self._move(self._runs[task.run_id], now=now)
        return Lapsed.of(freed)

    async def cancel(self, run_id: int, *, now: datetime) -> Run:
        """See the port."""
        run = await self.run(run_id)
        if run.state not in LIVE_RUNS:
            raise Conflict(f"run {run_id} is {run.state} already")
        tasks = [task.cancelled("cancelled", now=now) if task.state in LIVE else task for task in self._of(run_id)]
        return self._store(replace(run, again=None).after(tasks, now=now), tasks)

    async def retry(self, task_id: int, *, now: datetime) -> Run:
        """See the port."""
        task = await self.get(task_id)
        run = self._runs[task.run_id]
        tasks = revived(self._of(run.id), task, now=now)
        if any(other.id > run.id for other in self._with_key(run.dedup_key)):
            raise Conflict(f"task {task_id} belongs to run {run.id}, and a newer run has taken its place")
        return self._store(run.after(tasks, now=now), tasks)

    async def get(self, task_id: int) -> Task:
        """See the port."""
        if task_id not in self._tasks:
            raise NotFound(f"there is no task {task_id}")
        return self._tasks[task_id]

    async def run(self, run_id: int) -> Run:
        """See the port."""
        if run_id not in self._runs:
            raise NotFound(f"there is no run {run_id}")
        return self._runs[run_id]

    async def tasks_of(self, run_id: int) -> Sequence[Task]:
        """See the port."""
        return self._of(run_id)

    async def live_run(self, dedup_key: str) -> Run | None:
        """See the port."""
        return next((run for run in self._with_key(dedup_key) if run.state in LIVE_RUNS), None)

    async def forget(self, dedup_key: str) -> None:
        """See the port."""
        forgotten = {run.id for run in self._with_key(dedup_key)}
        if any(task.run_id in forgotten for task in self._running()):
            raise Conflict("a worker is at it right now")
        self._runs = {run_id: run for run_id, run in self._runs.items() if run_id not in forgotten}
        self._tasks = {task.id: task for task in self._tasks.values() if task.run_id not in forgotten}

    async def owners(self) -> frozenset[str]:
        """See the port."""
        return frozenset(task.lease_owner for task in self._running() if task.lease_owner)

    async def next_due(self) -> datetime | None:
        """See the port."""
        scheduled = [task.ready_at for task in self._where(lambda task: task.state is TaskState.SCHEDULED)]
        return min([*scheduled, *map(_lease_end, self._running())], default=None)

    def _insert(self, new: NewRun) -> Run:
        run = replace(new.run, id=next(self._run_ids))
        return self._store(run, [replace(task, id=next(self._task_ids), run_id=run.id) for task in new.tasks])

    def _move(self, run: Run, *, now: datetime, skip: str | None = None) -> Run:
        """Let a run and its followers follow from what was just stored of its tasks."""
        tasks = advanced(self._of(run.id), now=now, skip=skip)
        run = run.after(tasks, now=now)
        if new := successor(run, tasks, now=now):
            self._insert(new)
            run = replace(run, again=None)
        return self._store(run, tasks)

    def _store(self, run: Run, tasks: Iterable[Task]) -> Run:
        self._runs[run.id] = run
        self._put(tasks)
        return run

    def _put(self, tasks: Iterable[Task]) -> None:
        self._tasks.update({task.id: task for task in tasks})

    def _with_key(self, dedup_key: str) -> list[Run]:
        return [run for run in self._runs.values() if run.dedup_key == dedup_key]

    def _of(self, run_id: int) -> list[Task]:
        return self._where(lambda task: task.run_id == run_id)

    def _running(self) -> list[Task]:
        return self._where(lambda task: task.state is TaskState.RUNNING)

    def _where(self, holds: Callable[[Task], bool]) -> list[Task]:
        return sorted(filter(holds, self._tasks.values()), key=lambda task: task.id)


def _lease_end(task: Task) -> datetime:
    # A running task always has one.
    assert task.leased_until is not None  # noqa: S101 - tells the type checker
    return task.leased_until
