"""Asking something remote no faster than all workers together may."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from kodit.application.tasks.ports import Clock, RateLimits
from kodit.domain.errors import RateLimited
from kodit.domain.tasks.rate import Rate

LAPSE = timedelta(seconds=1)
"""A turn that nobody took for so long is lost: taken later, it would come on top of other workers' turns."""
PATIENCE = timedelta(hours=1)
"""Who would wait for longer gets RateLimited, and can let others have the worker's slot."""
UNSAID = timedelta(seconds=10)
"""How long everybody waits when asked to without being told for how long."""


class Pace:
    """Turns at what all workers share under one name, one after the other.

    Turns are reserved a second's worth at a time, so that a high rate does not keep the database busy. Without a limit
    in the rate, it is looked up once a second whether everybody is held back.
    `limits` is called when they are needed.
    """

    def __init__(
        self,
        limits: Callable[[], RateLimits],
        name: str,
        rate: Rate,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._name = name
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._turns: deque[datetime] = deque()
        self._held_until: datetime | None = None
        self._reserving = asyncio.Lock()

    async def turn(self) -> None:
        """Wait for a turn. Raises RateLimited when it is too far away, and what a Storage raises."""
        while True:
            async with self._reserving:
                at = await self._next()
            await self._until(at)
            if self._held_until is None or at >= self._held_until:
                return
            # Whoever was held back lines up again, or all of them would begin at the same moment.
            await self._until(self._held_until)

    async def hold_back(self, wait: timedelta | None) -> None:
        """Let nobody have a turn for so long, here and on all other machines; it shortens no longer wait."""
        until = self._clock.now() + (UNSAID if wait is None else wait)
        self._held_until = until if self._held_until is None else max(self._held_until, until)
        self._turns.clear()
        await self._limits().hold_back(self._name, until=self._held_until)

    async def _next(self) -> datetime:
        await self._clock.follow()
        now = self._clock.now()
        earliest = now - LAPSE if self._held_until is None else max(now - LAPSE, self._held_until)
        while self._turns and self._turns[0] < earliest:
            self._turns.popleft()
        if not self._turns:
            await self._reserve(now)
        return self._turns.popleft() if self._rate.per_minute else self._turns[0]

    async def _reserve(self, now: datetime) -> None:
        units = self._rate.at_once
        found = await self._limits().reserve(self._name, self._rate, units, now=now, until=now + PATIENCE)
        if not found.granted:
            wait = found.starts_at - now
            raise RateLimited(f"the next turn at {self._name} is {wait} away", retry_after=wait)
        self._turns.extend(found.starts_at + number * self._rate.interval for number in range(units))

    async def _until(self, at: datetime) -> None:
        while (wait := at - self._clock.now()) > timedelta():
            await self._sleep(wait.total_seconds())
