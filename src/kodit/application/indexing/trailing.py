"""Letting one piece of work run while the next is prepared."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any


class Trailing:
    """Runs one piece of work at a time behind the caller, in the order given.

    An error of it is raised where the next is given, or at the end of the block; after an error nothing more begins.
    A block that raises cancels what still runs, and waits until it has ended.
    """

    def __init__(self) -> None:
        self._running: asyncio.Task[None] | None = None

    async def give(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin this work, once the one before has ended."""
        try:
            await self._ended()
        except BaseException:
            work.close()
            raise
        self._running = asyncio.create_task(work)

    async def __aenter__(self) -> "Trailing":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self._ended()
        elif self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _ended(self) -> None:
        if self._running is not None:
            await self._running
            self._running = None
