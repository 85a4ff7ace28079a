"""Channels as SQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import Channel
from kodit.domain.nixpkgs.walk import EvaluationFailure, Walk
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.nix_tables import nix_channels, nix_failures
from kodit.infrastructure.sql.rows import to_row
from kodit.infrastructure.sql.types import spelled


class SqlChannelRepository:
    """Implements ChannelRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, index_id: int) -> Channel:
        """See the port."""
        mine = select(nix_channels).where(nix_channels.c.index_id == index_id)
        row = (await self._connection.execute(mine)).one_or_none()
        return Channel(index_id=index_id) if row is None else _channel(row)

    async def all(self) -> Mapping[int, Channel]:
        """See the port."""
        return {row.index_id: _channel(row) for row in await self._connection.execute(select(nix_channels))}

    async def save(self, channel: Channel) -> None:
        """See the port."""
        row = {**to_row(channel), "walk": _walk_row(channel.walk)}
        replaced = {name: value for name, value in row.items() if name != "index_id"}
        statement = insert_for(self._connection, nix_channels).values(row)
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["index_id"], set_=replaced))

    async def failures(self, index_id: int) -> Sequence[EvaluationFailure]:
        """See the port."""
        mine = select(nix_failures.c.attr, nix_failures.c.message).where(nix_failures.c.index_id == index_id)
        found = [EvaluationFailure(AttrPath.parse(attr), said) for attr, said in await self._connection.execute(mine)]
        return sorted(found, key=lambda failure: failure.attr)

    async def count_failures(self, index_id: int) -> int:
        """See the port."""
        mine = select(func.count()).select_from(nix_failures).where(nix_failures.c.index_id == index_id)
        return await self._connection.scalar(mine) or 0

    async def record_failures(self, index_id: int, failures: Iterable[EvaluationFailure]) -> None:
        """See the port."""
        statement = insert_for(self._connection, nix_failures)
        upsert = statement.on_conflict_do_update(
            index_elements=["index_id", "attr"], set_={"message": statement.excluded.message}
        )
        rows = [{"index_id": index_id, "attr": str(one.attr), "message": one.message} for one in failures]
        if rows:
            await self._connection.execute(upsert, rows)

    async def keep_failures(self, index_id: int, attrs: Collection[AttrPath]) -> None:
        """See the port."""
        mine = nix_failures.c.index_id == index_id
        kept = {spelled(str(attr)) for attr in attrs}
        stored = await self._connection.scalars(select(nix_failures.c.attr).where(mine))
        for batch in batches(sorted(attr for attr in stored if attr not in kept)):
            await self._connection.execute(delete(nix_failures).where(mine, nix_failures.c.attr.in_(batch)))


def _channel(row: Any) -> Channel:
    return Channel(**{**row._mapping, "walk": _walk(row.walk)})


def _walk_row(walk: Walk) -> Mapping[str, Any]:
    return {**to_row(walk), "scopes": list(walk.scopes), "attributes": [list(attr.parts) for attr in walk.attributes]}


def _walk(row: Mapping[str, Any]) -> Walk:
    attributes = tuple(AttrPath(tuple(parts)) for parts in row["attributes"])
    return Walk(**{**row, "scopes": tuple(row["scopes"]), "attributes": attributes})
