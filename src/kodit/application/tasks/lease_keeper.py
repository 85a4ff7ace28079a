"""Keeping what a worker has in hand, and noticing when it may not."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog

from kodit.application.tasks.heartbeat import Heartbeat, OpenStorage
from kodit.application.tasks.in_hand import Attempt, InHand, tokens
from kodit.application.tasks.ports import Clock, Presence
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import TransientError
from kodit.domain.tasks.claim import Demand
from kodit.domain.tasks.policy import Policies
from kodit.domain.tasks.task import Task


class _Unsettled(Exception):
    """The worker leaves, and nobody could be told."""


log = structlog.get_logger(__name__)


class LeaseKeeper:
    """Prolongs a worker's leases and tells others that it is there, from a thread that its work cannot hold up.

    `demand` is what others are told that it can take. Whoever finds that a task was cancelled, or is somebody else's by
    now, stops the attempt at it.
    """

    def __init__(
        self,
        *,
        owner: str,
        demand: Demand,
        lease: timedelta,
        in_hand: InHand,
        policies: Policies,
        presence: Presence,
        clock: Clock,
    ) -> None:
        self._owner = owner
        self._demand = demand
        self._lease = lease
        self._in_hand = in_hand
        self._policies = policies
        self._presence = presence
        self._clock = clock
        self._began_at = clock.now()
        self._leaves_untold = False

    @asynccontextmanager
    async def keeping(self, open_storage: OpenStorage) -> AsyncIterator[None]:
        """Be there, and keep the leases, while the block runs."""
        loop = asyncio.get_running_loop()
        self._began_at = self._clock.now()

        async def beat(storage: Storage) -> None:
            await self._beat(storage, loop)

        with suppress(_Unsettled), self._presence.register(self._owner):
            async with Heartbeat(open_storage, beat, self._lease / 3):
                yield
            if self._leaves_untold:
                # What it had in hand may still be leased to it: let others of this machine see that it is gone.
                raise _Unsettled

    async def look(self, storage: Storage) -> None:
        """See whether something in hand was cancelled or lost."""
        # What is claimed while the queue is asked is not part of the answer, and must not be taken for lost.
        attempts = self._in_hand.now()
        if attempts:
            async with storage.read() as unit:
                held = await unit.tasks.held(tokens(attempts.values()))
            self._in_hand.heed(attempts, held)

    async def prolong(self, storage: Storage) -> None:
        """Prolong the leases of what is in hand, also those that ran out while nobody took the task."""
        self._in_hand.heed(*await self._extended(storage, asyncio.get_running_loop()))

    async def appear(self, storage: Storage) -> None:
        """Tell everybody that this worker is there."""
        now = self._clock.now()
        worker = self._presence.introduce(
            self._owner, self._demand, started_at=self._began_at, seen_at=now, alive_until=now + self._lease
        )
        async with storage.write() as unit:
            await unit.workers.seen(worker)

    async def leave(self, storage: Storage) -> None:
        """Tell everybody that it is gone."""
        try:
            async with storage.write() as unit:
                await unit.workers.left(self._owner)
        except TransientError as error:
            log.warning("cannot sign off", error=str(error))
            self._leaves_untold = True

    async def _beat(self, storage: Storage, loop: asyncio.AbstractEventLoop) -> None:
        """In the heartbeat's thread."""
        loop.call_soon_threadsafe(self._in_hand.heed, *await self._extended(storage, loop))
        await self.appear(storage)

    async def _extended(
        self, storage: Storage, loop: asyncio.AbstractEventLoop
    ) -> tuple[Mapping[int, Attempt], Sequence[Task]]:
        """What is in hand and does not hang, and what of it is held for longer now."""
        attempts = {task_id: one for task_id, one in self._in_hand.now().items() if not self._hangs(one, loop.time())}
        if not attempts:
            return attempts, ()
        claimed = [attempt.task for attempt in attempts.values()]
        async with storage.write() as unit:
            return attempts, await unit.tasks.extend(claimed, until=self._clock.now() + self._lease)

    def _hangs(self, attempt: Attempt, now: float) -> bool:
        """Whether it should long have been stopped: then somebody else shall have the task."""
        limit = self._policies.of(attempt.task.type).time_limit
        # As numbers, because a sum of spans may be more than a timedelta can hold.
        return limit is not None and now > attempt.begun + limit.total_seconds() + self._lease.total_seconds()
