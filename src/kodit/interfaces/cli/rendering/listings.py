"""Sources and tasks, in lists and one by one."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kodit.application.views import FileCounts, SourceRow, TaskRow
from kodit.domain.sources.selection import in_words, split_location
from kodit.domain.sources.submodule import Submodule
from kodit.interfaces.cli.rendering.figures import by_size, interval, moment
from kodit.interfaces.cli.rendering.streams import notice, one_line
from kodit.interfaces.cli.rendering.tables import Fit, pairs, table

if TYPE_CHECKING:
    from kodit.application.channels.channels import ChannelDetails

_SOURCE = (
    *("name", "kind", "location", "ref", "commit", "committed_at", "depth", "files", "snippets", "symbols"),
    *("indexed_at", "state", "error", "remedy", "every_seconds", "due_at"),
)
_OF_FAILED = frozenset({"error", "remedy"})
"""What there is to tell of those alone that failed."""

_OF_ONE = frozenset({"committed_at", "depth", "every_seconds", "due_at"}) | _OF_FAILED
_LISTED = tuple(name for name in _SOURCE if name not in _OF_ONE)
"""What the columns of a list show of a source; the rest is shown of one."""

_CALLED = {"every_seconds": "every"}
"""What is called otherwise where it is shown to a person."""

_SOURCES_FIT = Fit(
    first=("name", "state", "snippets", "location", "files", "ref", "indexed_at", "symbols", "kind", "commit"),
    elastic="location",
)
_TASKS_FIT = Fit(
    first=("id", "type", "state", "about", "note", "attempts", "run", "priority", "created_at"),
    elastic="note",
    folds=True,
)


def source_entry(row: SourceRow) -> Mapping[str, Any]:
    """One source as a JSON document has it."""
    return {name: getattr(row, name) for name in _SOURCE}


def source_document(row: SourceRow, files: FileCounts, submodules: Sequence[Submodule]) -> Mapping[str, Any]:
    """One source with its files in numbers and its submodules."""
    inside = [{"path": one.path, "url": one.url, "commit": one.commit, "problem": one.problem} for one in submodules]
    return {**source_entry(row), "languages": files.by_language, "skipped": files.skipped, "submodules": inside}


def show_sources(rows: Sequence[SourceRow]) -> None:
    """Every source, one a line."""
    if not rows:
        notice("nothing is indexed yet; begin with: kodit index PATH_OR_URL")
        return
    table(_LISTED, [[_cell(row, name) for name in _LISTED] for row in rows], fit=_SOURCES_FIT)
    tell_failures(rows)


def tell_failures(rows: "Sequence[SourceRow] | Sequence[ChannelDetails]") -> None:
    """Why those failed that did, and what can be done about it, beside a list of them."""
    for row in rows:
        if row.error:
            notice(f"{row.name} failed: {one_line(row.error)}")
        if row.remedy:
            notice(f"remedy: {one_line(row.remedy)}")


def show_source(row: SourceRow, files: FileCounts, submodules: Sequence[Submodule]) -> None:
    """One source with its files in numbers and its submodules."""
    pairs(
        [
            *(
                (_CALLED.get(name, name), _cell(row, name))
                for name in _SOURCE
                if name not in _OF_FAILED or getattr(row, name)
            ),
            ("languages", by_size(files.by_language) or "-"),
            ("skipped", by_size(files.skipped) or "-"),
            *((f"submodule {one.path}", _submodule(one)) for one in submodules),
        ]
    )


def _submodule(one: Submodule) -> str:
    return f"{one.url or '-'} {one.commit[:12]}" + (f" ({one.problem})" if one.problem else "")


def _cell(row: SourceRow, name: str) -> object:
    value = getattr(row, name)
    match name:
        case "indexed_at" | "committed_at" | "due_at":
            return moment(value)
        case "every_seconds":
            return interval(value)
        case "error" | "remedy":
            return one_line(value)
        case "location":
            return split_location(row.location)[0] if row.ref else row.location
        case "ref":
            return in_words(value) if value else "-"
        case "commit":
            return value[:12] if value else "-"
    return "-" if value is None else value


def task_entry(row: TaskRow) -> Mapping[str, Any]:
    """One task as a JSON document has it."""
    return {
        "id": row.id,
        "type": row.type,
        "state": row.state,
        "priority": row.priority,
        "attempts": row.attempts,
        "max_attempts": row.max_attempts,
        "snoozes": row.snoozes,
        "source": row.source,
        "key": row.dedup_key,
        "run": row.run_id,
        "created_at": row.created_at,
        "ready_at": row.ready_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "worker": row.lease_owner,
        "note": row.note,
    }


def show_tasks(rows: Sequence[TaskRow], *, limit: int) -> None:
    """Tasks, one a line; `limit` is how many were asked for at most."""
    if not rows:
        notice("no such tasks; `kodit queue list --state all` shows those that are over")
        return
    header = ("id", "run", "type", "state", "priority", "attempts", "about", "created_at", "note")
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
                row.about,
                moment(row.created_at),
                row.note or "",
            )
            for row in rows
        ],
        fit=_TASKS_FIT,
    )
    if len(rows) == limit:
        notice(f"the newest {limit:,}; more of them: --limit; how many in all: kodit queue stats")
