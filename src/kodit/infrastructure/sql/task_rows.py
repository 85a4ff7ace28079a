"""Tasks and runs as rows: what differs from how a row stood is written, and nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import compress, groupby
from operator import itemgetter, ne
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Table, bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task import Task
from kodit.infrastructure.sql.prepared import Prepared, Row, one_of
from kodit.infrastructure.sql.tables import runs, tasks

Noun = TypeVar("Noun", Run, Task)

TASK_COLUMNS = tuple(tasks.c[name] for name in Task._fields)
RUN_COLUMNS = tuple(runs.c[name] for name in Run._fields)
task_of = Task._make
"""The task that a row holds, in the order of TASK_COLUMNS."""
run_of = Run._make
"""The run that a row holds, in the order of RUN_COLUMNS."""


class Changes(Generic[Noun]):
    """Writes the columns of a table in which rows differ."""

    def __init__(self, columns: Sequence[Any]) -> None:
        self._columns = columns
        # For a queue these are few: a row changes in the same columns whenever it makes the same move.
        self._statements: dict[tuple[bool, ...], _Statements] = {}

    async def write(self, connection: AsyncConnection, pairs: Iterable[tuple[Noun, Noun]]) -> None:
        """Rows as they stand, each with how it shall be."""
        rows: defaultdict[tuple[bool, ...], list[tuple[Row, int]]] = defaultdict(list)
        for before, after in pairs:
            if before is not after:
                differs = tuple(map(ne, before, after))
                rows[differs].append((tuple(compress(after, differs)), after.id))
        for differs, some in rows.items():
            if any(differs):
                await self._statements_for(differs).execute(connection, some)

    def _statements_for(self, differs: tuple[bool, ...]) -> "_Statements":
        if (known := self._statements.get(differs)) is None:
            known = self._statements[differs] = _Statements(list(compress(self._columns, differs)))
        return known


class _Statements:
    """Those that write the same columns of any number of rows."""

    def __init__(self, columns: Sequence[Any]) -> None:
        names = [f"new_{column.name}" for column in columns]
        table: Table = columns[0].table
        values: dict[str, Any] = {column.name: bindparam(name) for name, column in zip(names, columns, strict=True)}

        def updating(some: ColumnElement[bool], *more: str) -> Prepared:
            return Prepared(update(table).where(some).values(values), (*names, *more))

        self._names = names
        self._each = updating(table.c.id == bindparam("row_id"), "row_id")
        self._alike = updating(one_of(table.c.id, "ids"), "ids")

    async def execute(self, connection: AsyncConnection, rows: Iterable[tuple[Row, int]]) -> None:
        """Write values, each with the id of its row: once for neighbours that shall be the same."""
        single: list[Row] = []
        for values, neighbours in groupby(rows, itemgetter(0)):
            ids = [row_id for _, row_id in neighbours]
            if len(ids) == 1:
                single.append((*values, *ids))
            else:
                given = dict(zip(self._names, values, strict=True))
                await self._alike.once(connection, {**given, "ids": ids})
        if single:
            await self._each.each(connection, single)


TASK_CHANGES = Changes[Task](TASK_COLUMNS)
RUN_CHANGES = Changes[Run](RUN_COLUMNS)
