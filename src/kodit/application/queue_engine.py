"""Tasks of a program's own, on kodit's queue."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from enum import IntEnum
from itertools import islice
from typing import Any

from kodit.application.tasks.queue_service import QueueService
from kodit.application.tasks.runs_over import RunsOver
from kodit.application.tasks.work import Handlers, Work
from kodit.application.tasks.worker import IndexingWorkerService
from kodit.application.unit_of_work import Storage
from kodit.application.views import DeadFilter, DeadLetter, Views
from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.pipeline import Pipeline
from kodit.domain.tasks.policy import Done, Failed, Outcome, Retry, Skipped
from kodit.domain.tasks.progress import Step
from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task import Task
from kodit.domain.tasks.task_type import FREE_FROM

OwnHandler = Callable[[Work], Awaitable[Outcome | None]]
"""Carries out tasks of one type. None is as good as Done()."""
NewWorker = Callable[[Handlers, int], IndexingWorkerService]
"""Makes a worker with so many slots."""
StopSignals = Callable[[Callable[[], object]], AbstractContextManager[None]]
"""Calls what it is given at the first signal that asks the program to stop, while the block runs."""

AT_ONCE = 1_000
"""Runs that `enqueue_all` stores in one transaction, so that workers need not wait for long."""
KEY = 100
"""Characters that a key may have."""
NAME = 32
"""Characters that the names of a pipeline and of a type may have."""
GRACE = timedelta(seconds=30)
"""How long what is in hand may take to end, once the work shall stop."""


class QueueEngine:
    """Kodit's queue for tasks that kodit knows nothing of. Get one from `kodit.open_queue`.

    Types are members of an IntEnum of the program's own, with numbers from 1000. Each task is carried out at least
    once, and settled exactly once. Foreseeable faults are raised as `kodit.domain.errors.KoditError`.
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

        `payload` must be JSON. Raises InvalidInput for what cannot be stored, and what a Storage raises.
        """
        key = _checked_key(pipeline, dedup_key)
        content = _checked_payload(payload or {})
        return await self._queue.enqueue(pipeline, dedup_key=key, payload=content, priority=priority)

    async def enqueue_all(
        self, pipeline: Pipeline, payloads: Mapping[str, Mapping[str, Any]], *, priority: int = 0
    ) -> Sequence[Run]:
        """The same for many payloads by their keys, far faster: `AT_ONCE` of them in a transaction, in this order."""
        runs: list[Run] = []
        await self._queue.follow()
        for batch in _batches(payloads):
            news = [
                self._queue.planned(pipeline, _checked_key(pipeline, key), _checked_payload(payload), priority)
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
        end and is then given back unharmed. A second signal does what it does without kodit. When it is cancelled, it
        gives back at once what is in hand.
        """
        worker = self._new_worker({_checked(kind): _bound(kind, handler) for kind, handler in handlers.items()}, slots)
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

    async def finished(self, run: Run) -> Run:
        """The run as it is once it is over, carried out by whichever process. Raises NotFound when it is not kept."""
        return await self._runs_over.wait(run.id)

    async def run(self, run_id: int) -> Run:
        """A run as it is now. Raises NotFound."""
        async with self._storage.read() as unit:
            return await unit.tasks.run(run_id)

    async def tasks(self, run: Run) -> Sequence[Task]:
        """The tasks of a run, with their errors, by id."""
        async with self._storage.read() as unit:
            return await unit.tasks.tasks_of(run.id)

    async def steps(self, run: Run) -> Sequence[Step]:
        """What its tasks reported by `work.progress`, in the order in which it began."""
        async with self._storage.read() as unit:
            return await unit.progress.of_run(run.id)

    async def cancel(self, run: Run) -> Run:
        """Cancel what waits of a run, and let what runs of it stop. Raises NotFound, Conflict when it is over."""
        return await self._queue.cancel(run.id)

    async def dead(self, kind: IntEnum, *, limit: int = 50) -> Sequence[DeadLetter]:
        """The tasks of a type that failed for good, the last that died first."""
        return await self._views().dead(DeadFilter(type=_checked(kind)), limit=limit)

    async def retry(self, task_id: int) -> Run:
        """Give a dead or cancelled task its attempts back; what comes after it goes on from there.

        Raises NotFound; IllegalMove in any other state; Conflict when a newer run has taken its place.
        """
        return await self._queue.retry(task_id)

    async def pause(self, kind: IntEnum) -> None:
        """Let nothing of a type be begun any more, by any worker; what runs goes on."""
        await self._queue.pause(_checked(kind))

    async def resume(self, kind: IntEnum) -> None:
        """Let what was paused be begun again."""
        await self._queue.resume(_checked(kind))

    async def limit(self, kind: IntEnum, most: int | None) -> None:
        """Let at most so many tasks of a type run at a time, on all machines together; None for any number."""
        await self._queue.limit(_checked(kind), most)

    async def close(self) -> None:
        """End what was begun. What still waits for a run is cancelled."""
        await self._runs_over.close()
        await self._close()

    async def __aenter__(self) -> "QueueEngine":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def own_types(kinds: Mapping[IntEnum, Any]) -> None:
    """Raises InvalidInput for a type whose number is not free."""
    for kind in kinds:
        _checked(kind)


def _checked(kind: IntEnum) -> IntEnum:
    if not isinstance(kind, IntEnum) or kind < FREE_FROM:
        raise InvalidInput(
            f"{kind!r} is no type of a program's own", remedy=f"an IntEnum with numbers from {FREE_FROM}"
        )
    if len(kind.name) > NAME:
        raise InvalidInput(f"the name {kind.name} is too long: {NAME} characters at most")
    return kind


def _checked_key(pipeline: Pipeline, dedup_key: str) -> str:
    """The key of a run as it is stored: each pipeline has keys of its own, and no key is one of kodit's."""
    for phase in pipeline:
        if not isinstance(phase.type, IntEnum):
            raise InvalidInput(f"pipeline {pipeline.name}: {phase.type!r} is no member of an IntEnum")
        _checked(phase.type)
    if not 0 < len(pipeline.name) <= NAME or not pipeline.name.replace("-", "").isalnum():
        raise InvalidInput(f"{pipeline.name!r} is no name for a pipeline: letters, digits and -, {NAME} at most")
    if not 0 < len(dedup_key) <= KEY:
        raise InvalidInput(f"a key has 1 to {KEY} characters, not {len(dedup_key)}")
    return f"{pipeline.name}/{dedup_key}"


def _checked_payload(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises InvalidInput for what is not JSON, or not in every database."""
    try:
        written = json.dumps(payload, allow_nan=False, ensure_ascii=False)
        written.encode()
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"a payload must be JSON: {error}") from None
    if "\\u0000" in written:
        raise InvalidInput("a payload must be JSON without the character NUL")
    return payload


def _batches(payloads: Mapping[str, Mapping[str, Any]]) -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    rest = iter(payloads.items())
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def _bound(kind: IntEnum, handler: OwnHandler) -> Callable[[Work], Awaitable[Outcome]]:
    """The handler as the worker calls it: with the type by its own name, and with an outcome that is one."""

    async def attempt(work: Work) -> Outcome:
        outcome = await handler(replace(work, task=replace(work.task, type=kind)))
        if outcome is None:
            return Done()
        if not isinstance(outcome, Done | Skipped | Retry | Failed):
            return Failed(f"the handler of {kind.name} gave {outcome!r}, which is no outcome", kind="TypeError")
        return outcome

    return attempt
