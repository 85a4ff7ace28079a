"""The only file that reads the clock."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

STALE = timedelta(seconds=30)
"""After how long a database is asked again what time it is: two good clocks drift apart by about a millisecond."""

DRIFT = timedelta(milliseconds=20)
"""By how much a clock that was right may differ from the database's by the time it is asked again."""
SLOW = timedelta(seconds=1)
"""An answer that took longer is no good measure, and is soon asked for again."""


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


class ServerClock:
    """Implements Clock by what a server says, and by what has passed since: the machine's own time counts for nothing.

    `ask` gives the server's time. Until it is followed for the first time, it shows the machine's.
    """

    def __init__(self, ask: Callable[[], Awaitable[datetime]], *, elapsed: Callable[[], timedelta] = elapsed) -> None:
        self._ask = ask
        self._elapsed = elapsed
        self._told = now()
        self._told_when: timedelta | None = None
        self._ask_when = timedelta(0)

    def now(self) -> datetime:
        """See the port."""
        return now() if self._told_when is None else self._told + (self._elapsed() - self._told_when)

    async def follow(self) -> None:
        """See the port. The answer is taken to be of the middle between asking and hearing it.

        One that a clock agrees with, as it may be of any moment in between, does not change it: a process that was
        stopped before it heard the answer would believe that half of that time had not passed.
        """
        asked = self._elapsed()
        if self._told_when is not None and asked < self._ask_when:
            return
        told = await self._ask()
        way = self._elapsed() - asked
        if self._told_when is None or not told - DRIFT <= self.now() <= told + way + DRIFT:
            self._told, self._told_when = told, asked + way / 2
        self._ask_when = asked + (STALE if way <= SLOW else timedelta(0))
