"""How fresh is what is indexed?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from kodit.application.reports import RunProgress
from kodit.application.views import SourceRow
from kodit.domain.errors import NotFound
from kodit.domain.sources.location import without_credentials
from kodit.domain.tasks.progress import Step
from kodit.domain.tasks.task import Task, TaskState

if TYPE_CHECKING:
    from kodit.application.engine import Kodit

UNDER_WAY = ("indexing", "waiting", "queued")
"""The states of a source whose run is live, as `SourceRow` has them."""

_OVER = frozenset({TaskState.SUCCEEDED, TaskState.SKIPPED, TaskState.DEAD, TaskState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """What one source is like: `state` as in `SourceRow`, when it was last indexed to the end, and at which commit.

    `percent` is how far the run under way has come, None when there is none. Where all of it waits for another try,
    that is due at `next_try_at`. Then, and where the last run failed, `error` is what went wrong the last time, and
    `remedy` what can be done about it.
    """

    source: str
    state: str
    indexed_at: datetime | None
    commit: str | None
    percent: int | None
    next_try_at: datetime | None = None
    error: str | None = None
    remedy: str | None = None


async def freshness_of(engine: "Kodit", rows: Sequence[SourceRow]) -> Sequence[Freshness]:
    """The freshness of these sources, in their order."""
    return [freshness(row, await _live(engine, row) if row.state in UNDER_WAY else None) for row in rows]


def freshness(row: SourceRow, live: RunProgress | None) -> Freshness:
    """The freshness of a source whose run under way, if any, stands so."""
    waiting = _waiting(live) if live is not None and row.state == "waiting" else None
    last = waiting.errors[-1] if waiting else None
    error, remedy = (last.message, last.remedy) if last else (row.error, row.remedy)
    return Freshness(
        source=row.name,
        state=row.state,
        indexed_at=row.indexed_at,
        commit=row.commit,
        percent=None if live is None else percent(live),
        next_try_at=waiting.ready_at if waiting else None,
        error=error and without_credentials(error),
        remedy=remedy and without_credentials(remedy),
    )


def _waiting(live: RunProgress) -> Task | None:
    """The task that is tried again first, of those that failed before."""
    failed = [task for task in live.tasks if task.state is TaskState.SCHEDULED and task.errors and not task.is_snoozed]
    return min(failed, key=lambda task: task.ready_at, default=None)


async def _live(engine: "Kodit", row: SourceRow) -> RunProgress | None:
    live = await engine.indexing.live_run(row.id)
    try:
        return None if live is None else await engine.progress(live.id)
    except NotFound:
        # It was removed a moment ago.
        return None


def percent(progress: RunProgress) -> int:
    """How far a run has come, from 0 to 100: each of its tasks counts the same, one that runs by its last step."""
    last = {step.task_id: step for step in progress.steps}
    shares = [_share(task, last.get(task.id)) for task in progress.tasks]
    return int(100 * sum(shares) / len(shares)) if shares else 0


def _share(task: Task, step: Step | None) -> float:
    if task.state in _OVER:
        return 1.0
    if task.state is not TaskState.RUNNING or step is None or not step.total:
        return 0.0
    return min(step.current / step.total, 1.0)
