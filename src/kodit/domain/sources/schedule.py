"""When a source is synchronised without anybody asking."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from kodit.domain.errors import InvalidInput
from kodit.domain.sources.selection import is_commit
from kodit.domain.sources.source import Source

NEVER = timedelta(0)
"""The interval of what is synchronised only when somebody asks."""
SHORTEST = timedelta(seconds=10)
"""The shortest interval: a source is looked at in no less, and more often is what watching and webhooks are for."""
LONGEST = timedelta(days=365)
JITTER = 0.1
"""Up to which part of its interval a source comes later, anew each time: what began together drifts apart."""
LONGEST_PAUSE = timedelta(days=1)
"""How far apart the runs of a source that keeps failing come at most, unless its interval is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a source is due.

    `every` is its own interval, NEVER for never, None for the usual one. `due_at` is None while nothing is planned.
    `run_id` is the last run that was queued for it, and `failures` how many before that failed in a row.
    `place` is where that run could be carried out: on one machine, or anywhere, which is empty.
    """

    index_id: int
    every: timedelta | None = None
    due_at: datetime | None = None
    failures: int = 0
    run_id: int | None = None
    place: str = ""

    def interval(self, usual: timedelta) -> timedelta:
        """How far apart its runs come, if they succeed."""
        return usual if self.every is None else self.every

    def is_due(self, *, now: datetime) -> bool:
        """Whether its moment has come."""
        return self.due_at is not None and self.due_at <= now

    def planned(self, usual: timedelta, *, now: datetime, chance: float) -> Self:
        """With a moment, if it has an interval and none yet, and without one if it has no interval any more.

        What is planned for the first time comes anywhere within its interval, so that many sources which a scheduler
        meets together do not come together; so does what was planned for an interval that was longer than it is now.
        `chance` is from 0 to 1.
        """
        interval = self.interval(usual)
        if interval == NEVER:
            return self if self.due_at is None else replace(self, due_at=None)
        if self.due_at is not None and self.due_at <= now + self._pause(interval) * (1 + JITTER):
            return self
        return replace(self, due_at=now + interval * chance)

    def queued(self, run_id: int, place: str) -> Self:
        """With the run that was queued for it."""
        return replace(self, run_id=run_id, place=place)

    def after_last(self, *, failed: bool) -> Self:
        """After its last run ended: each failure in a row doubles the pause, up to LONGEST_PAUSE."""
        return replace(self, failures=self.failures + 1 if failed else 0)

    def put_off(self, usual: timedelta, *, now: datetime, chance: float) -> Self:
        """As planned for after the next pause."""
        interval = self.interval(usual)
        if interval == NEVER:
            return replace(self, due_at=None)
        return replace(self, due_at=now + self._pause(interval) * (1 + JITTER * chance))

    def _pause(self, interval: timedelta) -> timedelta:
        # More doublings than this exceed every bound.
        return max(interval, min(interval * (1 << min(self.failures, 20)), LONGEST_PAUSE))


def told_interval(every: timedelta | None) -> str:
    """An interval as it is typed: `1h30m`, `never`, or `default` for None."""
    if not every:
        return "default" if every is None else "never"
    seconds = round(every.total_seconds())
    parts = ((seconds // 86_400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def checked_interval(every: timedelta) -> timedelta:
    """An interval in whole seconds. Raises InvalidInput for one that is too short or too long."""
    if every != NEVER and not SHORTEST <= every <= LONGEST:
        raise InvalidInput(
            f"an interval is from {SHORTEST.seconds} seconds to {LONGEST.days} days",
            remedy="see a directory's changes at once with kodit watch, or set a webhook up",
        )
    return timedelta(seconds=round(every.total_seconds()))


def may_change(source: Source) -> bool:
    """False for what is pinned to a commit that was read already: it says the same for ever."""
    pinned = source.selection is not None and is_commit(source.selection)
    return not (pinned and source.indexed_at is not None)
