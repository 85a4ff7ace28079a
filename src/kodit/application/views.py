"""What lists and pages show: rows, read past the domain."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kodit.domain.sources.source import SourceKind
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import AnyTaskType


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """One source in a list.

    `state` is `new` before the first run. While a run is live it is `indexing` when a worker is at it, `waiting` when
    all of it waits for a moment, else `queued`. It is `failed` when the last run failed, and only then `error` and
    `remedy` say what went wrong last and what can be done about it; `cancelled` when it was cancelled, else `indexed`.
    `ref` is the branch, tag or commit that was asked for, None for the HEAD and for directories; `depth` is None where
    the mirror has the whole history. `every_seconds` is its own interval, 0 for never and None for the usual one; at
    `due_at` it is synchronised without anybody asking, None for not at all.
    """

    id: int
    name: str
    kind: SourceKind
    location: str
    ref: str | None
    commit: str | None
    committed_at: datetime | None
    depth: int | None
    files: int
    snippets: int
    symbols: int
    indexed_at: datetime | None
    state: str
    every_seconds: int | None = None
    due_at: datetime | None = None
    error: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One task in a list.

    `source` is the name of the source that it is about, None when that is gone and for tasks of other programs.
    """

    id: int
    run_id: int
    type: AnyTaskType
    state: TaskState
    priority: int
    attempts: int
    max_attempts: int
    source: str | None
    dedup_key: str
    note: str | None
    created_at: datetime
    ready_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    lease_owner: str | None
    snoozes: int = 0

    @property
    def about(self) -> str:
        """What it is about: its source, or where it has none, its key."""
        return self.source or self.dedup_key


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A task that failed for good, with the last thing that went wrong: an error's `kind`, its message and remedy."""

    id: int
    run_id: int
    type: AnyTaskType
    source: str | None
    dedup_key: str
    attempts: int
    max_attempts: int
    died_at: datetime
    kind: str
    message: str
    remedy: str | None
    worker: str

    @property
    def about(self) -> str:
        """What it is about: its source, or where it has none, its key."""
        return self.source or self.dedup_key


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadFilter:
    """Which dead letters: of a type, about a source, that died at `earliest_at` or later; None for any.

    `after` is one of them by when it died and its id: only those that come after it in a list pass.
    """

    type: AnyTaskType | None = None
    source: str | None = None
    earliest_at: datetime | None = None
    after: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCounts:
    """The files of one source: how many have snippets, by language, and how many were skipped, by reason."""

    by_language: Mapping[str, int]
    skipped: Mapping[str, int]
    snippets: int
    symbols: int


class Views(Protocol):
    """Rows for lists and pages. Held to tests/contracts/test_views.py."""

    async def sources(self, *, gone: Collection[str] = ()) -> Sequence[SourceRow]:
        """Every source, by name. What workers that are `gone` hold counts as ready, not as running."""
        ...

    async def tasks(
        self,
        *,
        states: Sequence[TaskState] = (),
        kind: AnyTaskType | None = None,
        source: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[TaskRow]:
        """Tasks in these states (none: all), of a type (None: all), newest first; those with an id below `before` only.

        Raises NotFound for a source that there is none of.
        """
        ...

    async def dead(self, which: DeadFilter, *, limit: int = 50) -> Sequence[DeadLetter]:
        """Dead letters, the last that died first. Raises NotFound for a source that there is none of."""
        ...

    async def dead_ids(self, which: DeadFilter) -> Sequence[int]:
        """The tasks of all of them, the first that died first. Raises the same."""
        ...

    async def files(self, index_id: int) -> FileCounts:
        """The files of one source in numbers."""
        ...
