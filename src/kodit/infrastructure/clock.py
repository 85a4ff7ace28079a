"""The only file that reads the clock."""

import time
from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - everybody else is given `now`


def elapsed() -> timedelta:
    """Time that has passed since some moment, also while the machine slept; nobody can set it."""
    # Linux has a clock that goes on while the machine sleeps; elsewhere the monotonic one does that or comes near it.
    kind = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return timedelta(seconds=time.clock_gettime(kind))


class SystemClock:
    """Implements Clock for a database that has no time but its machine's."""

    def now(self) -> datetime:
        """See the port."""
        return now()

    async def follow(self) -> None:
        """See the port."""
