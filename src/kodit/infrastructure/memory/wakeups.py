"""Wake-ups inside one process."""

import asyncio
from contextlib import suppress


class MemoryWakeups:
    """Implements Wakeups for a queue that no other process sees."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._told = False

    def notify(self) -> None:
        """See the port."""
        self._event.set()

    def announce(self) -> None:
        """See the port."""
        self._told = True
        self._event.set()

    async def close(self) -> None:
        """See the port."""

    async def wait(self, seconds: float) -> bool:
        """See the port."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()
        told, self._told = self._told, False
        return told
