"""How often something may be asked, by all workers together."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kodit.domain.tasks.retry_after import LONGEST_WAIT

PATIENCE = timedelta(hours=1)
"""Nobody reserves a unit that is farther away than this."""
MOST_AT_ONCE = 1_000
"""Units that are reserved together, at most: whoever reserves them keeps a moment in memory for each, and loses all of
them where he takes none within a second."""
RATE_NAME = 190
"""Characters that the name of a rate may have."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many units a minute, evenly spaced; 0 for no limit.

    Nothing is saved up while nobody asks: within any time t there are at most `per_minute * t + 1` units.
    """

    per_minute: float = 0

    @property
    def interval(self) -> timedelta:
        """Between two units; at most LONGEST_WAIT, beyond which nobody waits."""
        if not self.per_minute:
            return timedelta()
        # Compared first: of a very small number no timedelta can be made.
        return timedelta(minutes=1 / max(self.per_minute, timedelta(minutes=1) / LONGEST_WAIT))

    @property
    def at_once(self) -> int:
        """Units that are worth reserving together: what a second holds, from one to MOST_AT_ONCE."""
        return int(min(max(self.per_minute / 60, 1), MOST_AT_ONCE))


@dataclass(frozen=True, slots=True)
class Reservation:
    """The answer to somebody who wants units: the first may be used at `starts_at`, the next an interval later.

    Nothing is reserved unless `granted`; `starts_at` is then when the next unit would have been.
    """

    starts_at: datetime
    granted: bool


def possible(free_at: datetime, held_until: datetime | None, rate: Rate, units: int, *, now: datetime) -> datetime:
    """When the next unit is free, by what is remembered of it.

    What neither reservations nor a hold can explain was left by a clock that was ahead, and counts for nothing. Others
    may reserve at another rate, so that as far again as they look ahead is believed. Without a limit nobody reserves
    ahead, and only a hold is believed.
    """
    if rate.per_minute and free_at <= now + 2 * PATIENCE + units * rate.interval:
        return free_at
    return possibly_held(held_until, now=now) or now


def possibly_held(until: datetime | None, *, now: datetime) -> datetime | None:
    """Until when everybody is held back; None too where nobody can have been asked to wait for so long."""
    return None if until is None or until > now + LONGEST_WAIT else until


def held_longer(before: datetime | None, until: datetime, *, now: datetime) -> datetime:
    """Until when everybody is held back who was so `before`, and is asked to wait once more."""
    return max(possibly_held(before, now=now) or until, until)


def reserved(
    free_at: datetime, rate: Rate, units: int, *, now: datetime, until: datetime
) -> tuple[Reservation, datetime]:
    """What somebody gets who does not want to begin after `until`, and when the next unit is free after that.

    The generic cell rate algorithm (ITU-T I.371) as virtual scheduling, without a tolerance for bursts: `free_at` is
    its theoretical arrival time.
    """
    starts_at = max(free_at, now)
    if starts_at > until:
        return Reservation(starts_at, granted=False), free_at
    return Reservation(starts_at, granted=True), starts_at + rate.interval * units
