"""Extraction in worker processes that a hostile file may kill or hang without harm to anything else."""

from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial

from kodit.domain.code.extracted import ExtractedFile, FileContent
from kodit.infrastructure.processes.guarded_pool import GuardedPool, Job
from kodit.infrastructure.treesitter.batch_extraction import extract_batch, failed
from kodit.infrastructure.treesitter.file_extraction import FileFunction, extract_file
from kodit.infrastructure.treesitter.packing import unpacked

PRELOADED = "kodit.infrastructure.treesitter.batch_extraction"
"""What worker processes import once for all."""


class TreeSitterSnippetExtractor:
    """A SnippetExtractor on tree-sitter, in the worker processes of a pool, which somebody else closes.

    `extract` is what a worker does with one file: a function of a module, so that it can be sent there.
    """

    def __init__(self, pool: GuardedPool, *, extract: FileFunction = extract_file) -> None:
        self._pool = pool
        self._job = Job(
            work=partial(extract_batch, extract), results=unpacked, failed=failed, size=lambda file: len(file.content)
        )

    async def extract(self, files: AsyncIterator[FileContent]) -> AsyncGenerator[ExtractedFile, None]:
        """One result for each file, in the order given. Holds at most two batches for each worker."""
        results = self._pool.each(self._job, files)
        try:
            async for result in results:
                yield result
        finally:
            await results.aclose()
