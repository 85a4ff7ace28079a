"""What an attempt may conclude, and how long to wait before the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.numbers import FARTHEST_COUNT, told


def _in_words(*texts: object) -> None:
    # Handlers of other programs need not be checked by a type checker, and what is stored has to be text.
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"an outcome is explained in words, not by {told(text)}")


def _a_span(after: object) -> None:
    if not isinstance(after, timedelta):
        raise TypeError(f"after is a timedelta, not {told(after)}")


@dataclass(frozen=True, slots=True)
class Done:
    """The work is done.

    `counts` are whole numbers by their names, and are added to the run's counters. `skip_followers` gives the reason
    why the rest of the run has nothing to do, None when it has. Raises InvalidInput for a number beyond 2**63 - 1.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    skip_followers: str | None = None

    def __post_init__(self) -> None:
        if self.counts:
            for name, number in self.counts.items():
                _check_count(name, number)
        _in_words("" if self.skip_followers is None else self.skip_followers)


def _check_count(name: object, number: object) -> None:
    if not isinstance(name, str) or not isinstance(number, int):
        raise TypeError(f"counts are whole numbers by their names, not {told(number)} by {told(name)}")
    if abs(number) > FARTHEST_COUNT:
        up_to = f"up to {FARTHEST_COUNT:,}, not {told(number)}"
        raise InvalidInput(f"counts are whole numbers {up_to}: {told(name)}", remedy="count something bigger")


@dataclass(frozen=True, slots=True)
class Skipped:
    """There was nothing to do."""

    reason: str

    def __post_init__(self) -> None:
        _in_words(self.reason)


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempt failed; trying again may help. `after` is how long the world asked us to wait, at least.

    It is `excused` where it failed through no fault of the task, because kodit's own database was away: then it does
    not count, and the next comes soon, though only a few times in a row.
    """

    message: str
    kind: str = ""
    trace: str = ""
    after: timedelta = timedelta(0)
    remedy: str | None = None
    excused: bool = False

    def __post_init__(self) -> None:
        _in_words(self.message, self.kind, self.trace, self.remedy or "")
        _a_span(self.after)


@dataclass(frozen=True, slots=True)
class Snoozed:
    """Something elsewhere is not ready yet: the task waits `after`, and its handler then looks again.

    It is neither a failure nor an attempt, and may happen any number of times; whoever waits for something that may
    never come has to end that himself. `note` says what is waited for. Raises ValueError for no time at all.
    """

    after: timedelta
    note: str

    def __post_init__(self) -> None:
        _in_words(self.note)
        _a_span(self.after)
        if self.after <= timedelta(0):
            # The handler would be asked again and again, as fast as the machine can.
            raise ValueError(f"after is some time, not {self.after}")


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt failed, and trying again cannot help."""

    message: str
    kind: str = ""
    trace: str = ""
    remedy: str | None = None

    def __post_init__(self) -> None:
        _in_words(self.message, self.kind, self.trace, self.remedy or "")


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody asked for it to stop."""

    reason: str = "cancelled"


@dataclass(frozen=True, slots=True)
class Released:
    """The worker is stopping: the attempt is given back as if it had not begun."""


LONGEST_WAIT = timedelta(days=36_500)
"""A task waits for no moment that is further away, whatever it is told: soon after, there are no dates any more."""
Outcome = Done | Skipped | Retry | Snoozed | Failed | Cancelled | Released


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often a task is tried, how long an attempt may take, and the pauses between: exponential, with jitter.

    An attempt that takes longer than `time_limit` is stopped and counts as failed; None for no limit. The pause after
    attempt n is `base * 2**(n-1)`, at most `longest`, times a factor drawn evenly from [1 - jitter, 1 + jitter]; the
    jitter keeps tasks that failed together from coming back together.
    """

    attempts: int = 4
    base: timedelta = timedelta(seconds=60)
    longest: timedelta = timedelta(minutes=30)
    jitter: float = 0.25
    time_limit: timedelta | None = None

    def pause(self, attempt: int, *, chance: float) -> timedelta:
        """How long to wait after attempt number `attempt` (from 1); `chance` is a random number in [0, 1)."""
        # As a bounded power of a float, because the pause after many attempts is more than a timedelta can hold.
        doubled = self.base.total_seconds() * 2.0 ** min(attempt - 1, 100)
        seconds = min(doubled, self.longest.total_seconds(), LONGEST_WAIT.total_seconds())
        return timedelta(seconds=seconds * (1 + self.jitter * (2 * chance - 1)))


@dataclass(frozen=True, slots=True)
class Policies:
    """A policy for each type of task, by its number; `default` for those without one of their own."""

    default: RetryPolicy = RetryPolicy()
    by_type: Mapping[int, RetryPolicy] = field(default_factory=dict)

    def of(self, task_type: int) -> RetryPolicy:
        """The policy of a type."""
        return self.by_type.get(task_type, self.default)
