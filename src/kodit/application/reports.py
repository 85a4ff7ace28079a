"""What kodit tells of a run and of a search."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from kodit.application.views import FileCounts, SourceRow
from kodit.domain.search.query import Hit, Query, SearchMode
from kodit.domain.sources.source import Source, SourceKind
from kodit.domain.sources.submodule import Submodule
from kodit.domain.tasks.progress import Step
from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task import Task, TaskState

PATIENCE = timedelta(seconds=5)
"""A pause before another try that nobody is kept waiting for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDetails:
    """One source with its files in numbers and its submodules."""

    row: SourceRow
    files: FileCounts
    submodules: Sequence[Submodule]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """A run at one moment: its tasks by id, and the steps that they reported, oldest first."""

    source: Source
    run: Run
    tasks: Sequence[Task]
    steps: Sequence[Step]

    @property
    def pauses(self) -> Task | None:
        """The task that keeps the whole run waiting for another try for longer than `PATIENCE`."""
        if any(task.state in (TaskState.READY, TaskState.RUNNING) for task in self.tasks):
            return None
        waiting = [
            task for task in self.tasks if task.state is TaskState.SCHEDULED and task.errors and not task.is_snoozed
        ]
        return next((task for task in waiting if task.ready_at - task.errors[-1].at > PATIENCE), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What came of `Kodit.index`: the run as it ended, or as it was queued, and the source's files in numbers.

    A run that was under way already is followed by another; `progress` is that of the first that did not succeed,
    else of the first, and `counts` are what all of them counted. `elsewhere` is True when another process works on it,
    `already` when the run had been queued before.
    """

    progress: RunProgress
    counts: Mapping[str, int]
    files: FileCounts
    elsewhere: bool
    took_seconds: float
    already: bool = False

    @property
    def source(self) -> Source:
        """The source that was indexed."""
        return self.progress.source


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The answers to one query, best first, and how long they took, in milliseconds.

    Without any answer, `unindexed` are those of the sources asked that were never indexed to the end.
    """

    query: Query
    hits: Sequence[Hit]
    took_ms: float
    unindexed: Sequence[SourceRow] = ()

    @property
    def by_meaning_only(self) -> bool:
        """Whether words were looked for too, and no answer has any of them."""
        words = SearchMode.KEYWORD.value
        return (
            self.query.mode is SearchMode.HYBRID
            and bool(self.hits)
            and all(words not in hit.ranks for hit in self.hits)
        )


def added_up(ended: Sequence[RunProgress]) -> Mapping[str, int]:
    """What runs that followed each other counted in all."""
    counts = Counter(ended[0].run.counts)
    for following in ended[1:]:
        # What the first run counted as unchanged must not count twice.
        counts.update({name: number for name, number in following.run.counts.items() if name != "files_unchanged"})
    return counts


def not_indexed(rows: Sequence[SourceRow]) -> tuple[str, str]:
    """Which sources were never indexed to the end, and what can be done about the first of them."""
    first = rows[0]
    name, here = shlex.quote(first.name), how_to_index(first)
    remedies = {
        "queued": f"work the queue off: kodit worker --drain, or: {here}",
        "waiting": f"see what it waits for: kodit queue list --source {name}",
        "indexing": f"a worker is at it; wait for it with: {here}",
        "failed": f"see why: kodit sources show {name}, then: {here}",
    }
    named = ", ".join(f"{row.name} ({row.state})" for row in rows)
    return f"not indexed yet: {named}", remedies.get(first.state, f"index it: {here}")


def how_to_index(source: Source | SourceRow) -> str:
    """The command that brings an index up to date."""
    if source.kind is SourceKind.NIXPKGS_CHANNEL:
        return f"kodit nix channel sync {shlex.quote(source.name)}"
    return f"kodit index {shlex.quote(source.location)}"
