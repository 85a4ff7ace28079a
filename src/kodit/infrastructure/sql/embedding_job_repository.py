"""Batch jobs as SQL."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.search.embedding_job import EmbeddingJob
from kodit.domain.search.ports import VectorKind
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.embedding_tables import embedding_jobs
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.rows import to_domain, to_row


class SqlEmbeddingJobRepository:
    """Implements EmbeddingJobRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, index_id: int, kind: VectorKind, *, model: str) -> Sequence[EmbeddingJob]:
        """See the port."""
        jobs = embedding_jobs.c
        mine = (jobs.index_id == index_id, jobs.kind == kind, jobs.model == model)
        found = await self._connection.execute(select(embedding_jobs).where(*mine).order_by(jobs.id))
        return [to_domain(EmbeddingJob, row) for row in found]

    async def add(self, job: EmbeddingJob) -> EmbeddingJob:
        """See the port."""
        await self._connection.execute(
            insert_for(self._connection, embedding_jobs).values(to_row(job)).on_conflict_do_nothing()
        )
        stored = await self.of(job.index_id, job.kind, model=job.model)
        return next(one for one in stored if one.token == job.token)

    async def update(self, job: EmbeddingJob) -> None:
        """See the port."""
        await self._connection.execute(update(embedding_jobs).where(embedding_jobs.c.id == job.id).values(to_row(job)))

    async def forget(self, ids: Collection[int]) -> None:
        """See the port."""
        for some in batches(sorted(ids)):
            await self._connection.execute(delete(embedding_jobs).where(embedding_jobs.c.id.in_(some)))
