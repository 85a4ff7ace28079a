"""What came of a change that was noticed."""

import json
from collections.abc import Collection

from kodit.application.reports import IndexReport
from kodit.application.serving.plain import plain
from kodit.domain.tasks.run import RunState
from kodit.interfaces.cli.rendering.figures import moment
from kodit.interfaces.cli.rendering.reports import CHANGES
from kodit.interfaces.cli.rendering.streams import say

MOST = 3
"""How many paths are named."""


def show_change(report: IndexReport, paths: Collection[str], *, as_json: bool) -> None:
    """One line: the source, what changed, and what came of it. Without paths it is about all that changed before."""
    run, counts = report.progress.run, report.counts
    if as_json:
        entry = {
            "at": run.finished_at,
            "source": report.source.name,
            "paths": sorted(paths),
            "run": run.id,
            "state": run.state,
            "files": {status: counts.get(f"files_{status}", 0) for status in CHANGES},
            "took_seconds": round(report.took_seconds, 3),
        }
        say(json.dumps(plain(entry), ensure_ascii=False))
        return
    changed = [f"{counts[key]:,} {status}" for status in CHANGES if counts.get(key := f"files_{status}")]
    outcome = ", ".join(changed) or "nothing changed"
    if run.state is not RunState.COMPLETED:
        outcome = run.state.value
    about = f" ({_named(paths)})" if paths else ""
    say(f"{moment(run.finished_at)} {report.source.name}{about}: {outcome}, run {run.id}, {report.took_seconds:.2f} s")


def _named(paths: Collection[str]) -> str:
    first = sorted(paths)[:MOST]
    more = [f"and {len(paths) - MOST:,} more"] if len(paths) > MOST else []
    return ", ".join([*first, *more])
