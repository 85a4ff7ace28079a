"""Wake-ups inside one process."""

import asyncio


class MemoryWakeups:
    """Implements Wakeups for a queue that no other process sees."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        """See the port."""
        self._event.set()

    def announce(self) -> None:
        """See the port."""
        self.notify()

    async def close(self) -> None:
        """See the port."""

    async def wait(self, seconds: float) -> None:
        """See the port."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
