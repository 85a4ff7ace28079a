"""Workers: claim by priority, keep the lease, settle."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from kodit.application.tasks.executor import Executor
from kodit.application.tasks.ports import Presence, Wakeups
from kodit.application.tasks.progress import ProgressReporter
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import LeaseLost, NotFound, TransientError
from kodit.domain.tasks.policy import Cancelled, Outcome, Released
from kodit.domain.tasks.task import Lease, Task, TaskState

LEASE = timedelta(seconds=60)
"""How long a silent worker keeps its tasks. Dead workers of the same machine are found at once."""
PATROL = timedelta(seconds=1)
"""How often a worker looks whether what it runs was cancelled, and half of what a user waits for that."""
LOOK = timedelta(seconds=5)
"""How often an idle worker looks at the queue though nobody woke it."""
SETTLE_TRIES = 5

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Attempt:
    """A task in hand."""

    task: Task
    job: asyncio.Task[None] | None = None
    stop_as: Outcome | None = field(default=None)
    """What to settle as when the job is cancelled; None when the lease is lost and nothing may be settled."""


class IndexingWorkerService:
    """Several slots in one process, each running one task at a time.

    `concurrency` is the number of slots. A worker holds its tasks by leases that it prolongs while they run.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        executor: Executor,
        wakeups: Wakeups,
        presence: Presence,
        now: Callable[[], datetime],
        concurrency: int = 3,
        lease: timedelta = LEASE,
    ) -> None:
        self._storage = storage
        self._executor = executor
        self._wakeups = wakeups
        self._presence = presence
        self._now = now
        self._concurrency = concurrency
        self._lease = lease
        self._owner = presence.owner()
        self._running: dict[int, _Attempt] = {}
        self._settled: Counter[TaskState] = Counter()
        self._stopping = False
        self._beat_at: datetime | None = None

    @property
    def running(self) -> int:
        """How many tasks are in hand."""
        return len(self._running)

    @property
    def settled(self) -> Mapping[TaskState, int]:
        """How many attempts it has ended so far, by the state that they left their task in."""
        return self._settled

    async def run(self, *, drain: bool = False) -> None:
        """Work until `stop`; with `drain`, until nothing is ready and nothing is in hand."""
        with self._presence.register(self._owner):
            patrol = asyncio.create_task(self._patrol())
            try:
                await self._work(drain)
            finally:
                patrol.cancel()
                await asyncio.gather(patrol, return_exceptions=True)
                await self._release()

    def stop(self) -> None:
        """Claim no more; `run` returns when what is in hand has ended."""
        self._stopping = True
        self._wakeups.notify()

    async def abandon(self) -> None:
        """Give back what is in hand, unharmed, without waiting for it."""
        self.stop()
        await self._release()

    async def _work(self, drain: bool) -> None:
        await self._rescue()
        while not self._stopping:
            claimed = await self._claim()
            if drain and not claimed and not self._running:
                return
            if not claimed:
                await self._wakeups.wait(await self._patience())
        while self._running:
            await self._wakeups.wait(LOOK.total_seconds())

    async def _claim(self) -> bool:
        """Fill the free slots."""
        free = self._concurrency - len(self._running)
        if free <= 0:
            return False
        now = self._now()
        lease = Lease(owner=self._owner, token=uuid4().hex, until=now + self._lease)
        try:
            async with self._storage.write() as unit:
                claimed = await unit.tasks.claim(lease, limit=free, now=now)
        except TransientError as error:
            await log.awarning("cannot claim now", error=str(error))
            return False
        for task in claimed:
            attempt = _Attempt(task)
            self._running[task.id] = attempt
            attempt.job = asyncio.create_task(self._attempt(attempt))
        return bool(claimed)

    async def _attempt(self, attempt: _Attempt) -> None:
        task = attempt.task
        structlog.contextvars.bind_contextvars(
            task_id=task.id, run_id=task.run_id, index_id=task.payload.get("index_id"), attempt=task.attempts
        )
        outcome: Outcome | None
        try:
            await log.ainfo("task started", type=task.type.name)
            async with self._storage.write() as unit:
                await unit.progress.reset(task.id)
            outcome = await self._executor.attempt(Work(task, ProgressReporter(self._storage, task.id, self._now)))
        except asyncio.CancelledError:
            outcome = attempt.stop_as
        except TransientError as error:
            await log.awarning("cannot begin now", error=str(error))
            outcome = Released()
        try:
            if outcome is not None:
                await self._settle(task, outcome)
        finally:
            self._running.pop(task.id, None)
            self._wakeups.notify()

    async def _settle(self, task: Task, outcome: Outcome) -> None:
        for _ in range(SETTLE_TRIES):
            now = self._now()
            chance = random.random()  # noqa: S311 - spreads retries, guards nothing
            settled = task.settled(outcome, policy=self._executor.policy, now=now, chance=chance)
            try:
                async with self._storage.write() as unit:
                    await unit.tasks.settle(task, settled, outcome, now=now)
            except TransientError as error:
                await log.awarning("cannot settle now", error=str(error))
            except (LeaseLost, NotFound) as error:
                await log.awarning("the task is no longer ours", error=str(error))
                return
            else:
                self._settled[settled.state] += 1
                await log.ainfo("task ended", type=task.type.name, state=settled.state.value, note=settled.note)
                return
        # The lease runs out by itself, and the task is tried again.

    async def _patrol(self) -> None:
        """Prolong leases and notice cancellation, apart from the work, which may take long."""
        while True:
            await asyncio.sleep(PATROL.total_seconds())
            if not self._running:
                continue
            try:
                await self._keep()
            except TransientError as error:
                await log.awarning("cannot keep the lease now", error=str(error))

    async def _keep(self) -> None:
        now = self._now()
        # What is claimed while the queue is asked is not part of the answer, and must not be taken for lost.
        attempts = dict(self._running)
        tokens = {attempt.task.lease_token for attempt in attempts.values() if attempt.task.lease_token}
        if self._beat_at is None or now - self._beat_at >= self._lease / 3:
            self._beat_at = now
            async with self._storage.write() as unit:
                held = [
                    task
                    for token in tokens
                    for task in await unit.tasks.extend(token, until=now + self._lease, now=now)
                ]
        else:
            async with self._storage.read() as unit:
                held = [await unit.tasks.get(task_id) for task_id in attempts]
        self._compare(attempts, {task.id: task for task in held if task.lease_token in tokens})

    def _compare(self, attempts: dict[int, _Attempt], held: dict[int, Task]) -> None:
        """Stop the attempts whose task was cancelled, or is no longer ours."""
        for task_id, attempt in attempts.items():
            stored = held.get(task_id)
            if stored is None or stored.cancel_requested:
                attempt.stop_as = None if stored is None else Cancelled()
                if attempt.job is not None:
                    attempt.job.cancel()

    async def _release(self) -> None:
        """Stop what runs and give it back."""
        attempts = list(self._running.values())
        for attempt in attempts:
            attempt.stop_as = Released()
            if attempt.job is not None:
                attempt.job.cancel()
        await asyncio.gather(*(attempt.job for attempt in attempts if attempt.job), return_exceptions=True)

    async def _rescue(self) -> None:
        """Take over from workers that are silent or dead."""
        async with self._storage.read() as unit:
            gone = self._presence.gone(await unit.tasks.owners() - {self._owner})
        async with self._storage.write() as unit:
            lapsed = await unit.tasks.rescue(now=self._now(), gone=gone)
        if lapsed.tasks:
            await log.awarning("took over tasks", tasks=list(lapsed.tasks), buried=lapsed.buried)

    async def _patience(self) -> float:
        """Seconds until the queue needs a look, unless something wakes us."""
        async with self._storage.read() as unit:
            due = await unit.tasks.next_due()
        if due is None:
            return LOOK.total_seconds()
        now = self._now()
        if due <= now:
            await self._rescue()
        return min(max((due - now).total_seconds(), 0.01), LOOK.total_seconds())
