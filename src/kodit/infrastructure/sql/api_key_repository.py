"""Keys as SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.access.api_key import ApiKey
from kodit.domain.access.scope import Scope
from kodit.domain.errors import Conflict
from kodit.infrastructure.sql.access_tables import api_keys
from kodit.infrastructure.sql.rows import to_row


class SqlApiKeyRepository:
    """Implements ApiKeyRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, key: ApiKey) -> None:
        """See the port."""
        sources = None if key.sources is None else sorted(key.sources)
        row = {**to_row(key, skip=""), "scopes": sorted(key.scopes), "sources": sources}
        try:
            await self._connection.execute(insert(api_keys).values(row))
        except IntegrityError as error:
            raise Conflict(f"there is a key {key.id} already") from error

    async def get(self, key_id: str) -> ApiKey | None:
        """See the port."""
        row = (await self._connection.execute(select(api_keys).where(api_keys.c.id == key_id))).one_or_none()
        return None if row is None else _key(row)

    async def all(self) -> Sequence[ApiKey]:
        """See the port."""
        statement = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        return [_key(row) for row in await self._connection.execute(statement)]

    async def revoke(self, key_id: str, *, at: datetime) -> None:
        """See the port."""
        lasts = or_(api_keys.c.revoked_at.is_(None), api_keys.c.revoked_at > at)
        statement = update(api_keys).where(api_keys.c.id == key_id, lasts).values(revoked_at=at)
        await self._connection.execute(statement)

    async def used(self, key_id: str, *, at: datetime) -> None:
        """See the port."""
        earlier = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < at)
        statement = update(api_keys).where(api_keys.c.id == key_id, earlier).values(last_used_at=at)
        await self._connection.execute(statement)


def _key(row: Any) -> ApiKey:
    held = dict(row._mapping)
    scopes = frozenset(Scope(word) for word in held.pop("scopes"))
    sources = held.pop("sources")
    return ApiKey(**held, scopes=scopes, sources=None if sources is None else frozenset(sources))
