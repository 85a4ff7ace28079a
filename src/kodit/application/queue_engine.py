"""Tasks of a program's own, on kodit's queue."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from enum import IntEnum
from itertools import islice
from typing import Any

from kodit.application.tasks.admission import (
    checked_key,
    checked_number,
    checked_payload,
    checked_priority,
    checked_type,
)
from kodit.application.tasks.queue_service import QueueService
from kodit.application.tasks.runs_over import RunsOver
from kodit.application.tasks.work import Handlers, Work
from kodit.application.tasks.worker import IndexingWorkerService
from kodit.application.unit_of_work import Storage
from kodit.application.views import DeadFilter, DeadLetter, Views
from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.numbers import told
from kodit.domain.tasks.pipeline import Pipeline
from kodit.domain.tasks.policy import Done, Failed, Outcome, Retry, Skipped, Snoozed
from kodit.domain.tasks.progress import Step
from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task import Task

OwnHandler = Callable[[Work], Awaitable[Outcome | None]]
"""Carries out tasks of one type. None is as good as Done()."""
NewWorker = Callable[[Handlers, int], IndexingWorkerService]
"""Makes a worker with so many slots."""
StopSignals = Callable[[Callable[[], object]], AbstractContextManager[None]]
"""Calls what it is given at the first signal that asks the program to stop, while the block runs."""

AT_ONCE = 1_000
"""Runs that `enqueue_all` stores in one transaction, so that workers need not wait for long."""
GRACE = timedelta(seconds=30)
"""How long what is in hand may take to end, once the work shall stop."""


class QueueEngine:
    """Kodit's queue for tasks that kodit knows nothing of. Get one from `kodit.open_queue`.

    Types are members of an IntEnum of the program's own, with numbers from 1000. Each task is carried out at least
    once, and settled exactly once. A run may be given as such or by its id, and so may a task.

    Foreseeable faults are raised as `KoditError`: InvalidInput for what makes no sense, and from every method but
    `stop` Unavailable, Locked, StorageFull or DatabaseUnusable when the database does not do its part.
    """

    def __init__(
        self,
        *,
        storage: Storage,
        views: Callable[[], Views],
        queue: QueueService,
        runs_over: RunsOver,
        new_worker: NewWorker,
        stop_signals: StopSignals,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self._storage = storage
        self._views = views
        self._queue = queue
        self._runs_over = runs_over
        self._new_worker = new_worker
        self._stop_signals = stop_signals
        self._close = close
        self._stopping: set[asyncio.Event] = set()

    async def enqueue(
        self, pipeline: Pipeline, *, dedup_key: str, payload: Mapping[str, Any] | None = None, priority: int = 0
    ) -> Run:
        """Store a run of the pipeline, unless one with this key is live: that one is given, and is followed by another
        when it has begun. A higher priority goes first.

        The run that is given and the one that follows it have the payload of the first; what makes a difference belongs
        into the key. `payload` is a dictionary that can be written as JSON.

        Raises InvalidInput for what cannot be stored, Conflict within a unit of work of a handler that writes.
        """
        await self._storage.check_nesting()
        key = checked_key(pipeline, dedup_key)
        content = checked_payload({} if payload is None else payload)
        return await self._queue.enqueue(pipeline, dedup_key=key, payload=content, priority=checked_priority(priority))

    async def enqueue_all(
        self, pipeline: Pipeline, payloads: Mapping[str, Mapping[str, Any]], *, priority: int = 0
    ) -> Sequence[Run]:
        """The same for many payloads by their keys, far faster: `AT_ONCE` of them in a transaction, in this order.

        Raises InvalidInput for what cannot be stored, Conflict as `enqueue` does; what comes before it in earlier
        transactions stays stored.
        """
        checked_priority(priority)
        runs: list[Run] = []
        await self._queue.follow()
        for batch in _batches(payloads):
            news = [
                self._queue.planned(pipeline, checked_key(pipeline, key), checked_payload(payload), priority)
                for key, payload in batch
            ]
            runs += await self._queue.enqueue_all(news)
        return runs

    async def work(
        self,
        handlers: Mapping[IntEnum, OwnHandler],
        *,
        slots: int = 10,
        drain: bool = False,
        grace: timedelta = GRACE,
        signals: bool = True,
    ) -> None:
        """Carry out tasks of these types, `slots` at a time, until told to stop; with `drain`, until none is ready.

        It stops by `stop`, and with `signals` at SIGINT or SIGTERM: no new tasks, and what is in hand has `grace` to
        end and is then given back unharmed. The first signal is for every `work` of the program, a second does what it
        does without kodit. Handlers that were set by `loop.add_signal_handler` before are called as well, those set by
        `signal.signal` only once no `work` listens any more; all are left as they were. One that is set in either way
        while it works has the signal to itself, and `work` goes on. When it is cancelled, it gives back at once what is
        in hand.

        Raises InvalidInput for a type that is kodit's, no handlers, no slots, and more than 1,000,000,000 of them.
        """
        if not handlers or slots == 0:
            raise InvalidInput(
                f"{len(handlers)} handlers in {slots} slots do nothing", remedy="give at least one of each"
            )
        checked_number("the number of slots", slots, least=1)
        worker = self._new_worker(
            {checked_type(kind): _bound(kind, handler) for kind, handler in handlers.items()}, slots
        )
        stopping = asyncio.Event()
        self._stopping.add(stopping)
        asked = asyncio.create_task(stopping.wait())
        working = asyncio.create_task(worker.run(drain=drain))
        try:
            with self._stop_signals(stopping.set) if signals else nullcontext():
                await asyncio.wait({working, asked}, return_when=asyncio.FIRST_COMPLETED)
                if not working.done():
                    worker.stop()
                    await asyncio.wait({working}, timeout=grace.total_seconds())
        finally:
            self._stopping.discard(stopping)
            asked.cancel()
            await worker.abandon()
            await working

    def stop(self) -> None:
        """Let every `work` of this object come to its end."""
        for stopping in self._stopping:
            stopping.set()

    async def finished(self, run: Run | int) -> Run:
        """The run as it is once it is over, carried out by whichever process. Raises NotFound when it is not kept."""
        return await self._runs_over.wait(_id(run))

    async def run(self, run: Run | int) -> Run:
        """A run as it is now. Raises NotFound."""
        async with self._storage.read() as unit:
            return await unit.tasks.run(_id(run))

    async def tasks(self, run: Run | int) -> Sequence[Task]:
        """The tasks of a run as they are now, with their errors, by id.

        The type of each is equal to a member of the program's own enumeration, but goes by its number: TYPE_1000.
        Raises NotFound.
        """
        async with self._storage.read() as unit:
            return await unit.tasks.tasks_of((await unit.tasks.run(_id(run))).id)

    async def steps(self, run: Run | int) -> Sequence[Step]:
        """What its tasks reported by `work.progress`, in the order in which it began. Raises NotFound."""
        async with self._storage.read() as unit:
            return await unit.progress.of_run((await unit.tasks.run(_id(run))).id)

    async def cancel(self, run: Run | int) -> Run:
        """Cancel what waits of a run, and let what runs of it stop. Raises NotFound, Conflict when it is over."""
        return await self._queue.cancel(_id(run))

    async def dead(self, kind: IntEnum, *, limit: int = 50) -> Sequence[DeadLetter]:
        """The tasks of a type that failed for good, the last that died first: at most `limit` of them.

        Raises InvalidInput for a type that is kodit's, and for a limit below 0 or beyond 1,000,000,000.
        """
        most = checked_number("the limit", limit, least=0)
        return await self._views().dead(DeadFilter(type=checked_type(kind)), limit=most)

    async def retry(self, task: Task | DeadLetter | int) -> Run:
        """Give a dead or cancelled task its attempts back; what comes after it goes on from there.

        Raises NotFound; IllegalMove in any other state; Conflict when a newer run has taken its place.
        """
        return await self._queue.retry(_id(task))

    async def pause(self, kind: IntEnum) -> None:
        """Let nothing of a type be begun any more, by any worker; what runs goes on.

        Raises InvalidInput for a type that is kodit's.
        """
        await self._queue.pause(checked_type(kind))

    async def resume(self, kind: IntEnum) -> None:
        """Let what was paused be begun again. Raises InvalidInput for a type that is kodit's."""
        await self._queue.resume(checked_type(kind))

    async def limit(self, kind: IntEnum, most: int | None) -> None:
        """Let at most so many tasks of a type run at a time, on all machines together; None for any number.

        Raises InvalidInput for less than one or more than 1,000,000,000, and for a type that is kodit's.
        """
        checked_type(kind)
        if isinstance(most, int) and most < 1:
            raise InvalidInput(
                f"a limit of {told(most)} lets no {kind.name} task run",
                remedy=f"to hold them back, pause them: pause({kind.name})",
            )
        await self._queue.limit(kind, None if most is None else checked_number("the limit", most, least=1))

    async def close(self) -> None:
        """End what was begun. What still waits for a run is cancelled."""
        await self._runs_over.close()
        await self._close()

    async def __aenter__(self) -> "QueueEngine":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _id(one: Run | Task | DeadLetter | int) -> int:
    return one if isinstance(one, int) else one.id


def _batches(payloads: Mapping[str, Mapping[str, Any]]) -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    rest = iter(payloads.items())
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _bound(kind: IntEnum, handler: OwnHandler) -> Callable[[Work], Awaitable[Outcome]]:
    """The handler as the worker calls it: with the type by its own name, and with an outcome that is one."""

    async def attempt(work: Work) -> Outcome:
        outcome = await handler(replace(work, task=work.task._replace(type=kind)))
        if outcome is None:
            return Done()
        if not isinstance(outcome, Done | Skipped | Retry | Snoozed | Failed):
            return Failed(f"the handler of {kind.name} gave {outcome!r}, which is no outcome", kind="TypeError")
        return outcome

    return attempt
