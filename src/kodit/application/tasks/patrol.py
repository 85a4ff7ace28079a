"""What a worker does for the queue as a whole while its tasks run."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import structlog

from kodit.application.tasks.lease_keeper import LeaseKeeper
from kodit.application.tasks.ports import Clock, Wakeups
from kodit.application.tasks.upkeep import Upkeep
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import TransientError

PATROL = timedelta(seconds=1)
"""How often a worker looks whether what it runs was cancelled, and half of what a user waits for that."""
LOOK = timedelta(seconds=5)
"""How often an idle worker looks at the queue though nobody woke it, and every worker for workers that died."""
PRUNE = timedelta(minutes=10)
"""How often a worker removes what need not be kept."""

log = structlog.get_logger(__name__)


class Patrol:
    """Notices cancellation and keeps the queue in order, on behalf of one worker. Whatever fails, it goes on."""

    def __init__(
        self, keeper: LeaseKeeper, upkeep: Upkeep, *, storage: Storage, wakeups: Wakeups, clock: Clock, owner: str
    ) -> None:
        self._keeper = keeper
        self._upkeep = upkeep
        self._storage = storage
        self._wakeups = wakeups
        self._clock = clock
        self._owner = owner

    async def run(self) -> None:
        """Go round, and prune besides, until it is cancelled."""
        # A great deal to remove shall not keep anybody from noticing a cancellation.
        await asyncio.gather(self._rounds(), self._prunings())

    async def take_over(self, *, hurried: bool = False) -> None:
        """Take the tasks of workers that are dead or silent; see Upkeep."""
        await _guarded(self._rescue(hurried=hurried))

    async def _rounds(self) -> None:
        number = 0
        while True:
            await asyncio.sleep(PATROL.total_seconds())
            number += 1
            await _guarded(self._round(number))

    async def _prunings(self) -> None:
        pause = PATROL
        while True:
            await asyncio.sleep(pause.total_seconds())
            await _guarded(self._upkeep.prune())
            pause = PRUNE

    async def _round(self, number: int) -> None:
        await self._keeper.look(self._storage)
        if number % round(LOOK / PATROL) == 0:
            await self._clock.follow()
            await self._rescue()

    async def _rescue(self, *, hurried: bool = False) -> None:
        if await self._upkeep.rescue(self._owner, keep=self._keeper.prolong, hurried=hurried):
            self._wakeups.announce()


async def _guarded(doing: Coroutine[Any, Any, object]) -> None:
    try:
        await doing
    except TransientError as error:
        log.warning("cannot look after the queue now", error=str(error))
    except Exception:  # without a patrol nobody would notice a cancellation any more
        log.error("looking after the queue failed unexpectedly", exc_info=True)
