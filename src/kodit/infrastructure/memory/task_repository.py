"""The queue as plain Python: the specification that every other queue is held to."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count

from kodit.domain.errors import Conflict, LeaseLost, NotFound
from kodit.domain.tasks.claim import Control, Demand, Ending, Retention, Settlement, rooms
from kodit.domain.tasks.moves import Moved, by_run, ended, moved, taken_back
from kodit.domain.tasks.numbers import is_whole, none_of
from kodit.domain.tasks.presence import Gap
from kodit.domain.tasks.run import LIVE_RUNS, NewRun, Run, RunState, asked_again, revived
from kodit.domain.tasks.task import LIVE, Lapsed, Lease, Task, TaskState
from kodit.domain.tasks.task_type import AnyTaskType


class MemoryTaskRepository:
    """Implements TaskRepository for one process. It knows no transactions: each verb is atomic by never waiting."""

    def __init__(self) -> None:
        self._runs: dict[int, Run] = {}
        self._tasks: dict[int, Task] = {}
        self._run_ids = count(1)
        self._task_ids = count(1)
        self._controls: dict[int, Control] = {}

    async def enqueue(self, news: Sequence[NewRun]) -> Sequence[Run]:
        """See the port."""
        return [await self._enqueue(new) for new in news]

    async def claim(self, lease: Lease, demand: Demand, *, now: datetime) -> Sequence[Task]:
        """See the port."""
        if not demand.types:
            return []
        due = self._where(lambda task: task.state is TaskState.SCHEDULED and task.ready_at <= now)
        self._put(task._replace(state=TaskState.READY) for task in due)
        room = rooms(demand, self._controls.values(), Counter(int(task.type) for task in self._running()))
        ready = self._where(lambda task: task.state is TaskState.READY and task.place in demand.places)
        aged = [task for task in ready if demand.aged_until is not None and task.ready_at < demand.aged_until]
        aged.sort(key=lambda task: (task.ready_at, task.id))
        ready.sort(key=lambda task: (-task.priority, task.created_at, task.id))
        chosen = _taken([], aged, room, demand.oldest)
        chosen = _taken(chosen, ready, room, demand.limit)
        claimed = [task.claimed(lease, now=now) for task in chosen]
        self._put(claimed)
        for run_id in {task.run_id for task in claimed}:
            self._runs[run_id] = self._runs[run_id].after(self._of(run_id), now=now)
        return claimed

    async def awaits(self, demand: Demand, *, now: datetime) -> bool:
        """See the port."""
        wanted = self._where(lambda task: task.type in demand.types and task.place in demand.places)
        due = [task for task in wanted if task.state is TaskState.SCHEDULED and task.ready_at <= now]
        return bool(due) or any(task.state is TaskState.READY for task in wanted)

    async def settle(self, endings: Sequence[Ending], *, now: datetime) -> Settlement:
        """See the port."""
        lost: set[int] = set()
        readied = 0
        moves = []
        for run_id, of_run in by_run(endings).items():
            if run_id not in self._runs:
                lost |= {ending.claimed.id for ending in of_run}
                continue
            before = self._of(run_id)
            move = ended(self._runs[run_id], before, of_run, now=now)
            lost |= move.lost
            readied += move.readied(before)
            moves.append(move)
        self._follow(moves)
        return Settlement(frozenset(lost), readied)

    async def exchange(
        self, endings: Sequence[Ending], lease: Lease, demand: Demand, *, now: datetime
    ) -> tuple[Settlement, Sequence[Task]]:
        """See the port."""
        settlement = await self.settle(endings, now=now)
        return settlement, await self.claim(lease, demand, now=now) if demand.limit > 0 else []

    async def hold(self, task: Task) -> None:
        """See the port."""
        held = self._tasks.get(task.id)
        if held is None or not held.leased_as(task):
            raise LeaseLost(f"task {task.id} is no longer leased to {task.lease_owner}")

    async def held(self, tokens: Collection[str]) -> Sequence[Task]:
        """See the port."""
        return [task for task in self._running() if task.lease_token in tokens]

    async def extend(self, claimed: Collection[Task], *, until: datetime) -> Sequence[Task]:
        """See the port."""
        mine = {(task.id, task.lease_token) for task in claimed}
        held = [task for task in self._running() if (task.id, task.lease_token) in mine]
        extended = [task._replace(leased_until=until) for task in held]
        self._put(extended)
        return extended

    async def rescue(self, *, now: datetime, gone: Collection[str] = (), spared: Gap | None = None) -> Lapsed:
        """See the port."""
        running = [(task, taken_back(task, now=now, gone=gone, spared=spared)) for task in self._running()]
        freed = [after for task, after in running if after is not task]
        self._put(freed)
        of_runs = {task.run_id: None for task in freed}
        self._follow([moved(self._runs[run_id], self._of(run_id), now=now) for run_id in of_runs])
        return Lapsed.of(freed)

    async def cancel(self, run_id: int, *, now: datetime) -> Run:
        """See the port."""
        run = await self.run(run_id)
        if run.state not in LIVE_RUNS:
            raise Conflict(f"run {run_id} is {run.state} already")
        tasks = [task.cancelled("cancelled", now=now) if task.state in LIVE else task for task in self._of(run_id)]
        return self._store(run._replace(again=None).after(tasks, now=now), tasks)

    async def retry(self, task_id: int, *, now: datetime) -> Run:
        """See the port."""
        task = await self.get(task_id)
        run = self._runs[task.run_id]
        tasks = revived(self._of(run.id), task, now=now)
        if any(other.id > run.id for other in self._with_key(run.dedup_key)):
            raise Conflict(f"task {task_id} belongs to run {run.id}, and a newer run has taken its place")
        return self._store(run.after(tasks, now=now), tasks)

    async def discard(self, task_id: int) -> Run:
        """See the port."""
        task = await self.get(task_id)
        run = self._runs[task.run_id]
        if task.state is not TaskState.DEAD or run.state is not RunState.FAILED:
            raise Conflict(f"task {task_id} is {task.state} in a run that is {run.state}, and no dead letter")
        self._remove({run.id})
        return run

    async def prune(self, retention: Retention, *, most: int) -> int:
        """See the port."""
        over = [run for run in self._runs.values() if run.state not in LIVE_RUNS]
        over.sort(key=lambda run: (_end(run), run.id))
        failed = [run for run in over if run.state is RunState.FAILED]
        others = [run for run in over if run.state is not RunState.FAILED]
        surplus = {run.id for run in others[: max(len(others) - retention.keep, 0)]}
        going = [run.id for run in others if run.id in surplus or _end(run) < retention.finished_until]
        going += [run.id for run in failed if _end(run) < retention.failed_until]
        self._remove(set(going[:most]))
        return len(going[:most])

    async def pause(self, kind: AnyTaskType, *, paused: bool) -> None:
        """See the port."""
        self._control(replace(self._controls.get(int(kind), Control(type=kind)), paused=paused))

    async def limit(self, kind: AnyTaskType, most: int | None) -> None:
        """See the port."""
        self._control(replace(self._controls.get(int(kind), Control(type=kind)), most=most))

    async def controls(self) -> Sequence[Control]:
        """See the port."""
        return [self._controls[number] for number in sorted(self._controls)]

    async def get(self, task_id: int) -> Task:
        """See the port."""
        if not is_whole(task_id) or task_id not in self._tasks:
            raise NotFound(none_of("task", task_id))
        return self._tasks[task_id]

    async def run(self, run_id: int) -> Run:
        """See the port."""
        if not is_whole(run_id) or run_id not in self._runs:
            raise NotFound(none_of("run", run_id))
        return self._runs[run_id]

    async def over(self, run_ids: Collection[int]) -> Sequence[Run]:
        """See the port."""
        wanted = set(filter(is_whole, run_ids))
        return [run for _, run in sorted(self._runs.items()) if run.id in wanted and run.state not in LIVE_RUNS]

    async def missing(self, run_ids: Collection[int]) -> Collection[int]:
        """See the port."""
        return {run_id for run_id in run_ids if not is_whole(run_id) or run_id not in self._runs}

    async def tasks_of(self, run_id: int) -> Sequence[Task]:
        """See the port."""
        return self._of(run_id) if is_whole(run_id) else []

    async def live_run(self, dedup_key: str) -> Run | None:
        """See the port."""
        return next((run for run in self._with_key(dedup_key) if run.state in LIVE_RUNS), None)

    async def forget(self, dedup_key: str) -> None:
        """See the port."""
        forgotten = {run.id for run in self._with_key(dedup_key)}
        if any(task.run_id in forgotten for task in self._running()):
            raise Conflict("a worker is at it right now")
        self._remove(forgotten)

    async def owners(self) -> frozenset[str]:
        """See the port."""
        return frozenset(task.lease_owner for task in self._running() if task.lease_owner)

    async def next_due(self, *, after: datetime | None = None) -> datetime | None:
        """See the port."""
        scheduled = [task.ready_at for task in self._where(lambda task: task.state is TaskState.SCHEDULED)]
        moments = [*scheduled, *map(_lease_end, self._running())]
        return min((moment for moment in moments if after is None or moment > after), default=None)

    def _control(self, changed: Control) -> None:
        self._controls[int(changed.type)] = changed
        if changed == Control(type=changed.type):
            del self._controls[int(changed.type)]

    async def _enqueue(self, new: NewRun) -> Run:
        held = await self.live_run(new.run.dedup_key)
        if held is None:
            return self._insert(new, next(self._run_ids))
        return self._store(*asked_again(held, self._of(held.id), priority=new.run.priority, now=new.run.created_at))

    def _insert(self, new: NewRun, run_id: int) -> Run:
        run = new.run._replace(id=run_id)
        return self._store(run, [task._replace(id=next(self._task_ids), run_id=run.id) for task in new.tasks])

    def _follow(self, moves: Sequence[Moved]) -> None:
        for move in moves:
            self._store(move.run, move.tasks)
        following = [move.following for move in moves if move.following]
        run_ids = {key: next(self._run_ids) for key in sorted(new.run.dedup_key for new in following)}
        for new in following:
            self._insert(new, run_ids[new.run.dedup_key])

    def _remove(self, run_ids: Collection[int]) -> None:
        self._runs = {run_id: run for run_id, run in self._runs.items() if run_id not in run_ids}
        self._tasks = {task.id: task for task in self._tasks.values() if task.run_id not in run_ids}

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


def _taken(chosen: list[Task], candidates: Iterable[Task], room: dict[AnyTaskType, int], limit: int) -> list[Task]:
    """The chosen with those of the candidates that there is room for, `limit` in all."""
    left = Counter(room)
    left.subtract(task.type for task in chosen)
    taken = list(chosen)
    for task in candidates:
        if len(taken) < limit and left[task.type] > 0 and task not in chosen:
            taken.append(task)
            left[task.type] -= 1
    return taken


def _end(run: Run) -> datetime:
    # A run that is over always has one.
    assert run.finished_at is not None  # noqa: S101 - tells the type checker
    return run.finished_at


def _lease_end(task: Task) -> datetime:
    # A running task always has one.
    assert task.leased_until is not None  # noqa: S101 - tells the type checker
    return task.leased_until
