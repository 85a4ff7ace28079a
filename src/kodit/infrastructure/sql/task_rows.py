"""Tasks and runs as rows: what differs from how a row stood is written, and nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import compress
from operator import attrgetter, ne
from typing import Any, Generic, TypeVar

from sqlalchemy import Table, bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task import Task
from kodit.infrastructure.sql.prepared import Prepared, Row
from kodit.infrastructure.sql.tables import runs, tasks

Noun = TypeVar("Noun", Run, Task)

TASK = tuple(column.name for column in tasks.c)
RUN = tuple(column.name for column in runs.c)
_FIXED = {"id", "run_id", "type", "pipeline", "payload", "needs", "dedup_key", "place", "created_at"}


class Changes(Generic[Noun]):
    """Writes the columns of a table in which rows differ; the fixed ones never do."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._names = tuple(column.name for column in table.c if column.name not in _FIXED)
        self._values = attrgetter(*self._names)
        # For a queue these are few: a row changes in the same columns whenever it makes the same move.
        self._statements: dict[tuple[bool, ...], Prepared] = {}

    async def write(self, connection: AsyncConnection, pairs: Iterable[tuple[Noun, Noun]]) -> None:
        """Rows as they stand, each with how it shall be."""
        rows: defaultdict[tuple[bool, ...], list[Row]] = defaultdict(list)
        for before, after in pairs:
            values: Row = self._values(after)
            differs: tuple[bool, ...] = tuple(map(ne, self._values(before), values))
            rows[differs].append((*compress(values, differs), after.id))
        for differs, some in rows.items():
            if any(differs):
                await self._statement(differs).each(connection, some)

    def _statement(self, differs: tuple[bool, ...]) -> Prepared:
        if (known := self._statements.get(differs)) is None:
            names = list(compress(self._names, differs))
            known = self._statements[differs] = _update(self._table, names)
        return known


def _update(table: Table, columns: Sequence[str]) -> Prepared:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    statement = update(table).where(table.c.id == bindparam("row_id")).values(values)
    return Prepared(statement, [*(f"new_{name}" for name in columns), "row_id"])


TASK_CHANGES = Changes[Task](tasks)
RUN_CHANGES = Changes[Run](runs)


def task_of(values: Sequence[Any]) -> Task:
    """The task that a row holds, in the order of TASK."""
    return Task(**dict(zip(TASK, values, strict=True)))


def run_of(values: Sequence[Any]) -> Run:
    """The run that a row holds, in the order of RUN."""
    return Run(**dict(zip(RUN, values, strict=True)))
