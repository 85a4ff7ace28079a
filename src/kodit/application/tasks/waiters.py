"""Several in one process who wait for the same wake-ups, and each of whom shall hear all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakSet


class Waiter:
    """What somebody has heard since the last wait."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._told = False

    @property
    def is_woken(self) -> bool:
        """Whether there is anything."""
        return self._event.is_set()

    async def woken(self) -> bool:
        """Return True as soon as there is, although another wait of the same waiter has ended by it."""
        return await self._event.wait()

    def wake(self) -> None:
        """Something may have changed."""
        self._event.set()

    def tell(self) -> None:
        """Tasks were announced."""
        self._told = True
        self._event.set()

    def told(self) -> bool:
        """End a wait: whether tasks were announced since the last."""
        self._event.clear()
        told, self._told = self._told, False
        return told


class Waiters:
    """All of them, for as long as somebody else holds them."""

    def __init__(self) -> None:
        self._all = WeakSet[Waiter]()

    def new(self) -> Waiter:
        """One more."""
        waiter = Waiter()
        self._all.add(waiter)
        return waiter

    def wake(self) -> None:
        """Something may have changed."""
        for waiter in self._all:
            waiter.wake()

    def tell(self) -> None:
        """Tasks were announced."""
        for waiter in self._all:
            waiter.tell()


class Sharing:
    """Implements Wakeups for one more who waits, by the wake-ups of another, who closes them.

    `announce` and `wait` are theirs, `wait` for any of the `waiters`.
    """

    def __init__(
        self, waiters: Waiters, announce: Callable[[], None], wait: Callable[[Waiter, float], Awaitable[bool]]
    ) -> None:
        self._waiters = waiters
        self._announce = announce
        self._wait = wait
        self._waiter = waiters.new()

    def another(self) -> "Sharing":
        """See the port."""
        return Sharing(self._waiters, self._announce, self._wait)

    def notify(self) -> None:
        """See the port."""
        self._waiter.wake()

    def announce(self) -> None:
        """See the port."""
        self._announce()

    async def wait(self, seconds: float) -> bool:
        """See the port."""
        return await self._wait(self._waiter, seconds)

    async def close(self) -> None:
        """See the port."""
