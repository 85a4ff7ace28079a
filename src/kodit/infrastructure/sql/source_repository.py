"""Sources as SQL."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.errors import Conflict, NotFound
from kodit.domain.sources.source import Source
from kodit.domain.sources.submodule import Submodule
from kodit.infrastructure.sql.rows import to_domain, to_row
from kodit.infrastructure.sql.tables import sources, submodules
from kodit.infrastructure.sql.turns import Turn, take_turn


class SqlSourceRepository:
    """Implements SourceRepository on one connection.

    With `takes_turns`, whoever looks which names and locations are taken is alone at it until the transaction ends,
    so that what was free is free still when it is added.
    """

    def __init__(self, connection: AsyncConnection, *, takes_turns: bool) -> None:
        self._connection = connection
        self._takes_turns = takes_turns

    async def add(self, source: Source) -> Source:
        """See the port."""
        try:
            returned = await self._connection.execute(insert(sources).values(to_row(source)).returning(sources.c.id))
        except IntegrityError as error:
            raise _taken(source) from error
        return replace(source, id=returned.scalar_one())

    async def get(self, index_id: int) -> Source:
        """See the port."""
        if (found := await self._one(sources.c.id == index_id)) is None:
            raise NotFound(f"there is no source {index_id}", remedy="list them: kodit sources")
        return found

    async def named(self, name: str) -> Source | None:
        """See the port."""
        await self._take_turn()
        return await self._one(sources.c.name == name)

    async def at(self, location: str) -> Source | None:
        """See the port."""
        await self._take_turn()
        return await self._one(sources.c.location == location)

    async def all(self) -> Sequence[Source]:
        """See the port."""
        await self._take_turn()
        found = [to_domain(Source, row) for row in await self._connection.execute(select(sources))]
        # Here, because each PostgreSQL database has an order of its own for texts.
        return sorted(found, key=lambda source: source.name)

    async def update(self, source: Source) -> None:
        """See the port."""
        statement = update(sources).where(sources.c.id == source.id).values(to_row(source))
        try:
            updated = await self._connection.execute(statement)
        except IntegrityError as error:
            raise _taken(source) from error
        if updated.rowcount != 1:
            raise NotFound(f"there is no source {source.id}", remedy="list them: kodit sources")

    async def submodules(self, index_id: int) -> Sequence[Submodule]:
        """See the port."""
        found = await self._connection.execute(select(submodules).where(submodules.c.index_id == index_id))
        return sorted((to_domain(Submodule, row) for row in found), key=lambda one: one.path)

    async def record_submodules(self, index_id: int, recorded: Iterable[Submodule]) -> None:
        """See the port."""
        await self._connection.execute(delete(submodules).where(submodules.c.index_id == index_id))
        if rows := [{**to_row(one), "index_id": index_id} for one in recorded]:
            await self._connection.execute(insert(submodules), rows)

    async def remove(self, index_id: int) -> None:
        """See the port."""
        await self._connection.execute(delete(sources).where(sources.c.id == index_id))

    async def _take_turn(self) -> None:
        if self._takes_turns:
            await take_turn(self._connection, Turn.NAME_SOURCES)

    async def _one(self, condition: ColumnElement[bool]) -> Source | None:
        row = (await self._connection.execute(select(sources).where(condition))).one_or_none()
        return None if row is None else to_domain(Source, row)


def _taken(source: Source) -> Conflict:
    return Conflict(
        f"there is a source named {source.name} or at {source.location} already",
        remedy="choose another name with --name, or look at it: kodit sources",
    )
