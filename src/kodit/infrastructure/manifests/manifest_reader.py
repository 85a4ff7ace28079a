"""Manifests, read in worker processes: whatever somebody wrote into one can cost that one only."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from functools import partial

from kodit.domain.sources.manifest import ReadManifest
from kodit.infrastructure.manifests.reading import read_manifest
from kodit.infrastructure.processes.guarded_pool import GuardedPool, Job

ReadFunction = Callable[[str, bytes], ReadManifest]

_Content = tuple[str, bytes]


class PooledManifestReader:
    """Implements ManifestReader in the worker processes of a pool, which somebody else closes.

    `read` is what a worker does with one manifest: a function of a module, so that it can be sent there.
    """

    def __init__(self, pool: GuardedPool, *, read: ReadFunction = read_manifest) -> None:
        self._pool = pool
        self._job: Job[_Content, ReadManifest] = Job(
            work=partial(read_batch, read), results=list, failed=_failed, size=lambda file: len(file[1])
        )

    async def read(self, files: AsyncIterator[_Content]) -> AsyncGenerator[ReadManifest, None]:
        """See the port."""
        results = self._pool.each(self._job, files)
        try:
            async for result in results:
                yield result
        finally:
            await results.aclose()


def read_batch(read: ReadFunction, files: Sequence[_Content]) -> list[ReadManifest]:
    """One result for each manifest."""
    return [read(path, content) for path, content in files]


def _failed(file: _Content, problem: str) -> ReadManifest:
    return ReadManifest(path=file[0], manifest=None, problem=problem)
