"""Vectors as SQL."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.search.ports import Vector
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.tables import embeddings


class SqlEmbeddingRepository:
    """Implements EmbeddingRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, hashes: Collection[str], *, model: str, dimension: int) -> Mapping[str, Vector]:
        """See the port."""
        found: dict[str, Vector] = {}
        columns = select(embeddings.c.content_hash, embeddings.c.vector)
        made = (embeddings.c.model == model, embeddings.c.dimension == dimension)
        for batch in batches(sorted(set(hashes))):
            rows = await self._connection.execute(columns.where(embeddings.c.content_hash.in_(batch), *made))
            found.update((row.content_hash, row.vector) for row in rows)
        return found

    async def add(self, vectors: Mapping[str, Vector], *, model: str, dimension: int) -> None:
        """See the port."""
        statement = insert_for(self._connection, embeddings).on_conflict_do_nothing()
        rows = (
            {"content_hash": key, "model": model, "dimension": dimension, "vector": vector}
            # In order, so that two who add the same do not wait for each other.
            for key, vector in sorted(vectors.items())
        )
        for batch in batches(rows):
            await self._connection.execute(statement, batch)
