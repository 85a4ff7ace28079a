"""Filters of channels' names as SQL."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.nixpkgs.name_filter import NameFilter
from kodit.domain.nixpkgs.names import NameKind
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.nix_tables import nix_name_filters, nix_names


class SqlNameFilterRepository:
    """Implements NameFilterRepository on one connection.

    Whoever changes names holds the channel's row until the transaction is over: a filter of older names is either
    refused for its version, or put before and taken away.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def names_changed(self, index_id: int) -> None:
        """See the port."""
        first = insert_for(self._connection, nix_name_filters).values(index_id=index_id, version=1, filter=None)
        again = {"version": nix_name_filters.c.version + 1, "filter": None}
        await self._connection.execute(first.on_conflict_do_update(index_elements=["index_id"], set_=again))

    async def names(self, index_id: int) -> tuple[int, Collection[str]]:
        """See the port."""
        mine = select(nix_name_filters.c.version).where(nix_name_filters.c.index_id == index_id)
        version = await self._connection.scalar(mine)
        whole = select(nix_names.c.name).where(nix_names.c.index_id == index_id, nix_names.c.kind != NameKind.PART)
        return version or 0, frozenset(await self._connection.scalars(whole))

    async def put(self, index_id: int, version: int, made: NameFilter) -> bool:
        """See the port."""
        same = (nix_name_filters.c.index_id == index_id) & (nix_name_filters.c.version == version)
        done = await self._connection.execute(update(nix_name_filters).where(same).values(filter=made.written()))
        return done.rowcount == 1
