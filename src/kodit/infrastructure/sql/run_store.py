"""Runs with their tasks: locked, read and written together, many at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.moves import Moved
from kodit.domain.tasks.run import LIVE_RUNS, NewRun, Run
from kodit.domain.tasks.task import Task
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.prepared import Prepared, one_of
from kodit.infrastructure.sql.run_insertion import insert_runs
from kodit.infrastructure.sql.tables import is_live, runs, tasks
from kodit.infrastructure.sql.task_rows import RUN_CHANGES, RUN_COLUMNS, TASK_CHANGES, TASK_COLUMNS, run_of, task_of
from kodit.infrastructure.sql.types import numbers_of_rows

# Built once: building a statement takes longer than executing it.
_LIVE = select(*RUN_COLUMNS).where(runs.c.dedup_key.in_(bindparam("keys", expanding=True)), is_live)
_LIVE = _LIVE.order_by(runs.c.id).with_for_update()
_runs = select(*RUN_COLUMNS).where(one_of(runs.c.id, "ids")).order_by(runs.c.id).with_for_update().cte("locked")
# One statement, and runs before tasks all the same: they must be sorted before the first of them can be locked.
_of_runs = select(_runs, *TASK_COLUMNS).join(tasks, tasks.c.run_id == _runs.c.id)
# The tasks' runs are named once more, or a database would read a table of ten thousand tasks rather than ask its index.
_STANDING = Prepared(_of_runs.where(one_of(tasks.c.run_id, "ids")).order_by(tasks.c.id).with_for_update(of=tasks))
_THERE = Prepared(select(runs.c.id).where(one_of(runs.c.id, "ids")))
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
                found[row.dedup_key] = run_of(row)
        return found

    async def locked(self, run_ids: Collection[int]) -> Mapping[int, Standing]:
        """Runs with their tasks, locked; one that is gone is missing."""
        if not (ids := numbers_of_rows(run_ids)):
            return {}
        held: dict[int, tuple[Run, list[Task]]] = {}
        for row in await _STANDING.rows(self._connection, {"ids": ids}):
            task = task_of(row[len(RUN_COLUMNS) :])
            if task.run_id not in held:
                held[task.run_id] = run_of(row[: len(RUN_COLUMNS)]), []
            held[task.run_id][1].append(task)
        return held

    async def over(self, run_ids: Collection[int]) -> Sequence[Run]:
        """Those of these runs that are over, by id."""
        found = []
        for some in batches(numbers_of_rows(run_ids)):
            statement = (
                select(*RUN_COLUMNS).where(runs.c.id.in_(some), runs.c.state.not_in(LIVE_RUNS)).order_by(runs.c.id)
            )
            found += [run_of(row) for row in await self._connection.execute(statement)]
        return found

    async def missing(self, run_ids: Collection[int]) -> Collection[int]:
        """Those of these ids that are no run's, or no longer."""
        found = await _THERE.rows(self._connection, {"ids": numbers_of_rows(run_ids)})
        return set(run_ids).difference(run_id for (run_id,) in found)

    async def store(self, before: Mapping[int, Standing], moves: Sequence[Moved]) -> None:
        """Write what differs from how it stood, and then the runs that follow."""
        stood = {task.id: task for _, tasks_before in before.values() for task in tasks_before}
        changed = ((stood[task.id], task) for move in moves for task in move.tasks)
        await TASK_CHANGES.write(self._connection, changed)
        await RUN_CHANGES.write(self._connection, ((before[move.run.id][0], move.run) for move in moves))
        await self.add([move.following for move in moves if move.following])

    async def add(self, news: Sequence[NewRun]) -> dict[str, Run]:
        """Add runs with different keys, by their keys; those are missing whose key a live run has."""
        if not news:
            return {}
        added = await insert_runs(self._connection, news)
        return {key: new.run._replace(id=added[key]) for new in news if (key := new.run.dedup_key) in added}
