"""Sessions of browsers as SQL."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.access.api_key import Session
from kodit.infrastructure.sql.access_tables import sessions
from kodit.infrastructure.sql.rows import to_domain, to_row


class SqlSessionRepository:
    """Implements SessionRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, session: Session) -> None:
        """See the port."""
        await self._connection.execute(insert(sessions).values(to_row(session)))

    async def get(self, digest: str) -> Session | None:
        """See the port."""
        row = (await self._connection.execute(select(sessions).where(sessions.c.digest == digest))).one_or_none()
        return None if row is None else to_domain(Session, row)

    async def remove(self, digest: str) -> None:
        """See the port."""
        await self._connection.execute(delete(sessions).where(sessions.c.digest == digest))

    async def prune(self, *, before: datetime) -> None:
        """See the port."""
        await self._connection.execute(delete(sessions).where(sessions.c.expires_at < before))
