"""Descriptions as SQL."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.enrichment.ports import Enrichment
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.rows import to_row
from kodit.infrastructure.sql.tables import enrichments


class SqlEnrichmentRepository:
    """Implements EnrichmentRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, hashes: Collection[str], *, model: str) -> Mapping[str, Enrichment]:
        """See the port."""
        found: dict[str, Enrichment] = {}
        for batch in batches(sorted(set(hashes))):
            made = (enrichments.c.content_hash.in_(batch), enrichments.c.model == model)
            for row in await self._connection.execute(select(enrichments).where(*made)):
                found[row.content_hash] = Enrichment(row.text, row.text_hash)
        return found

    async def add(self, texts: Mapping[str, Enrichment], *, model: str) -> None:
        """See the port."""
        statement = insert_for(self._connection, enrichments).on_conflict_do_nothing()
        # In order, so that two who add the same do not wait for each other.
        rows = ({"content_hash": key, "model": model, **to_row(texts[key])} for key in sorted(texts))
        for batch in batches(rows):
            await self._connection.execute(statement, batch)
