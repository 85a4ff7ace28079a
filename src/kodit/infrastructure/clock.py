"""The only file that reads the clock."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

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

    `ask` gives the server's time. Until it is followed for the first time, it shows the machine's. It is followed in an
    event loop, and may be read from any thread.
    """

    def __init__(self, ask: Callable[[], Awaitable[datetime]], *, elapsed: Callable[[], timedelta] = elapsed) -> None:
        self._ask = ask
        self._elapsed = elapsed
        # What was told, and how much had passed by then: one value, as a thread may read it at any moment.
        self._told: tuple[datetime, timedelta] | None = None
        self._ask_when = timedelta(0)
        self._asking: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """See the port."""
        told = self._told
        return now() if told is None else told[0] + (self._elapsed() - told[1])

    async def follow(self) -> None:
        """See the port. Who comes while the server is being asked shares the answer, or the error.

        The answer is taken to be of the middle between asking and hearing it. One that a clock agrees with, as it may
        be of any moment in between, does not change it: a process that was stopped before it heard the answer would
        believe that half of that time had not passed.
        """
        if self._told is not None and self._elapsed() < self._ask_when:
            return
        # Here, because a command that asks no server starts without it.
        import asyncio
        from contextvars import Context

        asking = self._asking
        if asking is None or asking.done() or asking.get_loop() is not asyncio.get_running_loop():
            # It asks for everybody, so nothing that holds for the first who wants to know may hold for it.
            asking = self._asking = asyncio.create_task(self._learn(), context=Context())
            asking.add_done_callback(_hear)
        await asyncio.shield(asking)

    async def _learn(self) -> None:
        asked = self._elapsed()
        told = await self._ask()
        way = self._elapsed() - asked
        if self._told is None or not told - DRIFT <= self.now() <= told + way + DRIFT:
            self._told = told, asked + way / 2
        self._ask_when = asked + (STALE if way <= SLOW else timedelta(0))


def _hear(asking: "asyncio.Task[None]") -> None:
    """Take note of an error, which is nobody's when all who waited were cancelled."""
    if not asking.cancelled():
        asking.exception()
