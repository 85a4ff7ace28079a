"""Workers: settle what ended and claim what comes next, in one transaction; keep the leases; notice cancellation."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from kodit.application.tasks.executor import Executor
from kodit.application.tasks.fence import FencedStorage
from kodit.application.tasks.heartbeat import OpenStorage
from kodit.application.tasks.in_hand import Attempt, InHand, names
from kodit.application.tasks.lease_keeper import LeaseKeeper
from kodit.application.tasks.observing import Unobserved
from kodit.application.tasks.patrol import LOOK, PATROL, Patrol
from kodit.application.tasks.ports import AttemptObserver, Clock, Presence, Wakeups
from kodit.application.tasks.progress import ProgressReporter
from kodit.application.tasks.prospect import Prospect
from kodit.application.tasks.terms import Terms
from kodit.application.tasks.unanswered import Unanswered
from kodit.application.tasks.upkeep import Upkeep
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.errors import TransientError
from kodit.domain.tasks.claim import Demand, Ending, Settlement
from kodit.domain.tasks.policy import Outcome, Released, RetryPolicy
from kodit.domain.tasks.task import Lease, Task, TaskState

TRIES = 5
PUT_OFF = RetryPolicy(base=timedelta(milliseconds=100), longest=LOOK)
"""The pauses of a worker that cannot reach the queue."""


class IndexingWorkerService:
    """Several slots in one process, each running one task at a time."""

    def __init__(  # noqa: PLR0913 - what a worker needs from the world, each by its name
        self,
        *,
        storage: Storage,
        open_storage: OpenStorage,
        executor: Executor,
        wakeups: Wakeups,
        presence: Presence,
        clock: Clock,
        terms: Terms,
        observer: AttemptObserver | None = None,
        endings: Wakeups | None = None,
    ) -> None:
        self._storage = storage
        self._open_storage = open_storage
        self._executor = executor
        self._wakeups = wakeups
        self._presence = presence
        self._clock = clock
        self._terms = terms
        self._observer = observer or Unobserved()
        self._endings = endings
        self._owner = presence.owner()
        # Bound once: asked of the module each time, a line that is not written would cost as much as one that is.
        self._log = structlog.get_logger(__name__).bind()
        self._in_hand = InHand()
        self._ended: list[tuple[Task, Outcome]] = []
        self._settled: Counter[TaskState] = Counter()
        self._snoozed = 0
        self._unanswered = Unanswered()
        self._failures = 0
        self._error: Exception | None = None
        self._stopping = False
        self._prospect = Prospect(storage=storage, clock=clock, terms=terms, types=executor.types)
        self._keeper = LeaseKeeper(
            owner=self._owner,
            demand=Demand(limit=terms.slots, types=executor.types, places=terms.places),
            lease=terms.lease,
            in_hand=self._in_hand,
            policies=executor.policies,
            presence=presence,
            clock=clock,
        )
        upkeep = Upkeep(storage=storage, presence=presence, clock=clock, keeping=terms.keeping, lease=terms.lease)
        self._patrol = Patrol(self._keeper, upkeep, storage=storage, wakeups=wakeups, clock=clock, owner=self._owner)

    @property
    def running(self) -> int:
        """How many tasks are in hand."""
        return len(self._in_hand)

    @property
    def settled(self) -> Mapping[TaskState, int]:
        """How many attempts it has ended so far, by the state that they left their task in; snoozes are none."""
        return self._settled

    @property
    def snoozed(self) -> int:
        """How often a task asked to be looked at later."""
        return self._snoozed

    async def run(self, *, drain: bool = False) -> None:
        """Work until `stop`; with `drain`, until nothing is ready and nothing is in hand.

        Raises with `drain` what kept it from finding out.
        """
        await self._clock.follow()
        async with self._keeper.keeping(self._open_storage):
            patrol = asyncio.create_task(self._patrol.run())
            try:
                await self._keeper.appear(self._storage)
                await self._work(drain)
            finally:
                patrol.cancel()
                await asyncio.gather(patrol, return_exceptions=True)
                await self._leave()

    def stop(self) -> None:
        """Claim no more; `run` returns when what is in hand has ended."""
        self._stopping = True
        self._wakeups.notify()

    async def abandon(self) -> None:
        """Stop, and give back what is in hand, unharmed, without waiting for it to be done."""
        self.stop()
        await self._in_hand.release()

    async def _work(self, drain: bool) -> None:
        await self._patrol.take_over(hurried=drain)
        while True:
            if self._prospect.is_past(self._clock.now()):
                # It may have been the end of a lease.
                self._prospect.forget()
                await self._patrol.take_over()
            moved = await self._turn()
            if moved or self._ended or (self._unanswered.is_to_ask and self._failures < TRIES):
                continue
            if not self._in_hand and (self._stopping or drain):
                if self._stopping or self._error is None:
                    return
                # What failed does not tell that nothing is left.
                if not 0 < self._failures < TRIES:
                    raise self._error
                continue
            longest = PATROL if self._unanswered else LOOK
            self._prospect.heard(told=await self._wakeups.wait(self._prospect.patience(longest)))

    async def _turn(self) -> bool:
        """Settle what has ended and fill the free slots, in one transaction; tells whether it did anything.

        Who settled and found nothing looks again before he rests: what another made ready at the same moment, a turn
        that is one statement may not have seen.
        """
        await self._take_up()
        free = 0 if self._stopping else self._terms.slots - len(self._in_hand)
        if not self._ended and not (free > 0 and await self._finds(free)):
            return False
        over, self._ended = self._ended, []
        now = self._clock.now()
        # All of the same moment: what is written alike is written at once.
        ended = [self._ending(task, outcome, now) for task, outcome in over]
        lease = Lease(owner=self._owner, token=uuid4().hex, until=now + self._terms.lease)
        demand = self._prospect.demand(free, now)

        async def turn(unit: UnitOfWork) -> tuple[Settlement, Sequence[Task]]:
            return await unit.tasks.exchange(ended, lease, demand, now=now)

        try:
            # A claim that a power cut undoes was that of a worker that is gone too.
            settlement, claimed = await self._storage.transact(turn, lasting=bool(ended))
        except TransientError as error:
            self._unanswered.add(lease)
            await self._put_off(over, error)
            return False
        except asyncio.CancelledError:
            self._unanswered.add(lease)
            self._ended = [*over, *self._ended]
            raise
        except Exception as error:  # noqa: BLE001 - a worker goes on
            # The queue was reached: trying again at once would end the same.
            self._failures, self._error = 0, error
            await self._drop(ended)
            return bool(ended)
        self._failures, self._error = 0, None
        self._prospect.claimed(len(claimed), of=free)
        self._begin(claimed)
        if ended:
            self._prospect.settled(ended)
            self._tell(ended, settlement.lost)
            if self._endings is not None:
                self._endings.announce()
            if settlement.readied > len(claimed):
                self._wakeups.announce()
        return bool(claimed or ended)

    async def _finds(self, free: int) -> bool:
        """Whether there may be something to claim for so many slots."""
        try:
            found = await self._prospect.finds(free)
        except TransientError as error:
            await self._put_off((), error)
            return False
        if not found:
            self._failures, self._error = 0, None
        return found

    async def _take_up(self) -> None:
        """Begin what was leased to us by a claim whose answer never came."""
        try:
            leased = await self._unanswered.leased(self._storage, self._clock.now())
        except TransientError as error:
            await self._put_off((), error)
            return
        self._begin(leased)

    def _begin(self, leased: Sequence[Task]) -> None:
        """Carry tasks out, or give them back if the worker was stopped while they were claimed."""
        for task in leased:
            if self._stopping:
                self._ended.append((task, Released()))
            else:
                self._in_hand.begin(task, self._attempt, self._over)

    async def _put_off(self, over: Sequence[tuple[Task, Outcome]], error: TransientError) -> None:
        """Settle later, while it makes sense: a lease that runs out lets the task be tried again anyway."""
        self._log.warning("cannot reach the queue now", error=str(error))
        self._failures, self._error = self._failures + 1, error
        if self._failures < TRIES or not self._stopping:
            self._ended = [*over, *self._ended]
        pause = PUT_OFF.pause(self._failures, chance=random.random())  # noqa: S311 - spreads tries, guards nothing
        await asyncio.sleep(pause.total_seconds())

    async def _drop(self, ended: Sequence[Ending]) -> None:
        """After an error that nobody foresaw: settle one by one, so that one task does not keep the others."""
        self._log.error("settling failed unexpectedly", exc_info=True)
        for ending in ended:
            try:
                async with self._storage.write() as unit:
                    settlement = await unit.tasks.settle([ending], now=self._clock.now())
            except Exception:  # noqa: BLE001 - the lease runs out by itself, and the task is tried again
                self._log.error("cannot settle", exc_info=True, **names(ending.claimed))
            else:
                self._tell([ending], settlement.lost)

    def _tell(self, ended: Sequence[Ending], lost: frozenset[int]) -> None:
        for ending in ended:
            task = ending.settled
            if task.id in lost:
                self._log.warning("the task is no longer ours", **names(task))
                continue
            if task.is_snoozed:
                self._snoozed += 1
            else:
                self._settled[task.state] += 1
            self._log.info("task ended", state=task.state.value, note=task.note, **names(task))

    async def _attempt(self, attempt: Attempt) -> Outcome | None:
        task = attempt.task
        structlog.contextvars.bind_contextvars(**names(task))
        outcome: Outcome | None = None
        try:
            with self._observer.attempt(task) as tell:
                try:
                    self._log.info("task started")
                    storage = FencedStorage(self._storage, task)
                    progress = ProgressReporter(storage, task.id, self._clock.now)
                    outcome = await self._executor.attempt(Work(task, progress, storage))
                except asyncio.CancelledError:
                    outcome = attempt.stop_as
                if outcome is not None:
                    tell(outcome)
        except Exception:
            self._log.error("watching the attempt failed unexpectedly", exc_info=True)
            if outcome is None:
                raise
        return outcome

    def _over(self, attempt: Attempt) -> None:
        outcome = attempt.outcome()
        if outcome is not None:
            self._ended.append((attempt.task, outcome))
        self._wakeups.notify()

    def _ending(self, task: Task, outcome: Outcome, now: datetime) -> Ending:
        chance = random.random()  # noqa: S311 - spreads retries, guards nothing
        policy = self._executor.policies.of(task.type)
        return Ending(task, task.settled(outcome, policy=policy, now=now, chance=chance), outcome)

    async def _leave(self) -> None:
        """Give back what is in hand, settle what is left, and say good-bye."""
        self._stopping = True
        await self._in_hand.release()
        await self._take_up()
        while self._ended:
            await self._turn()
        await self._keeper.leave(self._storage)
