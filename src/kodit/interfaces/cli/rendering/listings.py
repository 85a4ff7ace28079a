"""Sources and tasks, in lists and one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

from kodit.application.views import FileCounts, SourceRow, TaskRow
from kodit.domain.tasks.progress import Step
from kodit.domain.tasks.task import Task
from kodit.interfaces.cli.rendering.figures import by_size, moment
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.rendering.tables import Fit, pairs, table

_SOURCE = ("name", "kind", "location", "commit", "files", "snippets", "symbols", "indexed_at", "state")

_SOURCES_FIT = Fit(
    first=("name", "state", "snippets", "location", "files", "indexed_at", "symbols", "kind", "commit"),
    elastic="location",
)
_TASKS_FIT = Fit(
    first=("id", "type", "state", "source", "note", "attempts", "run", "priority", "created_at"),
    elastic="note",
    folds=True,
)


def source_entry(row: SourceRow) -> Mapping[str, Any]:
    """One source as a JSON document has it."""
    return {name: getattr(row, name) for name in _SOURCE}


def source_document(row: SourceRow, files: FileCounts) -> Mapping[str, Any]:
    """One source with its files in numbers."""
    return {**source_entry(row), "languages": files.by_language, "skipped": files.skipped}


def show_sources(rows: Sequence[SourceRow]) -> None:
    """Every source, one a line."""
    if not rows:
        notice("nothing is indexed yet; begin with: kodit index PATH_OR_URL")
        return
    table(_SOURCE, [[_cell(row, name) for name in _SOURCE] for row in rows], fit=_SOURCES_FIT)


def show_source(row: SourceRow, files: FileCounts) -> None:
    """One source with its files in numbers."""
    pairs(
        [
            *((name, _cell(row, name)) for name in _SOURCE),
            ("languages", by_size(files.by_language) or "-"),
            ("skipped", by_size(files.skipped) or "-"),
        ]
    )


def _cell(row: SourceRow, name: str) -> object:
    value = getattr(row, name)
    if name == "indexed_at":
        return moment(value)
    return value[:12] if name == "commit" and value else "-" if value is None else value


def task_entry(row: TaskRow) -> Mapping[str, Any]:
    """One task as a JSON document has it."""
    return {
        "id": row.id,
        "type": row.type,
        "state": row.state,
        "priority": row.priority,
        "attempts": row.attempts,
        "max_attempts": row.max_attempts,
        "source": row.source,
        "run": row.run_id,
        "created_at": row.created_at,
        "ready_at": row.ready_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "worker": row.lease_owner,
        "note": row.note,
    }


def show_tasks(rows: Sequence[TaskRow]) -> None:
    """Tasks, one a line."""
    if not rows:
        notice("no such tasks; `kodit queue list --state all` shows those that are over")
        return
    header = ("id", "run", "type", "state", "priority", "attempts", "source", "created_at", "note")
    table(
        header,
        [
            (
                row.id,
                row.run_id,
                row.type.name,
                row.state.value,
                row.priority,
                f"{row.attempts}/{row.max_attempts}",
                row.source or "-",
                moment(row.created_at),
                row.note or "",
            )
            for row in rows
        ],
        fit=_TASKS_FIT,
    )


def task_document(task: Task, steps: Sequence[Step], source: str | None) -> Mapping[str, Any]:
    """One task with its steps and its error history. The payload is the queue's own business."""
    hidden = ("lease_token", "payload", "run_id")
    kept = {name: getattr(task, name) for name in task.__dataclass_fields__ if name not in hidden}
    return {**kept, "source": source, "run": task.run_id, "steps": steps}


def show_task(task: Task, steps: Sequence[Step], source: str | None) -> None:
    """One task with its steps and its error history."""
    pairs(
        [
            ("task", task.id),
            ("run", task.run_id),
            ("source", source),
            ("type", task.type.name),
            ("state", task.state.value),
            ("priority", task.priority),
            ("attempts", f"{task.attempts} of {task.max_attempts}"),
            ("needs", ", ".join(need.name for need in task.needs) or None),
            ("created_at", moment(task.created_at)),
            ("ready_at", moment(task.ready_at)),
            ("started_at", moment(task.started_at)),
            ("finished_at", moment(task.finished_at)),
            ("worker", task.lease_owner),
            ("note", task.note),
        ]
    )
    for step in steps:
        of = "" if step.total is None else f"/{step.total}"
        say(f"step  {step.step}: {step.state} {step.current}{of}{f' ({step.message})' if step.message else ''}")
    for error in task.errors:
        say()
        said = error.message if error.message.startswith(error.kind) else f"{error.kind}: {error.message}"
        say(f"attempt {error.attempt} at {moment(error.at)} by {error.worker or '-'}: {said}")
        if error.remedy:
            say(f"remedy: {error.remedy}")
        for line in error.trace.splitlines():
            say(f"    {line}")
