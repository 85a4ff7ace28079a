"""What keeps the queue in order, done by every worker now and then."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from kodit.application.tasks.ports import Clock, Presence
from kodit.application.unit_of_work import Storage
from kodit.domain.tasks.claim import Retention

AT_ONCE = 500
"""Runs removed in one transaction, so that nobody waits long for it."""
FORGET_WORKERS = timedelta(days=1)

NAP = timedelta(seconds=15)
"""Whoever has not seen the queue for longer was asleep with his machine, or cut off, as others may have been."""
GRACE = timedelta(seconds=10)
"""How long he leaves others the time to prolong what they have in hand, before he takes what ran out meanwhile."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long runs are kept once they are over: so long, but no more than `most`; failed ones longer, all of them."""

    time: timedelta = timedelta(days=7)
    failed: timedelta = timedelta(days=90)
    most: int = 10_000


class Upkeep:
    """Takes tasks from the dead and the silent, and removes what need not be kept."""

    def __init__(self, *, storage: Storage, presence: Presence, clock: Clock, keeping: Keeping) -> None:
        self._storage = storage
        self._presence = presence
        self._clock = clock
        self._keeping = keeping
        self._saw_at: datetime | None = None
        self._woke_at: datetime | None = None

    async def rescue(self, owner: str, *, keep: Callable[[Storage], Awaitable[None]]) -> int:
        """Take over from the workers that are silent or dead, on behalf of one that is neither; tells how many.

        `keep` prolongs what that one has in hand, and is called before anything is taken.
        """
        now = self._clock.now()
        async with self._storage.read() as unit:
            gone = self._presence.gone(await unit.tasks.owners() - {owner})
            due = await unit.tasks.next_due()
        if self._saw_at is not None and now - self._saw_at > NAP:
            self._woke_at = now
        self._saw_at = now
        if not gone and (due is None or due > now):
            return 0
        await keep(self._storage)
        if self._woke_at is not None and timedelta(0) <= now - self._woke_at < GRACE:
            return 0
        async with self._storage.write() as unit:
            if self._clock.now() - now >= GRACE:
                # Whoever would prolong his leases had to wait as long.
                return 0
            lapsed = await unit.tasks.rescue(now=now, gone=gone)
        if lapsed.tasks:
            log.warning("took over tasks", tasks=list(lapsed.tasks), buried=lapsed.buried)
        return len(lapsed.tasks)

    async def prune(self) -> int:
        """Remove the runs that need not be kept, in small steps; tells how many."""
        now = self._clock.now()
        retention = Retention(
            finished_until=now - self._keeping.time, failed_until=now - self._keeping.failed, keep=self._keeping.most
        )
        removed = AT_ONCE
        total = 0
        while removed == AT_ONCE:
            async with self._storage.write() as unit:
                removed = await unit.tasks.prune(retention, most=AT_ONCE)
            total += removed
        async with self._storage.write() as unit:
            await unit.workers.prune(before=now - FORGET_WORKERS)
        return total
