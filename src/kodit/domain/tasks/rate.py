"""How often something may be asked, by all workers together."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many units a minute, evenly spaced; 0 for no limit.

    Nothing is saved up while nobody asks: within any time t there are at most `per_minute * t + 1` units.
    """

    per_minute: float = 0

    @property
    def interval(self) -> timedelta:
        """Between two units."""
        return timedelta(minutes=1 / self.per_minute) if self.per_minute else timedelta()

    @property
    def at_once(self) -> int:
        """Units that are worth reserving together: what a second holds, and at least one."""
        return max(int(self.per_minute / 60), 1)


@dataclass(frozen=True, slots=True)
class Reservation:
    """The answer to somebody who wants units: the first may be used at `starts_at`, the next an interval later.

    Nothing is reserved unless `granted`; `starts_at` is then when the next unit would have been.
    """

    starts_at: datetime
    granted: bool


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
