"""What keeps the queue in order, done by every worker now and then."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from kodit.application.tasks.ports import Clock, Presence
from kodit.application.tasks.watch import Watch
from kodit.application.unit_of_work import Storage
from kodit.domain.tasks.claim import Retention

AT_ONCE = 500
"""Runs removed in one transaction, so that nobody waits long for it."""
FORGET_WORKERS = timedelta(days=1)
PATIENCE = timedelta(seconds=15)
"""For how long at least what ran out in a gap is spared; half a lease where that is longer. Who lives prolongs what he
has in hand at every third of a lease: he does so within that time, and loses nothing in a gap that is shorter."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long runs are kept once they are over: so long, but no more than `most`; failed ones longer, all of them."""

    time: timedelta = timedelta(days=7)
    failed: timedelta = timedelta(days=90)
    most: int = 10_000


class Upkeep:
    """Takes tasks from the dead and the silent, and removes what need not be kept."""

    def __init__(
        self, *, storage: Storage, presence: Presence, clock: Clock, keeping: Keeping, lease: timedelta
    ) -> None:
        self._storage = storage
        self._presence = presence
        self._clock = clock
        self._keeping = keeping
        self._watch = Watch(max(lease / 2, PATIENCE))

    async def rescue(self, owner: str, *, keep: Callable[[Storage], Awaitable[None]], hurried: bool = False) -> int:
        """Take over from the workers that are silent or dead, on behalf of one that is neither; tells how many.

        `keep` prolongs what that one has in hand, and is called before anything is taken. Who is `hurried`, because he
        is not to stay, takes what ran out before he came; others first see whether somebody is there.
        """
        now = self._clock.now()
        if hurried:
            self._watch.begin(now)
        async with self._storage.read() as unit:
            gone = self._presence.gone(await unit.tasks.owners() - {owner})
            due = await unit.tasks.next_due()
        if not gone and (due is None or due > now):
            self._watch.saw(now, now)
            return 0
        await keep(self._storage)
        async with self._storage.write() as unit:
            spared = self._watch.saw(now, self._clock.now())
            lapsed = await unit.tasks.rescue(now=now, gone=gone, spared=spared)
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
