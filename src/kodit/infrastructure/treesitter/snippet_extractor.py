"""Extraction in worker processes that a hostile file may kill or hang without harm to anything else."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta

from pebble import ProcessExpired, ProcessPool

from kodit.domain.code.extracted import ExtractedFile, FileContent
from kodit.domain.errors import Unavailable
from kodit.infrastructure.processes.context import process_context
from kodit.infrastructure.treesitter.file_extraction import FileFunction, extract_batch, extract_file, failed

BATCH_BYTES = 256 * 1024
"""About a tenth of a second of work: long against the cost of handing it over, short against a user's patience."""

BATCH_FILES = 256
TIME_LIMIT = timedelta(seconds=30)

_PRELOADED = "kodit.infrastructure.treesitter.file_extraction"

_Batch = tuple[FileContent, ...]


class TreeSitterSnippetExtractor:
    """A SnippetExtractor on tree-sitter, in a pool of worker processes.

    `workers` is the most processes it starts. `time_limit` is what one file may take; a batch of files gets no
    more, and is tried again file by file when it does not suffice. `extract` is what a worker does with one file: a
    function of a module, so that it can be sent there.

    The pool starts with the first call, is kept for the next, and grows to the number of batches on offer.
    `close` ends it. A consumer that stops early should close the iterator (`contextlib.aclosing`), which stops what
    is under way.
    """

    def __init__(
        self, workers: int, time_limit: timedelta = TIME_LIMIT, *, extract: FileFunction = extract_file
    ) -> None:
        self._workers = max(1, workers)
        self._time_limit = time_limit
        self._extract = extract
        self._pool: ProcessPool | None = None
        self._pool_size = 0
        self._retired: dict[ProcessPool, asyncio.Future[None]] = {}
        self._growing = asyncio.Lock()

    async def extract(self, files: AsyncIterator[FileContent]) -> AsyncIterator[ExtractedFile]:
        """One result for each file, in the order given. Holds at most two batches for each worker."""
        under_way: deque[asyncio.Task[list[ExtractedFile]]] = deque()
        waiting: list[_Batch] = []
        try:
            async for batch in _batches(files):
                waiting.append(batch)
                # The first batches are gathered before any process starts: few batches need few processes.
                if len(under_way) + len(waiting) < self._workers:
                    continue
                await self._start(under_way, waiting)
                while len(under_way) >= 2 * self._workers:
                    for result in await under_way.popleft():
                        yield result
            await self._start(under_way, waiting)
            while under_way:
                for result in await under_way.popleft():
                    yield result
        finally:
            await _cancelled(under_way)

    async def close(self) -> None:
        """End the worker processes. The extractor can be used again afterwards."""
        pool, self._pool, self._pool_size = self._pool, None, 0
        if pool is not None:
            self._retire(pool)
        for pool, ending in list(self._retired.items()):
            pool.stop()  # type: ignore[no-untyped-call]
            await ending

    async def _start(self, under_way: deque[asyncio.Task[list[ExtractedFile]]], waiting: list[_Batch]) -> None:
        if waiting:
            await self._grow(min(self._workers, len(under_way) + len(waiting)))
        under_way.extend(asyncio.create_task(self._results(batch)) for batch in waiting)
        waiting.clear()

    async def _grow(self, size: int) -> None:
        """Have a pool of at least that size. A smaller one finishes what it has and ends."""
        async with self._growing:
            if self._pool is not None and self._pool.active and self._pool_size >= size:
                return
            if self._pool is not None:
                self._retire(self._pool)
            self._pool = await asyncio.to_thread(_new_pool, size)
            self._pool_size = size

    def _retire(self, pool: ProcessPool) -> None:
        """Let the pool finish what it has; its processes end with that."""
        pool.close()  # type: ignore[no-untyped-call]
        ending = asyncio.ensure_future(asyncio.to_thread(pool.join))
        self._retired[pool] = ending
        ending.add_done_callback(lambda _: self._retired.pop(pool, None))

    async def _results(self, batch: _Batch) -> list[ExtractedFile]:
        try:
            return await self._run(batch)
        except (ProcessExpired, TookTooLong) as problem:
            if len(batch) == 1:
                return [failed(batch[0], self._described(problem))]
        return [(await self._results((file,)))[0] for file in batch]

    async def _run(self, batch: _Batch) -> list[ExtractedFile]:
        """The batch's results. Cancelling it ends the process that works on it."""
        if self._pool is None or not self._pool.active:
            await self._grow(max(1, self._pool_size))
        assert self._pool is not None  # noqa: S101 - _grow has just seen to it
        limit = self._time_limit.total_seconds()
        try:
            future = self._pool.schedule(extract_batch, args=(self._extract, batch), timeout=limit)
            results: list[ExtractedFile] = await asyncio.wrap_future(future)
        except BrokenProcessPool as error:
            raise Unavailable("Worker processes for extraction cannot be started.") from error
        return results

    def _described(self, problem: Exception) -> str:
        if isinstance(problem, ProcessExpired):
            return f"The worker process died (exit code {problem.exitcode})."
        return f"Extraction took longer than {self._time_limit.total_seconds():g} s."


async def _batches(files: AsyncIterator[FileContent]) -> AsyncIterator[_Batch]:
    """The files in their order, in batches bounded by bytes and number."""
    batch: list[FileContent] = []
    size = 0
    async for file in files:
        if batch and (size + len(file.content) > BATCH_BYTES or len(batch) >= BATCH_FILES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(file)
        size += len(file.content)
    if batch:
        yield tuple(batch)


async def _cancelled(tasks: Sequence[asyncio.Task[list[ExtractedFile]]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _new_pool(size: int) -> ProcessPool:
    pool = ProcessPool(max_workers=size, context=process_context([_PRELOADED]))
    # A pool starts its processes with its first task: here, in a thread, where the event loop does not wait for it.
    pool.schedule(len, args=((),))
    return pool
