"""What came of an index run."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from kodit.application.reports import IndexReport, RunProgress, how_to_index
from kodit.domain.sources.source import Source
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import Task, TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.interfaces.cli.rendering.figures import by_size, counted
from kodit.interfaces.cli.rendering.streams import notice, say

CHANGES = ("added", "modified", "renamed", "deleted")
STATUSES = (*CHANGES, "unchanged")


def seconds_of(task: Task) -> float | None:
    """How long a task took, from its first attempt to its end."""
    if task.started_at is None or task.finished_at is None:
        return None
    return (task.finished_at - task.started_at).total_seconds()


def seconds_since(task: Task, begun: datetime) -> float | None:
    """How much of a task's time lies after this moment; None for one that was over by then, or is not over."""
    if task.started_at is None or task.finished_at is None or task.finished_at < begun:
        return None
    return (task.finished_at - max(task.started_at, begun)).total_seconds()


def is_done_before(task: Task, begun: datetime) -> bool:
    """Whether a task had succeeded by this moment: a run that goes on has done some of its work already."""
    return task.state is TaskState.SUCCEEDED and task.finished_at is not None and task.finished_at < begun


def report_document(report: IndexReport) -> Mapping[str, Any]:
    """The report as a JSON document has it."""
    source, run = report.source, report.progress.run
    return {
        "source": {
            "name": source.name,
            "kind": source.kind,
            "location": source.location,
            "commit": source.commit,
        },
        "run": run.id,
        "state": run.state,
        "nothing_changed": nothing_changed(report),
        "files": {status: report.counts.get(f"files_{status}", 0) for status in STATUSES},
        "skipped": report.files.skipped,
        "languages": report.files.by_language,
        "snippets": {
            "total": report.files.snippets,
            "added": report.counts.get("snippets_added", 0),
            "removed": report.counts.get("snippets_removed", 0),
        },
        "symbols": report.files.symbols,
        "phases": phases_of(report.progress),
        "already_queued": report.already,
        "elsewhere": report.elsewhere,
        "took_seconds": round(report.took_seconds, 3),
    }


def phases_of(progress: RunProgress) -> Sequence[Mapping[str, Any]]:
    """The phases of a run as a JSON document has them."""
    return [
        {
            "task": task.id,
            "type": task.type,
            "state": task.state,
            "attempts": task.attempts,
            "seconds": seconds_of(task),
            "note": task.note,
        }
        for task in _in_order(progress)
    ]


def told_since(progress: RunProgress, begun: datetime) -> datetime:
    """From when on a call tells of a run, at its first look: from when it was `begun`, if the run is older.

    Of a run that is new all is told, however a clock differs from the database's.
    """
    return begun if any(task.started_at is not None for task in progress.tasks) else progress.run.created_at


def show_report(report: IndexReport, *, waited: bool) -> None:
    """The report in words."""
    run = report.progress.run
    if not waited:
        show_queued(report)
        return
    if run.state is not RunState.COMPLETED:
        return
    say(f"{report.source.name}: {_headline(report)}")
    if not nothing_changed(report):
        say(f"  files      {', '.join(_file_counts(report))}")
    say(f"  languages  {by_size(report.files.by_language) or 'none'}")
    if report.files.skipped:
        say(f"  skipped    {counted(sum(report.files.skipped.values()), 'file')}: {by_size(report.files.skipped)}")
    say(f"  snippets   {report.files.snippets:,} with {counted(report.files.symbols, 'symbol')}{_change(report)}")
    say(f"  seconds    {_seconds(report)}")
    if not report.files.by_language:
        _warn_of_nothing(report)
    if refused := report.counts.get("code_refused", 0):
        task = next(task for task in report.progress.tasks if task.type is TaskType.CODE_EMBEDDINGS)
        notice(f"warning: {counted(refused, 'text')} could not be embedded: kodit queue show {task.id}")


def failure_of(progress: RunProgress) -> tuple[str, str]:
    """Why a run failed, and what can be done about it."""
    dead = next(task for task in progress.tasks if task.state is TaskState.DEAD)
    details = f"details: kodit queue show {dead.id}"
    remedy = dead.errors[-1].remedy if dead.errors else None
    left = _left_behind(progress.source) if progress.source.indexed_at is None else ""
    return f"{dead.type.name} failed: {dead.note}", _joined(remedy, details) + left


def _left_behind(source: Source) -> str:
    """What can be done about a source that was never indexed: a mistyped branch is one, too."""
    name = source.name
    return f"; try again: {how_to_index(source)}; or forget {name}: kodit sources remove {shlex.quote(name)}"


def pause_of(task: Task, *, elsewhere: bool) -> tuple[str, str]:
    """Why a run waits for another try, and what can be done about it; `elsewhere` a worker may be alive that does."""
    by = "the worker that is alive" if elsewhere else "`kodit worker`"
    again = f"it is tried again by {by} from {task.ready_at:%H:%M} UTC, or now by the same command"
    return task.note or "it cannot be done now", _joined(task.errors[-1].remedy if task.errors else None, again)


def _joined(remedy: str | None, more: str) -> str:
    """The remedy and what else there is to say, unless it says that already."""
    said = remedy is not None and more.removeprefix("details: ") in remedy
    return remedy if remedy is not None and said else "; ".join(part for part in (remedy, more) if part)


def show_queued(report: IndexReport) -> None:
    """What became of the wish to have a source indexed, and who works on it."""
    say(f"{_queued(report)}; {who_works(elsewhere=report.elsewhere)}")


def who_works(*, elsewhere: bool) -> str:
    """Who carries out what was queued: a worker that is alive `elsewhere`, or one that is still to be started."""
    return "a worker is alive" if elsewhere else "work the queue off with: kodit worker --drain"


def _queued(report: IndexReport) -> str:
    run, name = report.progress.run, report.source.name
    if not report.already:
        return f"queued {name} as run {run.id}"
    if run.state is RunState.PENDING:
        return f"{name} is already queued as run {run.id}"
    return f"{name} is already under way as run {run.id}, and is looked at once more after it"


def _warn_of_nothing(report: IndexReport) -> None:
    skipped = report.files.skipped
    why = (
        f"what is there was skipped ({by_size(skipped)})"
        if skipped
        else "it is empty, or .gitignore and .noindex leave everything out"
    )
    notice(f"warning: there was no file to index in {report.source.location}: {why}")


def _headline(report: IndexReport) -> str:
    where = " by another process" if report.elsewhere else ""
    if nothing_changed(report):
        unchanged = report.counts.get("files_unchanged", 0)
        return f"nothing changed in {counted(unchanged, 'file')} ({report.took_seconds:.2f} s)"
    return f"indexed{where} in {report.took_seconds:.2f} s"


def nothing_changed(report: IndexReport) -> bool:
    """Whether the source was found as it was."""
    tasks = report.progress.tasks
    return any(task.state is TaskState.SKIPPED for task in tasks) and not any(
        report.counts.get(f"files_{status}", 0) for status in CHANGES
    )


def _file_counts(report: IndexReport) -> Sequence[str]:
    counts = {status: report.counts.get(f"files_{status}", 0) for status in STATUSES}
    return [f"{number:,} {status}" for status, number in counts.items() if number or status != "renamed"]


def _change(report: IndexReport) -> str:
    added, removed = (report.counts.get(f"snippets_{what}", 0) for what in ("added", "removed"))
    return f" ({added:,} added, {removed:,} removed)" if added or removed else ""


def _seconds(report: IndexReport) -> str:
    tasks, begun = _in_order(report.progress), _begun(report)
    timed = [(task.type.name, seconds_since(task, begun)) for task in tasks]
    phases = [f"{name} {seconds:.2f}" for name, seconds in timed if seconds is not None]
    before = ", ".join(task.type.name for task in tasks if is_done_before(task, begun))
    total = f"in all {report.took_seconds:.2f}"
    return ", ".join([*phases, total]) + (f"; done before: {before}" if before else "")


def _begun(report: IndexReport) -> datetime:
    """From when on the times of a report count, by the clock that its tasks' times are of."""
    ends = [task.finished_at for task in report.progress.tasks if task.finished_at is not None]
    if not report.already or not ends:
        return report.progress.run.created_at
    return max(ends) - timedelta(seconds=report.took_seconds)


def _in_order(progress: RunProgress) -> Sequence[Task]:
    return sorted(progress.tasks, key=lambda task: task.type)
