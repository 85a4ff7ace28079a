"""Tasks and runs as rows."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Table, Update, bindparam, update

from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task import AttemptError, Task
from kodit.domain.tasks.task_type import task_type
from kodit.infrastructure.sql.rows import to_row
from kodit.infrastructure.sql.tables import runs, tasks
from kodit.infrastructure.sql.types import spelled

_FIXED = {"id", "run_id", "type", "payload", "needs", "dedup_key", "place", "created_at"}
_FIXED_RUN = {"id", "pipeline", "dedup_key", "payload", "created_at"}
_MOVING = [column.name for column in tasks.c if column.name not in _FIXED]
_MOVING_RUN = [column.name for column in runs.c if column.name not in _FIXED_RUN]


def _put(table: Table, columns: Iterable[str]) -> Update:
    return update(table).where(table.c.id == bindparam("row_id")).values({n: bindparam(f"new_{n}") for n in columns})


PUT_TASK = _put(tasks, _MOVING)
"""Stores what can change of a task."""
PUT_RUN = _put(runs, _MOVING_RUN)
"""Stores what can change of a run."""


def task_of(row: Any) -> Task:
    """The task that a row holds."""
    held = dict(row._mapping)
    held["errors"] = tuple(error_of(error) for error in held["errors"])
    held["needs"] = tuple(task_type(need) for need in held["needs"])
    return Task(**held)


def task_row(task: Task) -> dict[str, Any]:
    """A task as columns, without its id."""
    row = to_row(task)
    row["errors"] = [_error_row(error) for error in task.errors]
    row["needs"] = [int(need) for need in task.needs]
    return row


def put_task(task: Task) -> dict[str, Any]:
    """The parameters of PUT_TASK."""
    row = {f"new_{name}": getattr(task, name) for name in _MOVING}
    row["new_errors"] = [_error_row(error) for error in task.errors]
    row["row_id"] = task.id
    return row


def put_run(run: Run) -> dict[str, Any]:
    """The parameters of PUT_RUN."""
    return {"row_id": run.id, **{f"new_{name}": getattr(run, name) for name in _MOVING_RUN}}


def error_of(stored: Any) -> AttemptError:
    """An entry of a task's error history."""
    remedy = stored.get("remedy") or None
    return AttemptError(**{**stored, "at": datetime.fromisoformat(stored["at"]), "remedy": remedy})


def _error_row(error: AttemptError) -> Mapping[str, Any]:
    words = {"message": spelled(error.message), "trace": spelled(error.trace), "remedy": spelled(error.remedy or "")}
    return {**asdict(error), **words, "at": error.at.isoformat()}
