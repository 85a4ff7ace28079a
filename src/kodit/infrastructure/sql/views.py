"""Lists and pages as SQL."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.application.views import DeadFilter, DeadLetter, FileCounts, SourceRow, TaskRow
from kodit.domain.sources.file import FileStatus
from kodit.domain.sources.selection import split_location
from kodit.domain.sources.source import SourceKind
from kodit.domain.tasks.run import LIVE_RUNS, RunState
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import AnyTaskType
from kodit.infrastructure.sql.about import about_source, source_names
from kodit.infrastructure.sql.code_tables import symbols
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.source_sizes import LastRun, SourceSizes
from kodit.infrastructure.sql.tables import files, is_dead, runs, schedules, snippets, sources, tasks

SHOWN = (*(tasks.c[name] for name in TaskRow.__dataclass_fields__ if name != "source"), tasks.c.payload)
"""What a list shows of a task, and what tells its source."""


class SqlViews:
    """Implements Views, each call in a reading transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sizes = SourceSizes()

    async def sources(self, *, gone: Collection[str] = ()) -> Sequence[SourceRow]:
        """See the port."""
        async with self._database.read() as connection:
            last = await _last_runs(connection)
            failures = await _failures(connection, last)
            live = await _live_states(connection, gone)
            planned = {row.index_id: row for row in await connection.execute(select(schedules))}
            found = (await connection.execute(select(sources))).all()
            counts = await self._sizes.of(connection, {row.id: last.get(f"index:{row.id}") for row in found})
        return [
            SourceRow(
                id=row.id,
                name=row.name,
                kind=row.kind,
                # Behind the # of a channel stands its own name.
                location=row.location.rpartition("#")[0] if row.kind is SourceKind.NIXPKGS_CHANNEL else row.location,
                ref=split_location(row.location)[1] if row.kind is SourceKind.GIT else None,
                commit=row.commit,
                committed_at=row.committed_at,
                depth=row.depth,
                files=size["files"],
                snippets=size["snippets"],
                symbols=size["symbols"],
                indexed_at=row.indexed_at,
                state=_state(
                    last.get(f"index:{row.id}"), live.get(f"index:{row.id}", ()), indexed=row.indexed_at is not None
                ),
                every_seconds=_seconds(planned[row.id].every) if row.id in planned else None,
                due_at=planned[row.id].due_at if row.id in planned else None,
                error=error,
                remedy=remedy,
            )
            # Sorted here, because each PostgreSQL database has an order of its own for texts.
            for row in sorted(found, key=lambda row: str(row.name))
            for size, (error, remedy) in [(counts[row.id], failures.get(f"index:{row.id}", (None, None)))]
        ]

    async def tasks(
        self,
        *,
        states: Sequence[TaskState] = (),
        kind: AnyTaskType | None = None,
        source: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[TaskRow]:
        """See the port."""
        statement = select(*SHOWN).order_by(tasks.c.id.desc()).limit(limit)
        if states:
            statement = statement.where(tasks.c.state.in_(states))
        if kind is not None:
            statement = statement.where(tasks.c.type == kind)
        if before is not None:
            statement = statement.where(tasks.c.id < before)
        async with self._database.read() as connection:
            if source is not None:
                statement = statement.where(await about_source(connection, source))
            return await task_rows(connection, statement)

    async def dead(self, which: DeadFilter, *, limit: int = 50) -> Sequence[DeadLetter]:
        """See the port."""
        async with self._database.read() as connection:
            wanted = await _wanted(connection, which)
            last = select(tasks).where(*wanted).order_by(tasks.c.finished_at.desc(), tasks.c.id.desc()).limit(limit)
            rows = (await connection.execute(last)).all()
            names = await source_names(connection, rows)
        return [_dead_letter(row, names.get(row.id)) for row in rows]

    async def dead_ids(self, which: DeadFilter) -> Sequence[int]:
        """See the port."""
        async with self._database.read() as connection:
            wanted = await _wanted(connection, which)
            first = select(tasks.c.id).where(*wanted).order_by(tasks.c.finished_at, tasks.c.id)
            return (await connection.scalars(first)).all()

    async def files(self, index_id: int) -> FileCounts:
        """See the port."""
        mine = (files.c.index_id == index_id, files.c.status != FileStatus.DELETED)
        counted = (
            select(files.c.language, files.c.skip_reason, func.count())
            .where(*mine)
            .group_by(files.c.language, files.c.skip_reason)
        )
        cut = select(func.count()).select_from(snippets).where(snippets.c.index_id == index_id)
        defined = select(func.count()).select_from(symbols).where(symbols.c.index_id == index_id)
        languages: Counter[str] = Counter()
        skipped: Counter[str] = Counter()
        async with self._database.read() as connection:
            for language, reason, number in await connection.execute(counted):
                if reason is not None:
                    skipped[reason.value] += number
                else:
                    languages[language or "not extracted yet"] += number
            totals = {"snippets": await connection.scalar(cut) or 0, "symbols": await connection.scalar(defined) or 0}
        return FileCounts(by_language=languages, skipped=skipped, **totals)


async def task_rows(connection: AsyncConnection, statement: Select[Any]) -> Sequence[TaskRow]:
    """What a selection of SHOWN finds, in its order."""
    rows = (await connection.execute(statement)).all()
    names = await source_names(connection, rows)
    return [
        TaskRow(**{name: held for name, held in row._mapping.items() if name != "payload"}, source=names.get(row.id))
        for row in rows
    ]


async def _wanted(connection: AsyncConnection, which: DeadFilter) -> Sequence[Any]:
    conditions: list[Any] = [is_dead]
    if which.type is not None:
        conditions.append(tasks.c.type == which.type)
    if which.source is not None:
        conditions.append(await about_source(connection, which.source))
    if which.earliest_at is not None:
        conditions.append(tasks.c.finished_at >= which.earliest_at)
    if which.after is not None:
        died_at, task_id = which.after
        earlier = tasks.c.finished_at < died_at
        conditions.append(or_(earlier, and_(tasks.c.finished_at == died_at, tasks.c.id < task_id)))
    return conditions


def _dead_letter(row: Row[Any], source: str | None) -> DeadLetter:
    last = row.errors[-1] if row.errors else None
    message, remedy = _why(row)
    return DeadLetter(
        id=row.id,
        run_id=row.run_id,
        type=row.type,
        source=source,
        dedup_key=row.dedup_key,
        attempts=row.attempts,
        max_attempts=row.max_attempts,
        died_at=row.finished_at,
        kind=last.kind if last else "",
        message=message,
        remedy=remedy,
        worker=last.worker if last else "",
    )


def _why(row: Any) -> tuple[str, str | None]:
    """What went wrong last in a task that died, and what can be done about it."""
    last = row.errors[-1] if row.errors else None
    return (last.message, last.remedy) if last else (row.note or "", None)


def _seconds(every: timedelta | None) -> int | None:
    return None if every is None else round(every.total_seconds())


async def _last_runs(connection: AsyncConnection) -> Mapping[str, LastRun]:
    last = select(func.max(runs.c.id)).where(runs.c.dedup_key.startswith("index:")).group_by(runs.c.dedup_key)
    found = await connection.execute(select(runs.c.dedup_key, runs.c.id, runs.c.state).where(runs.c.id.in_(last)))
    return {row.dedup_key: LastRun(row.id, row.state) for row in found}


async def _failures(connection: AsyncConnection, last: Mapping[str, LastRun]) -> Mapping[str, tuple[str, str | None]]:
    """What went wrong last in each of these runs that failed, and what can be done about it."""
    failed = {run.id: key for key, run in last.items() if run.state is RunState.FAILED}
    if not failed:
        return {}
    died = select(tasks.c.run_id, tasks.c.errors, tasks.c.note).where(tasks.c.run_id.in_(failed), is_dead)
    found = await connection.execute(died.order_by(tasks.c.finished_at, tasks.c.id))
    return {failed[row.run_id]: _why(row) for row in found}


async def _live_states(connection: AsyncConnection, gone: Collection[str]) -> Mapping[str, set[TaskState]]:
    """For each live run, the states of its tasks that can move; what a worker that is gone holds is ready again."""
    about = (runs.c.dedup_key, tasks.c.state, tasks.c.lease_owner)
    movable = (TaskState.RUNNING, TaskState.READY, TaskState.SCHEDULED)
    found = await connection.execute(
        select(*about)
        .join(runs, runs.c.id == tasks.c.run_id)
        .where(runs.c.state.in_(LIVE_RUNS), runs.c.dedup_key.startswith("index:"), tasks.c.state.in_(movable))
        .distinct()
    )
    states: defaultdict[str, set[TaskState]] = defaultdict(set)
    for row in found:
        states[row.dedup_key].add(TaskState.READY if row.lease_owner in gone else row.state)
    return states


def _state(run: LastRun | None, live: Collection[TaskState], *, indexed: bool) -> str:
    last = run.state if run else None
    if last in LIVE_RUNS:
        if TaskState.RUNNING in live:
            return "indexing"
        return "waiting" if TaskState.SCHEDULED in live and TaskState.READY not in live else "queued"
    if last in (RunState.FAILED, RunState.CANCELLED):
        return str(last)
    return "indexed" if indexed else "new"
