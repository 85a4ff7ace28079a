"""Runs with their tasks: locked, read and written together, many at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.moves import Moved
from kodit.domain.tasks.run import LIVE_RUNS, NewRun, Run
from kodit.domain.tasks.task import Task
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.rows import to_domain, to_row
from kodit.infrastructure.sql.tables import is_live_run, runs, tasks
from kodit.infrastructure.sql.task_rows import PUT_RUN, PUT_TASK, put_run, put_task, task_of, task_row

# Built once: building a statement takes longer than executing it.
_LIVE = select(runs).where(runs.c.dedup_key.in_(bindparam("keys", expanding=True)), is_live_run)
_LIVE = _LIVE.order_by(runs.c.id).with_for_update()
_RUNS = select(runs).where(runs.c.id.in_(bindparam("ids", expanding=True))).order_by(runs.c.id).with_for_update()
_TASKS = select(tasks).where(tasks.c.run_id.in_(bindparam("ids", expanding=True))).order_by(tasks.c.id)
_TASKS_LOCKED = _TASKS.with_for_update()

Standing = tuple[Run, Sequence[Task]]
"""A run with its tasks, as they are stored."""


class RunStore:
    """Reads and writes runs on one connection.

    What is locked stays so until the transaction ends: two tasks that end at once must see each other. Runs are locked
    before tasks, and both in the order of their ids, so that nobody waits in a circle.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def live(self, dedup_keys: Iterable[str]) -> Mapping[str, Run]:
        """The runs with these keys that are not over yet, locked."""
        found = {}
        for some in batches(sorted(dedup_keys)):
            for row in await self._connection.execute(_LIVE, {"keys": some}):
                found[row.dedup_key] = to_domain(Run, row)
        return found

    async def locked(self, run_ids: Collection[int]) -> Mapping[int, Standing]:
        """Runs with their tasks, locked; one that is gone is missing."""
        held: dict[int, Run] = {}
        for some in batches(sorted(run_ids)):
            found = await self._connection.execute(_RUNS, {"ids": some})
            held |= {row.id: to_domain(Run, row) for row in found}
        tasks_of = await self.tasks(held, locked=True)
        return {run_id: (run, tasks_of[run_id]) for run_id, run in held.items()}

    async def over(self, run_ids: Collection[int]) -> Sequence[Run]:
        """Those of these runs that are over, by id."""
        found = []
        for some in batches(sorted(run_ids)):
            statement = select(runs).where(runs.c.id.in_(some), runs.c.state.not_in(LIVE_RUNS)).order_by(runs.c.id)
            found += [to_domain(Run, row) for row in await self._connection.execute(statement)]
        return found

    async def tasks(self, run_ids: Iterable[int], *, locked: bool = False) -> Mapping[int, list[Task]]:
        """The tasks of each run, by id."""
        found: defaultdict[int, list[Task]] = defaultdict(list)
        for some in batches(run_ids):
            for row in await self._connection.execute(_TASKS_LOCKED if locked else _TASKS, {"ids": some}):
                found[row.run_id].append(task_of(row))
        return found

    async def store(self, before: Mapping[int, Standing], moves: Iterable[Moved]) -> None:
        """Write what differs from how it stood, and then the runs that follow."""
        changed_tasks, changed_runs, following = [], [], []
        for move in moves:
            run, stood = before[move.run.id]
            known = {task.id: task for task in stood}
            changed_tasks += [put_task(task) for task in move.tasks if task != known[task.id]]
            if move.run != run:
                changed_runs.append(put_run(move.run))
            if move.following:
                following.append(move.following)
        if changed_tasks:
            await self._connection.execute(PUT_TASK, changed_tasks)
        if changed_runs:
            await self._connection.execute(PUT_RUN, changed_runs)
        await self.insert_tasks(following, await self.insert(following))

    async def insert(self, news: Sequence[NewRun]) -> Mapping[str, Run]:
        """Add runs with different keys; one that somebody else has added at this moment is missing in the answer.

        Several who add the same keys at once must add them in the same order.
        """
        if not news:
            return {}
        planned = {new.run.dedup_key: new.run for new in news}
        statement = insert_for(self._connection, runs).on_conflict_do_nothing().returning(runs.c.id, runs.c.dedup_key)
        found = await self._connection.execute(statement, [to_row(run) for run in planned.values()])
        return {row.dedup_key: replace(planned[row.dedup_key], id=row.id) for row in found}

    async def insert_tasks(self, news: Iterable[NewRun], stored: Mapping[str, Run]) -> None:
        """Add the tasks of runs that are stored; in this order, because a task's id says which of equals came first."""
        rows = [
            task_row(task) | {"run_id": stored[new.run.dedup_key].id}
            for new in news
            if new.run.dedup_key in stored
            for task in new.tasks
        ]
        if rows:
            await self._connection.execute(insert(tasks), rows)
