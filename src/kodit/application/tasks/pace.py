"""Asking something remote no faster than all workers together may."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from kodit.application.tasks.ports import Clock, RateLimits
from kodit.domain.errors import RateLimited
from kodit.domain.tasks.rate import PATIENCE, Rate, held_longer, possibly_held
from kodit.domain.tasks.retry_after import LONGEST_WAIT

LAPSE = timedelta(seconds=1)
"""A turn that nobody took for so long is lost: taken later, it would come on top of other workers' turns."""
LOOK = timedelta(seconds=2)
"""For how long it is believed that nobody is held back. Who has waited for longer looks again before going."""
FARTHEST = PATIENCE + timedelta(seconds=1)
"""No turn is farther away: what is reserved together is a second's worth."""
UNSAID = timedelta(seconds=10)
"""How long everybody waits when asked to without being told for how long."""


class Pace:
    """Turns at what all workers share under one name, one after the other.

    Turns are reserved a second's worth at a time, at most MOST_AT_ONCE, so that a high rate does not keep the database
    busy. Without a limit in the rate, it is looked up once a second whether everybody is held back; with one, after
    each long wait.
    Who would wait for longer than PATIENCE gets RateLimited, and can let others have the worker's slot.
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
        # When it was known whether everybody is held back: by a look, and for the turns by reserving them.
        self._looked_at = self._reserved_at = datetime.min.replace(tzinfo=UTC)
        self._asking = asyncio.Lock()

    async def turn(self) -> None:
        """Wait for a turn. Raises RateLimited when it is too far away, and what a Storage raises."""
        while True:
            async with self._asking:
                at = await self._next()
                known_at = self._reserved_at
            # Whoever was held back lines up again, or all of them would begin at the same moment.
            if await self._comes(at) and not await self._is_held_back(at, known_at):
                return

    async def hold_back(self, wait: timedelta | None) -> None:
        """Let nobody have a turn for so long, here and on all other machines; it shortens no longer wait."""
        now = self._clock.now()
        until = now + (UNSAID if wait is None else min(wait, LONGEST_WAIT))
        self._held_until = held_longer(self._held_until, until, now=now)
        self._turns.clear()
        await self._limits().hold_back(self._name, until=self._held_until, now=now)

    async def _next(self) -> datetime:
        await self._clock.follow()
        now = self._clock.now()
        held_until = possibly_held(self._held_until, now=now) or now
        earliest = held_until if held_until > now else now - LAPSE
        while self._turns and not earliest <= self._turns[0] <= self._latest(now):
            self._turns.popleft()
        if not self._turns:
            await self._reserve(now, max(held_until, now))
        return self._turns.popleft() if self._rate.per_minute else self._turns[0]

    async def _reserve(self, now: datetime, earliest: datetime) -> None:
        units = self._rate.at_once
        found = await self._limits().reserve(self._name, self._rate, units, now=earliest, until=now + PATIENCE)
        if not found.granted:
            wait = found.starts_at - now
            raise RateLimited(f"the next turn at {self._name} is {wait} away", retry_after=wait)
        self._reserved_at = now
        if not self._rate.per_minute and found.starts_at > earliest:
            # Nobody reserves ahead without a limit: everybody is held back until then.
            self._held_until = held_longer(self._held_until, found.starts_at, now=now)
        self._turns.extend(found.starts_at + number * self._rate.interval for number in range(units))

    def _latest(self, now: datetime) -> datetime:
        """No turn comes later, unless by a clock that was ahead."""
        if self._rate.per_minute:
            return now + FARTHEST
        return max(possibly_held(self._held_until, now=now) or now, now)

    async def _comes(self, at: datetime) -> bool:
        """Wait until then; False where no turn comes so late, because the clock was set right."""
        while at > (now := self._clock.now()):
            if at > self._latest(now):
                return False
            await self._sleep((at - now).total_seconds())
        return True

    async def _is_held_back(self, at: datetime, known_at: datetime) -> bool:
        """Whether somebody was asked to wait since this turn was reserved, here or elsewhere, and for longer."""
        async with self._asking:
            now = self._clock.now()
            # What was known in the future was so by a clock that has been set right.
            if not any(now - LOOK <= moment <= now for moment in (known_at, self._looked_at)):
                held = possibly_held(await self._limits().held(self._name), now=now)
                self._held_until = held_longer(self._held_until, held, now=now) if held else self._held_until
                self._looked_at = now
            held_until = possibly_held(self._held_until, now=now)
        return held_until is not None and at < held_until
