"""New runs with their tasks: one statement for all of them where statements travel, one for each row where they do not.

SQLite's take microseconds each, and give back what they added; PostgreSQL gets the rows as one JSON value.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import Dialect, Table, bindparam, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.run import NewRun
from kodit.domain.tasks.task import AttemptError
from kodit.infrastructure.sql.attempt_errors import error_told
from kodit.infrastructure.sql.escapes import to_json, unescaped
from kodit.infrastructure.sql.prepared import Prepared
from kodit.infrastructure.sql.tables import is_live, runs, tasks

_RUN = tuple(column.name for column in runs.c if column.name != "id")
_TASK = tuple(column.name for column in tasks.c if column.name not in ("id", "run_id"))
_run_values = attrgetter(*_RUN)
_task_values = attrgetter(*_TASK)
_is_taken = exists().where(runs.c.dedup_key == bindparam("dedup_key"), is_live)
_new_run = select(*(bindparam(name, type_=runs.c[name].type) for name in _RUN)).where(~_is_taken.correlate(None))
_INSERT_RUN = Prepared(insert(runs).from_select(_RUN, _new_run).returning(runs.c.id, runs.c.dedup_key), _RUN)
_INSERT_TASK = Prepared(
    insert(tasks).values({name: bindparam(name) for name in ("run_id", *_TASK)}).inline(), ("run_id", *_TASK)
)


async def insert_runs(connection: AsyncConnection, news: Sequence[NewRun]) -> dict[str, int]:
    """Add runs with different keys, but for those whose key a live one has; gives back the ids of the others by key.

    The keys are tried in their order, because several who add the same ones at once must not wait in a circle. Tasks
    are added in the order given, because a task's id says which of equals came first.
    """
    rows = [_run_values(new.run) for new in sorted(news, key=lambda new: new.run.dedup_key)]
    if connection.dialect.name == "postgresql":
        at_once = [(new.run.dedup_key, *_task_values(task)) for new in news for task in new.tasks]
        given = (_json(_RUN, rows), _json(("run_key", *_TASK), at_once))
        found: Iterable[Any] = (await connection.exec_driver_sql(_insert_at_once(), given)).fetchall()
        return {unescaped(key): run_id for run_id, key in found}
    added = {key: run_id for run_id, key in await _INSERT_RUN.gained(connection, rows)}
    here = [new for new in news if new.run.dedup_key in added]
    rows = [(added[new.run.dedup_key], *_task_values(task)) for new in here for task in new.tasks]
    if rows:
        await _INSERT_TASK.each(connection, rows)
    return added


@cache
def _insert_at_once() -> str:
    """For PostgreSQL: the first parameter has the runs, the second the tasks with the keys of their runs.

    It looks first, because a conflict would use up an id; there is one only where several add a key at once.
    """
    columns = {"runs": ", ".join(_RUN), "tasks": ", ".join(_TASK)}
    numbered = "number integer"
    new_runs, new_tasks = _recordset(1, runs, _RUN, numbered), _recordset(2, tasks, _TASK, numbered, "run_key text")
    return f"""
        WITH added AS (
            INSERT INTO runs ({columns["runs"]}) SELECT {columns["runs"]} FROM {new_runs}
            WHERE NOT EXISTS (SELECT FROM runs WHERE runs.dedup_key = new.dedup_key AND runs.{is_live})
            ORDER BY new.number ON CONFLICT (dedup_key) WHERE {is_live} DO NOTHING RETURNING id, dedup_key
        ), stored AS (
            INSERT INTO tasks (run_id, {columns["tasks"]})
            SELECT added.id, {", ".join(f"new.{name}" for name in _TASK)}
            FROM {new_tasks} JOIN added ON added.dedup_key = new.run_key ORDER BY new.number
        )
        SELECT id, dedup_key FROM added
    """  # noqa: S608 - made of the names of columns


def _recordset(parameter: int, table: Table, names: Sequence[str], *more: str) -> str:
    # Where it is used, because a search should not wait for it.
    from sqlalchemy.dialects import postgresql

    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    columns = (f"{name} {table.c[name].type.compile(dialect)}" for name in names)
    return f"jsonb_to_recordset(CAST(${parameter} AS jsonb)) AS new ({', '.join((*columns, *more))})"


def _json(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    return to_json([{"number": number, **dict(zip(names, row, strict=True))} for number, row in enumerate(rows)], _told)


def _told(value: Any) -> Any:
    """What is no JSON by itself."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, AttemptError):
        return error_told(value)
    raise TypeError(f"{value!r} is no JSON")
