"""Tasks and runs as rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Table, bindparam, insert, update

from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task import AttemptError, Task
from kodit.domain.tasks.task_type import task_type
from kodit.infrastructure.sql.prepared import Prepared
from kodit.infrastructure.sql.tables import runs, tasks
from kodit.infrastructure.sql.types import spelled

_FIXED = {"id", "run_id", "type", "payload", "needs", "dedup_key", "place", "created_at"}
_FIXED_RUN = {"id", "pipeline", "dedup_key", "payload", "created_at"}
TASK = tuple(column.name for column in tasks.c)
RUN = tuple(column.name for column in runs.c)
_MOVING = tuple(name for name in TASK if name not in _FIXED)
_MOVING_RUN = tuple(name for name in RUN if name not in _FIXED_RUN)
_ERRORS = _MOVING.index("errors")
_task_values = attrgetter(*_MOVING, "id")
_run_values = attrgetter(*_MOVING_RUN, "id")


def _put(table: Table, columns: Sequence[str]) -> Prepared:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    statement = update(table).where(table.c.id == bindparam("row_id")).values(values)
    return Prepared(statement, [*(f"new_{name}" for name in columns), "row_id"])


NEW_RUN = RUN[1:]
"""What is stored of a new run: all but the id."""
_NEW_TASK = ("run_id", "needs", "errors", *(name for name in TASK if name not in ("id", "run_id", "needs", "errors")))
_new_task_values = attrgetter(*_NEW_TASK[3:])
_new_run_values = attrgetter(*NEW_RUN)
INSERT_TASK = Prepared(insert(tasks).values({name: bindparam(name) for name in _NEW_TASK}).inline(), _NEW_TASK)
"""Stores a new task."""
PUT_TASK = _put(tasks, _MOVING)
"""Stores what can change of a task."""
PUT_RUN = _put(runs, _MOVING_RUN)
"""Stores what can change of a run."""


def task_of(values: Sequence[Any]) -> Task:
    """The task that a row holds, in the order of TASK."""
    held = dict(zip(TASK, values, strict=True))
    held["errors"] = tuple(error_of(error) for error in held["errors"])
    held["needs"] = tuple(task_type(need) for need in held["needs"])
    return Task(**held)


def run_of(values: Sequence[Any]) -> Run:
    """The run that a row holds, in the order of RUN."""
    return Run(**dict(zip(RUN, values, strict=True)))


def task_row(task: Task, *, run_id: int) -> tuple[Any, ...]:
    """A row of INSERT_TASK."""
    return (run_id, list(map(int, task.needs)), [_error_row(error) for error in task.errors], *_new_task_values(task))


def run_row(run: Run) -> Iterable[tuple[str, Any]]:
    """What is stored of a new run, by name."""
    return zip(NEW_RUN, _new_run_values(run), strict=True)


def put_task(task: Task) -> tuple[Any, ...]:
    """A row of PUT_TASK."""
    values: tuple[Any, ...] = _task_values(task)
    if task.errors:
        return (*values[:_ERRORS], [_error_row(error) for error in task.errors], *values[_ERRORS + 1 :])
    return values


def put_run(run: Run) -> tuple[Any, ...]:
    """A row of PUT_RUN."""
    values: tuple[Any, ...] = _run_values(run)
    return values


def error_of(stored: Any) -> AttemptError:
    """An entry of a task's error history."""
    remedy = stored.get("remedy") or None
    return AttemptError(**{**stored, "at": datetime.fromisoformat(stored["at"]), "remedy": remedy})


def _error_row(error: AttemptError) -> Mapping[str, Any]:
    words = {"message": spelled(error.message), "trace": spelled(error.trace), "remedy": spelled(error.remedy or "")}
    return {**asdict(error), **words, "at": error.at.isoformat()}
