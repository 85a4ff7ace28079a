"""Worker processes that a hostile file may kill, hang or bloat without harm to anything else."""

import asyncio
import gc
import os
import sys
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from pebble import ProcessExpired, ProcessPool

from kodit.domain.errors import Unavailable
from kodit.infrastructure.processes.context import process_context

BATCH_BYTES = 256 * 1024
"""About a tenth of a second of work: long against the cost of handing it over, short against a user's patience."""

BATCH_ITEMS = 256
TIME_LIMIT = timedelta(seconds=30)

MEMORY_LIMIT = 1024**3
"""Bytes. Ten times of what the files take that people write."""

BATCHES_IN_A_LIFE = 400
"""After so many a process is replaced, so that what leaks or is scattered in its memory does not add up. They are a
hundred megabytes of source, and starting anew takes a tenth of a second."""

OBJECTS_BETWEEN_LOOKS = 200_000
"""What a process makes before it looks for cycles that nobody refers to. There are hardly any in what it works with,
and with Python's own 700 it spends a twelfth of its time on looking."""

OUT_OF_MEMORY = 77
"""How a process exits that may not take the memory it needs."""

_STARVED = frozenset({-6, -11})
"""How one may exit whose grammar may not: SIGABRT where it asks what it got, SIGSEGV where it does not."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Job(Generic[T, R]):
    """What worker processes do with items, many at a time.

    `work` is sent to a process, so it is a function of a module, or a partial one; it takes items and gives something
    quick to send back, of which `results` makes one result for each item. `failed` makes the result of an item for
    which there is none, from a description of the problem. `size` is that of an item, in bytes.
    """

    work: Callable[[Sequence[T]], Any]
    results: Callable[[Any], list[R]]
    failed: Callable[[T, str], R]
    size: Callable[[T], int]


class GuardedPool:
    """A pool of worker processes.

    `workers` is the most processes it starts; they import the modules `preload` once for all. `time_limit` is what one
    item may take; a batch of items gets no more, and is tried again item by item when it does not suffice. So it is
    when a process dies, or needs more than `memory_limit` bytes. The memory is limited where the system does so: on
    Linux, and there without what processes share.

    The pool starts with the first call, is kept for the next, and grows to the number of batches on offer.
    `close` ends it. A consumer that stops early should close the iterator (`contextlib.aclosing`), which stops what
    is under way.
    """

    def __init__(
        self,
        workers: int,
        time_limit: timedelta = TIME_LIMIT,
        memory_limit: int = MEMORY_LIMIT,
        *,
        preload: Sequence[str] = (),
    ) -> None:
        self._workers = max(1, workers)
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._preload = [__name__, *preload]
        self._pool: ProcessPool | None = None
        self._pool_size = 0
        self._retired: dict[ProcessPool, asyncio.Future[None]] = {}
        self._growing = asyncio.Lock()

    async def each(self, job: Job[T, R], items: AsyncIterator[T]) -> AsyncGenerator[R, None]:
        """One result for each item, in the order given. Holds at most two batches for each worker."""
        under_way: deque[asyncio.Task[list[R]]] = deque()
        waiting: list[tuple[T, ...]] = []
        try:
            async for batch in _batches(job, items):
                waiting.append(batch)
                # The first batches are gathered before any process starts: few batches need few processes.
                if len(under_way) + len(waiting) < self._workers:
                    continue
                await self._start(job, under_way, waiting)
                while len(under_way) >= 2 * self._workers:
                    for result in await under_way.popleft():
                        yield result
            await self._start(job, under_way, waiting)
            while under_way:
                for result in await under_way.popleft():
                    yield result
        finally:
            await _cancelled(under_way)

    async def close(self) -> None:
        """End the worker processes. The pool can be used again afterwards."""
        pool, self._pool, self._pool_size = self._pool, None, 0
        if pool is not None:
            self._retire(pool)
        for pool, ending in list(self._retired.items()):
            pool.stop()  # type: ignore[no-untyped-call]
            await ending

    async def _start(
        self, job: Job[T, R], under_way: deque[asyncio.Task[list[R]]], waiting: list[tuple[T, ...]]
    ) -> None:
        if waiting:
            await self._grow(min(self._workers, len(under_way) + len(waiting)))
        under_way.extend(asyncio.create_task(self._results(job, batch)) for batch in waiting)
        waiting.clear()

    async def _grow(self, size: int) -> None:
        """Have a pool of at least that size. A smaller one finishes what it has and ends."""
        async with self._growing:
            if self._pool is not None and self._pool.active and self._pool_size >= size:
                return
            if self._pool is not None:
                self._retire(self._pool)
            self._pool = await asyncio.to_thread(_new_pool, size, self._preload, self._memory_limit)
            self._pool_size = size

    def _retire(self, pool: ProcessPool) -> None:
        """Let the pool finish what it has; its processes end with that."""
        pool.close()  # type: ignore[no-untyped-call]
        ending = asyncio.ensure_future(asyncio.to_thread(pool.join))
        self._retired[pool] = ending
        ending.add_done_callback(lambda _: self._retired.pop(pool, None))

    async def _results(self, job: Job[T, R], batch: tuple[T, ...]) -> list[R]:
        try:
            return job.results(await self._run(job, batch))
        except (ProcessExpired, TookTooLong) as problem:
            if len(batch) == 1:
                return [job.failed(batch[0], self._described(problem))]
        return [(await self._results(job, (item,)))[0] for item in batch]

    async def _run(self, job: Job[T, R], batch: tuple[T, ...]) -> Any:
        """What the work gives for the batch. Cancelling it ends the process that works on it."""
        if self._pool is None or not self._pool.active:
            await self._grow(max(1, self._pool_size))
        assert self._pool is not None  # noqa: S101 - _grow has just seen to it
        limit = self._time_limit.total_seconds()
        try:
            return await asyncio.wrap_future(self._pool.schedule(worked, args=(job.work, batch), timeout=limit))
        except BrokenProcessPool as error:
            raise Unavailable("Worker processes for extraction cannot be started.") from error

    def _described(self, problem: Exception) -> str:
        memory = f"more than {self._memory_limit / 1e6:,.0f} MB of memory"
        if not isinstance(problem, ProcessExpired):
            return f"Extraction took longer than {self._time_limit.total_seconds():g} s."
        if problem.exitcode == OUT_OF_MEMORY:
            return f"Extraction needs {memory}."
        perhaps = f", perhaps because it needs {memory}" if problem.exitcode in _STARVED else ""
        return f"The worker process died (exit code {problem.exitcode}){perhaps}."


def worked(work: Callable[[Sequence[T]], Any], batch: Sequence[T]) -> Any:
    """What the work gives, in a worker process; one that may not take the memory it needs is of no more use."""
    try:
        return work(batch)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def limited(memory_limit: int) -> None:
    """Limit the memory of this process, as far as the system does.

    Of the limits that there are, RLIMIT_DATA counts what the process writes to and no other takes part in, so it is
    not met by what is only mapped: libraries, the heap's reserves, the stacks of threads. What is over it fails, and
    takes no memory from anybody, while one who watches the process from outside may come too late.
    """
    if sys.platform == "win32":
        return
    import resource

    for kind, limit in ((resource.RLIMIT_DATA, memory_limit), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or limit <= hard:
            resource.setrlimit(kind, (limit, limit))


def _begin(memory_limit: int) -> None:
    """What a worker process does first."""
    limited(memory_limit)
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_LOOKS)


async def _batches(job: Job[T, R], items: AsyncIterator[T]) -> AsyncIterator[tuple[T, ...]]:
    """The items in their order, in batches bounded by bytes and number."""
    batch: list[T] = []
    size = 0
    async for item in items:
        if batch and (size + job.size(item) > BATCH_BYTES or len(batch) >= BATCH_ITEMS):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(item)
        size += job.size(item)
    if batch:
        yield tuple(batch)


async def _cancelled(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _new_pool(size: int, preload: Sequence[str], memory_limit: int) -> ProcessPool:
    pool = ProcessPool(
        max_workers=size,
        max_tasks=BATCHES_IN_A_LIFE,
        initializer=_begin,
        initargs=(memory_limit,),
        context=process_context(preload),
    )
    # A pool starts its processes with its first task: here, in a thread, where the event loop does not wait for it.
    pool.schedule(len, args=((),))
    return pool
