"""A task, and every legal move it can make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Self, assert_never

from kodit.domain.errors import IllegalMove
from kodit.domain.tasks.policy import (
    LONGEST_WAIT,
    Cancelled,
    Done,
    Failed,
    Outcome,
    Released,
    Retry,
    RetryPolicy,
    Skipped,
    Snoozed,
)
from kodit.domain.tasks.task_type import AnyTaskType


class TaskState(StrEnum):
    """Where a task stands."""

    BLOCKED = "blocked"
    """Waits for other tasks of its run."""
    SCHEDULED = "scheduled"
    """Waits for a moment: `ready_at`. After an attempt that failed, or because a handler asked for it."""
    READY = "ready"
    """Can be claimed."""
    RUNNING = "running"
    """Leased by a worker."""
    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"
    """There was nothing to do."""
    DEAD = "dead"
    """Failed for good: kept as a dead letter, with its errors."""
    CANCELLED = "cancelled"


WORKER_DIED = "the worker died"
WORKER_SILENT = "the worker was silent beyond its lease"
EXCUSES = 5
"""How often in a row an attempt is excused. Whatever fails for longer has its cause in the task after all."""
SOON = timedelta(seconds=1)
"""The pause after an excused attempt, at first; it doubles, so that all together last half a minute."""
LIVE = frozenset({TaskState.BLOCKED, TaskState.SCHEDULED, TaskState.READY, TaskState.RUNNING})
"""States that a task can leave by itself."""
NO_LEASE: Mapping[str, Any] = {"lease_owner": None, "lease_token": None, "leased_until": None}
"""A lease's three fields where there is none."""
SATISFYING = frozenset({TaskState.SUCCEEDED, TaskState.SKIPPED})
"""States of a need that let its followers start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptError:
    """Why one attempt failed. `remedy` is what a user can do about it, where that is known."""

    attempt: int
    at: datetime
    worker: str
    kind: str
    message: str
    trace: str = ""
    remedy: str | None = None


class Task(NamedTuple):
    """One phase of a run, to be carried out at least once.

    `priority` is higher for more urgent; of equals the older `created_at` goes first, then the lower id.
    `needs` are the types of the same run's tasks that must have succeeded.
    `attempts` counts the claims so far: it is written before the work, so that a task that kills its worker is
    stopped by it; an attempt that ends by a snooze is given back, and counted among the `snoozes`.
    The lease's three fields are set while the task is RUNNING and at no other time.
    `place` is where it can be carried out: a machine's id, or nothing for anywhere.
    `payload` holds all that a worker needs; the queue never looks inside.
    """

    run_id: int
    type: AnyTaskType
    priority: int
    payload: Mapping[str, Any]
    dedup_key: str
    created_at: datetime
    ready_at: datetime
    state: TaskState
    max_attempts: int
    needs: tuple[AnyTaskType, ...] = ()
    place: str = ""
    attempts: int = 0
    lease_owner: str | None = None
    lease_token: str | None = None
    leased_until: datetime | None = None
    cancel_requested: bool = False
    errors: tuple[AttemptError, ...] = ()
    note: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    snoozes: int = 0
    id: int = 0

    @property
    def is_snoozed(self) -> bool:
        """Whether it waits for a moment because its handler asked for that, and not because an attempt failed."""
        if self.state is not TaskState.SCHEDULED or not self.snoozes:
            return False
        # What failed waits with the message of its last error.
        return not self.errors or self.errors[-1].message != self.note

    def claimed(self, lease: "Lease", *, now: datetime) -> Self:
        """The task in the hands of a worker."""
        self._must_be(TaskState.READY)
        return self._replace(
            state=TaskState.RUNNING,
            attempts=self.attempts + 1,
            lease_owner=lease.owner,
            lease_token=lease.token,
            leased_until=lease.until,
            started_at=self.started_at or now,
        )

    def settled(self, outcome: Outcome, *, policy: RetryPolicy, now: datetime, chance: float) -> Self:
        """The task after an attempt; `chance` is a random number in [0, 1) for the jitter."""
        self._must_be(TaskState.RUNNING)
        match outcome:
            case Done():
                return self._finished(TaskState.SUCCEEDED, now)
            case Skipped(reason):
                return self._finished(TaskState.SKIPPED, now, note=reason)
            case Cancelled(reason):
                return self._finished(TaskState.CANCELLED, now, note=reason)
            case Released():
                return self._waiting(now, attempts=self.attempts - 1)
            case Snoozed():
                snoozed = {"attempts": self.attempts - 1, "snoozes": self.snoozes + 1, "note": outcome.note}
                return self._waiting(now + min(outcome.after, LONGEST_WAIT), state=TaskState.SCHEDULED, **snoozed)
            case Failed():
                return self.blamed(outcome, now)._finished(TaskState.DEAD, now, note=outcome.message)
            case Retry():
                return self._tried(outcome, policy=policy, now=now, chance=chance)
        assert_never(outcome)

    def lost(self, *, now: datetime, reason: str) -> Self:
        """The task after its worker was found dead or silent beyond the lease."""
        self._must_be(TaskState.RUNNING)
        blamed = self.blamed(Retry(reason, kind="WorkerLost"), now)
        if self.cancel_requested:
            return blamed._finished(TaskState.CANCELLED, now, note="cancelled")
        if self.attempts >= self.max_attempts:
            return blamed._finished(TaskState.DEAD, now, note=reason)
        return blamed._waiting(now)

    def heeding(self, held: Self, *, now: datetime) -> Self:
        """The task after an attempt, with what was asked of it meanwhile: to be more urgent, or to stop.

        `held` is the task as it is stored; the worker's own may be older.
        """
        kept = self
        if (self.priority, self.cancel_requested) != (held.priority, held.cancel_requested):
            kept = self._replace(priority=held.priority, cancel_requested=held.cancel_requested)
        if held.cancel_requested and kept.state in LIVE:
            return kept._finished(TaskState.CANCELLED, now, note="cancelled")
        return kept

    def leased_as(self, claimed: Self) -> bool:
        """Whether this, the stored task, is still leased as it was when `claimed`."""
        return self.state is TaskState.RUNNING and self.lease_token == claimed.lease_token

    def unblocked(self, *, now: datetime) -> Self:
        """The task once all it needs has succeeded."""
        self._must_be(TaskState.BLOCKED)
        return self._replace(state=TaskState.READY, ready_at=now)

    def hastened(self, *, now: datetime) -> Self:
        """The task without the rest of its wait for a moment, if it waits for one."""
        if self.state is not TaskState.SCHEDULED:
            return self
        return self._replace(state=TaskState.READY, ready_at=min(self.ready_at, now))

    def skipped(self, reason: str, *, now: datetime) -> Self:
        """The task after a need found that there is nothing to do."""
        self._must_be(TaskState.BLOCKED)
        return self._finished(TaskState.SKIPPED, now, note=reason)

    def cancelled(self, reason: str, *, now: datetime) -> Self:
        """The task after somebody asked for it to stop: at once, unless a worker has it and must notice."""
        if self.state is TaskState.RUNNING:
            return self._replace(cancel_requested=True)
        if self.state not in LIVE:
            raise IllegalMove(f"task {self.id} is {self.state} and can no longer be cancelled")
        return self._finished(TaskState.CANCELLED, now, note=reason)

    def retried(self, *, now: datetime) -> Self:
        """A dead or cancelled task with its attempts given back; its errors stay on record."""
        if self.state not in (TaskState.DEAD, TaskState.CANCELLED):
            raise IllegalMove(f"task {self.id} is {self.state}: only a dead or cancelled task can be retried")
        return self.renewed(TaskState.READY, now=now)

    def renewed(self, state: TaskState, *, now: datetime) -> Self:
        """The task as if it had never been tried, in a waiting state."""
        return self._replace(
            state=state,
            ready_at=now,
            attempts=0,
            snoozes=0,
            cancel_requested=False,
            note=None,
            started_at=None,
            finished_at=None,
        )

    def blamed(self, failure: Retry | Failed, now: datetime) -> Self:
        """The task with one more entry in its error history."""
        error = AttemptError(
            attempt=self.attempts,
            at=now,
            worker=self.lease_owner or "",
            kind=failure.kind,
            message=failure.message,
            trace=failure.trace,
            remedy=failure.remedy,
        )
        return self._replace(errors=(*self.errors, error))

    def _tried(self, failure: Retry, *, policy: RetryPolicy, now: datetime, chance: float) -> Self:
        blamed, least = self.blamed(failure, now), min(failure.after, LONGEST_WAIT)
        if failure.excused and (excuses := self._excuses()) < EXCUSES:
            soon = replace(policy, base=min(policy.base, SOON)).pause(excuses + 1, chance=chance)
            tried = {"attempts": self.attempts - 1, "note": failure.message}
            return blamed._waiting(now + max(soon, least), state=TaskState.SCHEDULED, **tried)
        if self.attempts >= self.max_attempts:
            return blamed._finished(TaskState.DEAD, now, note=failure.message)
        pause = max(policy.pause(self.attempts, chance=chance), least)
        return blamed._waiting(now + pause, state=TaskState.SCHEDULED, note=failure.message)

    def _excuses(self) -> int:
        """How often this attempt was excused already: it has an error of the same number for each time."""
        since = self.started_at
        return sum(error.attempt == self.attempts and (since is None or error.at >= since) for error in self.errors)

    def _waiting(self, ready_at: datetime, *, state: TaskState = TaskState.READY, **changes: Any) -> Self:
        return self._replace(state=state, ready_at=ready_at, **NO_LEASE, **changes)

    def _finished(self, state: TaskState, now: datetime, *, note: str | None = None) -> Self:
        return self._replace(state=state, finished_at=now, note=note, **NO_LEASE)

    def _must_be(self, state: TaskState) -> None:
        if self.state is not state:
            raise IllegalMove(f"task {self.id} is {self.state}, not {state}")


def said(payload: object, name: str) -> Any:
    """What a payload says under a name: nothing where it is no mapping, as in a row that another program wrote."""
    return payload.get(name) if isinstance(payload, Mapping) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on a task until a moment. `token` is new for each claim and fences all that follows."""

    owner: str
    token: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """What a rescue did."""

    returned: int = 0
    buried: int = 0
    tasks: tuple[int, ...] = field(default=())

    @classmethod
    def of(cls, freed: Sequence[Task]) -> Self:
        """The tasks as they are after it."""
        states = [task.state for task in freed]
        return cls(
            returned=states.count(TaskState.READY),
            buried=states.count(TaskState.DEAD),
            tasks=tuple(task.id for task in freed),
        )
