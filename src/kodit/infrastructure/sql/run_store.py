"""Runs with their tasks: locked, read and written together, many at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.moves import Moved
from kodit.domain.tasks.run import LIVE_RUNS, NewRun, Run
from kodit.domain.tasks.task import Task
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.insertion import insert_of
from kodit.infrastructure.sql.prepared import Prepared, one_of
from kodit.infrastructure.sql.rows import to_domain
from kodit.infrastructure.sql.tables import is_live_run, runs, tasks
from kodit.infrastructure.sql.task_rows import (
    INSERT_TASK,
    NEW_RUN,
    PUT_RUN,
    PUT_TASK,
    put_run,
    put_task,
    run_of,
    run_row,
    task_of,
    task_row,
)

# Built once: building a statement takes longer than executing it.
_LIVE = select(runs).where(runs.c.dedup_key.in_(bindparam("keys", expanding=True)), is_live_run)
_LIVE = _LIVE.order_by(runs.c.id).with_for_update()
_RUNS = Prepared(select(runs).where(one_of(runs.c.id, "ids")).order_by(runs.c.id).with_for_update())
_of_runs = select(tasks).where(one_of(tasks.c.run_id, "ids")).order_by(tasks.c.id)
_TASKS = Prepared(_of_runs)
_TASKS_LOCKED = Prepared(_of_runs.with_for_update())

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
        if not run_ids:
            return {}
        rows = await _RUNS.rows(self._connection, {"ids": sorted(run_ids)})
        held = {run.id: run for run in map(run_of, rows)}
        tasks_of = await self.tasks(held, locked=True)
        return {run_id: (run, tasks_of[run_id]) for run_id, run in held.items()}

    async def over(self, run_ids: Collection[int]) -> Sequence[Run]:
        """Those of these runs that are over, by id."""
        found = []
        for some in batches(sorted(run_ids)):
            statement = select(runs).where(runs.c.id.in_(some), runs.c.state.not_in(LIVE_RUNS)).order_by(runs.c.id)
            found += [to_domain(Run, row) for row in await self._connection.execute(statement)]
        return found

    async def tasks(self, run_ids: Collection[int], *, locked: bool = False) -> Mapping[int, list[Task]]:
        """The tasks of each run, by id."""
        found: defaultdict[int, list[Task]] = defaultdict(list)
        statement = _TASKS_LOCKED if locked else _TASKS
        for task in map(task_of, await statement.rows(self._connection, {"ids": list(run_ids)})):
            found[task.run_id].append(task)
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
            await PUT_TASK.each(self._connection, changed_tasks)
        if changed_runs:
            await PUT_RUN.each(self._connection, changed_runs)
        await self.insert_tasks(following, await self.insert(following))

    async def insert(self, news: Sequence[NewRun]) -> Mapping[str, Run]:
        """Add runs with different keys; one that somebody else has added at this moment is missing in the answer.

        Several who add the same keys at once must add them in the same order.
        """
        if not news:
            return {}
        planned = {new.run.dedup_key: new.run for new in news}
        found = {}
        for some in _together(list(planned.values())):
            statement = _insert_runs(self._connection.dialect.name, len(some))
            given = {f"{name}_{row}": value for row, run in enumerate(some) for name, value in run_row(run)}
            for run_id, key in await statement.rows(self._connection, given):
                found[key] = replace(planned[key], id=run_id)
        return found

    async def insert_tasks(self, news: Iterable[NewRun], stored: Mapping[str, Run]) -> None:
        """Add the tasks of runs that are stored; in this order, because a task's id says which of equals came first."""
        rows = [
            task_row(task, run_id=stored[new.run.dedup_key].id)
            for new in news
            if new.run.dedup_key in stored
            for task in new.tasks
        ]
        if rows:
            await INSERT_TASK.each(self._connection, rows)


@lru_cache(maxsize=32)
def _insert_runs(dialect: str, count: int) -> Prepared:
    """So many new runs, but for those whose key is taken; gives back the ids and keys of the others."""
    # Typed by hand: of many rows SQLAlchemy gives the columns' types to the first alone.
    rows: list[dict[str, Any]] = [
        {name: bindparam(f"{name}_{row}", type_=runs.c[name].type) for name in NEW_RUN} for row in range(count)
    ]
    statement = insert_of(dialect, runs).values(rows).on_conflict_do_nothing()
    return Prepared(statement.returning(runs.c.id, runs.c.dedup_key))


def _together(rows: Sequence[Run]) -> Iterator[Sequence[Run]]:
    """The runs in lots of few sizes, so that few statements do for all."""
    first = 0
    for size in (64, 16, 4, 1):
        while len(rows) - first >= size:
            yield rows[first : first + size]
            first += size
