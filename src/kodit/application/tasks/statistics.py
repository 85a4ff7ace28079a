"""The queue in numbers, as an operator wants them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import AnyTaskType

HOUR = timedelta(hours=1)
"""How far back what is over is looked at."""
WINDOWS = (timedelta(minutes=1), timedelta(minutes=5), HOUR)
"""What throughput is told for."""
SAMPLE = 20_000
"""How many of the tasks that are over are looked at, newest first: a busy queue has more in an hour."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds that `of` attempts took: half of them at most `p50`, 95 of 100 at most `p95`, by nearest rank."""

    p50: float
    p95: float
    of: int

    @classmethod
    def among(cls, seconds: Iterable[float]) -> "Durations | None":
        """Of these; None when there are none."""
        ordered = sorted(seconds)
        if not ordered:
            return None
        half, most = (ordered[ceil(share * len(ordered)) - 1] for share in (0.5, 0.95))
        return cls(half, most, of=len(ordered))


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeStatistics:
    """The tasks of one type.

    `by_state` counts what is live and what is dead; of what succeeded, was skipped or cancelled, it counts the newest.
    `finished` is how many ended by work within each of `WINDOWS`. `attempts` and `failed` count the attempts at
    tasks that ended within the last hour or wait for another try. `tries` is how many of the tasks that ended within
    the hour took how many attempts. `durations` are of recent tasks that succeeded at once: others waited in between.
    `most` is how many may run at a time, None for any number.
    """

    type: AnyTaskType
    by_state: Mapping[TaskState, int]
    oldest_ready_at: datetime | None
    next_due_at: datetime | None
    finished: tuple[int, ...]
    attempts: int
    failed: int
    tries: Mapping[int, int]
    durations: Durations | None
    paused: bool
    most: int | None = None

    @property
    def waiting(self) -> int:
        """Tasks that wait for a worker, or for a task that waits for one. What waits for a moment does not count."""
        return self.by_state.get(TaskState.READY, 0) + self.by_state.get(TaskState.BLOCKED, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyTasks:
    """The tasks of one type that are ready at one place: how many, and since when the oldest of them."""

    type: AnyTaskType
    place: str
    number: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTasks:
    """What one worker holds: so many tasks, one of them of `type`, whose last lease runs out at `leased_until`.

    `host`, `pid` and `seen_at` are what the worker said of itself, None when that is no longer known.
    """

    owner: str
    machine: str
    host: str | None
    pid: int | None
    seen_at: datetime | None
    type: AnyTaskType
    number: int
    leased_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """A worker as it said of itself; `running` is how many tasks it holds.

    `machine` is its machine's id; it carries out tasks of `types` at `places`, and is alive until it is silent beyond
    `alive_until`.
    """

    owner: str
    machine: str
    host: str
    pid: int
    slots: int
    running: int
    types: tuple[AnyTaskType, ...]
    places: tuple[str, ...]
    started_at: datetime
    seen_at: datetime
    alive_until: datetime

    def takes(self, ready: ReadyTasks) -> bool:
        """Whether it can carry them out."""
        return ready.type in self.types and ready.place in self.places


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatistics:
    """The whole queue at one moment.

    `covers` is how far back `finished`, `attempts` and `failed` reach: less than an hour when more than `SAMPLE`
    tasks ended within it. `workers` are those alive. `all_paused` is True when nothing at all may be claimed.
    `ready` is what is ready, by type and place, and `held` what runs, by who holds it, dead or alive. `hosts` are the
    names of machines by their ids, as far as they are known; `here` is the id of the machine that asks, when it
    matters.
    """

    at: datetime
    types: Sequence[TypeStatistics]
    workers: Sequence[WorkerRow]
    covers: timedelta
    all_paused: bool
    ready: Sequence[ReadyTasks] = ()
    held: Sequence[HeldTasks] = ()
    hosts: Mapping[str, str] = field(default_factory=dict)
    here: str = ""

    @property
    def by_state(self) -> Mapping[TaskState, int]:
        """Tasks of every type, by state."""
        return sum((Counter(one.by_state) for one in self.types), Counter[TaskState]())

    @property
    def unserved(self) -> Sequence[ReadyTasks]:
        """What is ready and not paused, and what no worker that is alive can take."""
        paused = {one.type for one in self.types if one.paused}
        return [
            ready
            for ready in self.ready
            if ready.type not in paused and not any(worker.takes(ready) for worker in self.workers)
        ]

    @property
    def stranded(self) -> Sequence[HeldTasks]:
        """What is held by workers that are dead or silent."""
        alive = {worker.owner for worker in self.workers}
        return [held for held in self.held if held.owner not in alive]

    @property
    def depth(self) -> int:
        """Tasks that wait for a worker, or for a task that waits for one."""
        return sum(one.waiting for one in self.types)

    @property
    def oldest_ready_at(self) -> datetime | None:
        """When the task that waits longest for a worker became ready."""
        return min((one.oldest_ready_at for one in self.types if one.oldest_ready_at), default=None)

    @property
    def next_due_at(self) -> datetime | None:
        """When the next task that waits for a moment becomes ready."""
        return min((one.next_due_at for one in self.types if one.next_due_at), default=None)

    @property
    def per_minute(self) -> tuple[float, ...]:
        """Tasks finished per minute, over each of `WINDOWS`."""
        totals = [sum(one.finished[number] for one in self.types) for number in range(len(WINDOWS))]
        spans = [min(window, self.covers).total_seconds() / 60 for window in WINDOWS]
        return tuple(total / span for total, span in zip(totals, spans, strict=True))

    @property
    def attempts(self) -> int:
        """Attempts that ended."""
        return sum(one.attempts for one in self.types)

    @property
    def failed(self) -> int:
        """Attempts that failed."""
        return sum(one.failed for one in self.types)

    @property
    def error_rate(self) -> float:
        """The share of attempts that failed, from 0 to 1."""
        return self.failed / self.attempts if self.attempts else 0.0


def failed_attempts(state: TaskState, attempts: int) -> int:
    """How many of a task's attempts failed, from where it stands: the last one did unless it ended well or was stopped.

    A task that was cancelled between two attempts counts one failure too few.
    """
    if state in (TaskState.DEAD, TaskState.SCHEDULED):
        return attempts
    return max(attempts - 1, 0)
