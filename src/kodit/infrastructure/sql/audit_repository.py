"""Who changed what, as SQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.access.audit import AuditEntry
from kodit.infrastructure.sql.access_tables import audit
from kodit.infrastructure.sql.rows import to_domain, to_row


class SqlAuditRepository:
    """Implements AuditRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, entry: AuditEntry) -> AuditEntry:
        """See the port."""
        returned = await self._connection.execute(insert(audit).values(to_row(entry)).returning(audit.c.id))
        return replace(entry, id=returned.scalar_one())

    async def ended(self, entry_id: int, outcome: str) -> None:
        """See the port."""
        await self._connection.execute(update(audit).where(audit.c.id == entry_id).values(outcome=outcome))

    async def newest(self, *, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
        """See the port."""
        statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(audit.c.id < before)
        return [to_domain(AuditEntry, row) for row in await self._connection.execute(statement)]

    async def prune(self, *, before: datetime) -> None:
        """See the port."""
        await self._connection.execute(delete(audit).where(audit.c.began_at < before))
