"""How contestants are called: by coroutines, or by threads where they block."""

import asyncio
import itertools
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

from benchmarks.queue.contestant import NotOffered, Payload


class Coroutines(ABC):
    """A contestant whose callers are coroutines."""

    @abstractmethod
    async def enqueue(self, payload: Payload) -> None:
        """See the protocol."""

    async def call(self, callers: int, until: float) -> int:
        """See the protocol."""
        numbers = itertools.count()

        async def caller() -> None:
            while time.monotonic() < until:
                await self.enqueue(Payload(number=next(numbers), at=0.0))

        await asyncio.gather(*(caller() for _ in range(callers)))
        return next(numbers)

    async def claim(self, limit: int) -> int:
        """See the protocol."""
        raise NotOffered


class Threads(ABC):
    """A contestant whose calls block: its callers are threads. It has no batches."""

    @abstractmethod
    def put(self, payload: Payload) -> None:
        """Put one job on the queue."""

    @abstractmethod
    def take(self) -> bool:
        """Claim one job; whether there was one."""

    async def enqueue(self, payload: Payload) -> None:
        """See the protocol."""
        self.put(payload)

    async def enqueue_many(self, batch: Sequence[Payload]) -> None:
        """See the protocol."""
        raise NotOffered

    async def call(self, callers: int, until: float) -> int:
        """See the protocol."""
        numbers = itertools.count()

        def caller() -> None:
            while time.monotonic() < until:
                self.put(Payload(number=next(numbers), at=0.0))

        threads = [threading.Thread(target=caller) for _ in range(callers)]
        for thread in threads:
            thread.start()
        await asyncio.to_thread(lambda: [thread.join() for thread in threads])
        return next(numbers)

    async def claim(self, limit: int) -> int:
        """See the protocol."""
        return sum(self.take() for _ in range(limit))
