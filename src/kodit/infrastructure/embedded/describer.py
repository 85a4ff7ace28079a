"""Describing snippets by kodit's own rules: always there, offline, in a fraction of a millisecond each."""

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

from kodit.domain.code.snippet import Snippet
from kodit.domain.enrichment.description import RULES, describe

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

MANY = 500
"""Snippets from which on processes are worth their start: about a tenth of a second of work."""

_PART = 250
"""Snippets handed to a process at a time: small enough that all processes end together."""


class EmbeddedDescriber:
    """Applies `kodit.domain.enrichment.description`: few snippets in a thread, many in `workers` processes.

    The processes start when they are first of use, and are kept until `close`.
    """

    model = RULES
    batch = 2_000

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    async def describe(self, snippets: Sequence[Snippet]) -> Sequence[str]:
        """One short text for each snippet, in order. Never fails: a killed process's work is done in a thread."""
        if self._workers > 1 and len(snippets) >= MANY:
            from concurrent.futures.process import BrokenProcessPool

            try:
                return await self._in_processes(snippets)
            except BrokenProcessPool:
                await self.close()
        return await asyncio.to_thread(_described, snippets)

    async def close(self) -> None:
        """End the processes. The describer can be used again afterwards."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    async def _in_processes(self, snippets: Sequence[Snippet]) -> Sequence[str]:
        if self._pool is None:
            # Imported here, because a search asks for the model's name and nothing more.
            from concurrent.futures import ProcessPoolExecutor

            from kodit.infrastructure.processes.context import process_context

            self._pool = ProcessPoolExecutor(self._workers, process_context([describe.__module__]))
        starts = range(0, len(snippets), _PART)
        futures = [self._pool.submit(_described, snippets[start : start + _PART]) for start in starts]
        return list(chain.from_iterable(await asyncio.gather(*map(asyncio.wrap_future, futures))))


def _described(snippets: Sequence[Snippet]) -> list[str]:
    return [describe(snippet) for snippet in snippets]
