"""`kodit status`."""

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.rendering.streams import document
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.installation import Installation
    from kodit.application.tasks.health import Alert
    from kodit.application.tasks.statistics import QueueStatistics
    from kodit.application.views import SourceRow

    Found = tuple[Installation, Sequence[SourceRow], QueueStatistics]

MOST_NAMED = 3
"""So many failed sources are told by name."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="status", epilog=examples("kodit status", "kodit status --json"))(status)


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show what is indexed and where, and what needs attention.

    That is each path in use, the sources, the workers that are alive, and what is wrong with its remedy.
    """
    from kodit.interfaces.cli.rendering.controls import held_back
    from kodit.interfaces.cli.rendering.figures import by_size, size
    from kodit.interfaces.cli.rendering.queue_figures import show_alerts
    from kodit.interfaces.cli.rendering.tables import pairs

    invocation = invocation_of(context)

    async def looked(engine: "Kodit") -> "Found":
        return await engine.installation(), await engine.sources(), await engine.overview.statistics()

    installation, sources, queue = invocation.asking(looked)
    if as_json:
        document(_document(installation, sources, queue))
        return
    used = installation.bytes_on_disk
    pairs(
        [
            ("data directory", installation.data_dir),
            ("database", installation.database),
            ("schema", installation.schema),
            ("sources", len(sources)),
            ("snippets", f"{sum(row.snippets for row in sources):,}"),
            ("queue", by_size({state.value: number for state, number in queue.by_state.items()}) or "empty"),
            ("held back", held_back(queue)),
            ("workers", ", ".join(f"{worker.host}:{worker.pid}" for worker in queue.workers) or "none"),
            ("machine", installation.machine),
            ("keywords", installation.keyword_ranking),
            ("embedder", installation.embedder),
            ("describer", installation.describer),
            ("disk", f"{size(sum(used.values()))} ({', '.join(f'{name} {size(used[name])}' for name in used)})"),
        ]
    )
    show_alerts(_alerts(sources, queue))


def _document(installation: "Installation", sources: "Sequence[SourceRow]", queue: "QueueStatistics") -> dict[str, Any]:
    return {
        **{name: getattr(installation, name) for name in installation.__dataclass_fields__},
        "sources": len(sources),
        "files": sum(row.files for row in sources),
        "snippets": sum(row.snippets for row in sources),
        "queue": queue.by_state,
        "paused": queue.all_paused,
        "held_back": [
            {"type": one.type, "paused": one.paused, "limit": one.most}
            for one in queue.types
            if one.paused or one.most is not None
        ],
        "workers": [worker.owner for worker in queue.workers],
        "failed_sources": [row.name for row in sources if row.state == "failed"],
        "alerts": _alerts(sources, queue),
    }


def _alerts(sources: "Sequence[SourceRow]", queue: "QueueStatistics") -> "Sequence[Alert]":
    from kodit.application.tasks.health import alerts

    return [*_failures(sources, queue), *alerts(queue)]


def _failures(sources: "Sequence[SourceRow]", queue: "QueueStatistics") -> "Iterator[Alert]":
    """What failed for good, be it of a source or another program's task."""
    from kodit.application.tasks.health import Alert
    from kodit.domain.tasks.task import TaskState
    from kodit.interfaces.cli.rendering.figures import counted

    if failed := [row.name for row in sources if row.state == "failed"]:
        more = f" and {len(failed) - MOST_NAMED} more" if len(failed) > MOST_NAMED else ""
        message = f"{counted(len(failed), 'source')} failed: {', '.join(failed[:MOST_NAMED])}{more}"
        name = shlex.quote(failed[0])
        remedy = f"see why: kodit sources show {name}"
        yield Alert("failed sources", message, remedy)
    if dead := queue.by_state.get(TaskState.DEAD, 0):
        yield Alert("dead tasks", f"{counted(dead, 'task')} failed for good", "see which, and why: kodit queue dead")
