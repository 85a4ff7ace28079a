"""Wake-ups inside one process."""

import asyncio
from contextlib import suppress

from kodit.application.tasks.waiters import Sharing, Waiter, Waiters


class MemoryWakeups:
    """Implements Wakeups for a queue that no other process sees."""

    def __init__(self) -> None:
        self._waiters = Waiters()
        self._own = self._waiters.new()

    def another(self) -> Sharing:
        """See the port."""
        return Sharing(self._waiters, self.announce, self._wait_as)

    def notify(self) -> None:
        """See the port."""
        self._own.wake()

    def announce(self) -> None:
        """See the port."""
        self._waiters.tell()

    async def close(self) -> None:
        """See the port."""

    async def wait(self, seconds: float) -> bool:
        """See the port."""
        return await self._wait_as(self._own, seconds)

    async def _wait_as(self, waiter: Waiter, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await waiter.woken()
        return waiter.told()
