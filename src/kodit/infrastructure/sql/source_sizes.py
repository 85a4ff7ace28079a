"""How much there is of each source. Counting takes long for a large one, and lists ask often."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Column, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.sources.file import FileStatus
from kodit.domain.tasks.run import RunState
from kodit.infrastructure.sql.code_tables import symbols
from kodit.infrastructure.sql.tables import files, snippets

COUNTED: Mapping[str, Table] = {"files": files, "snippets": snippets, "symbols": symbols}


class LastRun(NamedTuple):
    """The last run of a source."""

    id: int
    state: RunState


class SourceSizes:
    """Counts once what no run can change any more, for as long as this process lives.

    What was indexed to the end stays as it is until the next run. Of a run that failed or was cancelled something may
    still be at work.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[LastRun, Mapping[str, int]]] = {}

    async def of(
        self, connection: AsyncConnection, last: Mapping[int, LastRun | None]
    ) -> Mapping[int, Mapping[str, int]]:
        """The numbers of each source, by its id; `last` are the last runs of all that there are."""
        known = {one: counts for one, (run, counts) in self._known.items() if last.get(one) == run}
        unknown = [one for one in last if one not in known]
        counted = known | await _counted(connection, unknown)
        self._known = {one: (run, counted[one]) for one, run in last.items() if run and run.state is RunState.COMPLETED}
        return counted


async def _counted(connection: AsyncConnection, index_ids: Collection[int]) -> dict[int, Mapping[str, int]]:
    if not index_ids:
        return {}
    found = {name: await _rows(connection, table, index_ids) for name, table in COUNTED.items()}
    return {one: {name: counts.get(one, 0) for name, counts in found.items()} for one in index_ids}


async def _rows(connection: AsyncConnection, table: Table, index_ids: Collection[int]) -> Mapping[int, int]:
    about: Column[int] = table.c.index_id
    statement = select(about, func.count()).where(about.in_(index_ids)).group_by(about)
    if table is files:
        statement = statement.where(files.c.status != FileStatus.DELETED)
    return {row[0]: row[1] for row in await connection.execute(statement)}
