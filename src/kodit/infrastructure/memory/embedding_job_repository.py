"""Batch jobs within one process: the specification."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import count

from kodit.domain.search.embedding_job import EmbeddingJob
from kodit.domain.search.ports import VectorKind


class MemoryEmbeddingJobRepository:
    """Implements EmbeddingJobRepository for one process; each verb is atomic by never waiting."""

    def __init__(self) -> None:
        self._stored: dict[int, EmbeddingJob] = {}
        self._ids = count(1)

    async def of(self, index_id: int, kind: VectorKind, *, model: str) -> Sequence[EmbeddingJob]:
        """See the port."""
        return [
            job
            for _, job in sorted(self._stored.items())
            if (job.index_id, job.kind, job.model) == (index_id, kind, model)
        ]

    async def add(self, job: EmbeddingJob) -> EmbeddingJob:
        """See the port."""
        for held in await self.of(job.index_id, job.kind, model=job.model):
            if held.token == job.token:
                return held
        stored = replace(job, id=next(self._ids))
        self._stored[stored.id] = stored
        return stored

    async def update(self, job: EmbeddingJob) -> None:
        """See the port."""
        if job.id in self._stored:
            self._stored[job.id] = job

    async def forget(self, ids: Collection[int]) -> None:
        """See the port."""
        for one in ids:
            self._stored.pop(one, None)
