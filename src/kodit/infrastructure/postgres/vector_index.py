"""Nearest neighbours inside PostgreSQL, by pgvector."""

import asyncio
import sys
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.errors import InvalidInput, Locked
from kodit.domain.search.ports import Vector, VectorKind
from kodit.domain.search.query import Match
from kodit.infrastructure.postgres import vector_statements as statements
from kodit.infrastructure.postgres.connections import Connections, Lock, taken, writing_alone

EXACT_UP_TO = 20_000
"""Vectors that are all looked at: some milliseconds, less than a search of their graph with filters may take."""

MOST_DIMENSIONS = 16_000
"""pgvector's limit for a vector; it has graphs for up to 4,000."""
_MOST_GRAPH_DIMENSIONS = 4_000

_CANDIDATES = 2
"""Neighbours taken from the graph for each one asked for."""
_LEAST_BREADTH, _MOST_BREADTH = 400, 1_000
"""Bounds of pgvector's `hnsw.ef_search`, which trades time for recall: at 400, 99 of the 100 nearest of 50,000
functions are found. 1,000 is pgvector's own."""

_MOST_MEMORY = 1 << 30
"""Bytes for building a graph; a larger one is built more slowly."""
_LINKS = 400
"""Bytes of the graph for each vector, beside two for each component."""

_BATCH = 1_000

_LOCKS = {VectorKind.CODE: Lock.CODE_VECTORS, VectorKind.TEXT: Lock.TEXT_VECTORS}


class PostgresVectorIndex:
    """Exact among up to `exact_up_to` vectors; among more, by an HNSW graph, which may miss a few of the nearest.

    A writer that waits longer than `patience` for another of the same index and kind raises Locked.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        patience: timedelta = timedelta(seconds=60),
        exact_up_to: int = EXACT_UP_TO,
    ) -> None:
        self._connections = connections
        self._patience = patience
        self._exact_up_to = exact_up_to

    async def held(self, index_id: int, kind: VectorKind, *, model: str) -> frozenset[int]:
        """See the port."""
        asked = {"kind": kind.value, "index_id": index_id, "model": model}
        async with self._connections.read() as connection:
            return frozenset(await connection.scalars(statements.HELD, asked))

    async def update(
        self,
        index_id: int,
        kind: VectorKind,
        *,
        model: str,
        dimension: int,
        add: Iterable[tuple[int, int, Vector]],
        remove: Collection[int],
    ) -> None:
        """See the port. `add` is read in another thread."""
        added = await asyncio.to_thread(_checked, add, model, dimension)
        owner = {"kind": kind.value, "index_id": index_id}
        async with writing_alone(self._connections, _LOCKS[kind], index_id, self._patience) as connection:
            known = (await connection.execute(statements.KNOWN, owner)).one_or_none()
            if known is not None and (known.model, known.dimension) != (model, dimension):
                await _clear(connection, owner)
            gone = await connection.execute(statements.REMOVE, owner | {"snippet_ids": [*remove, *added]})
            await _add(connection, owner | {"model": model, "dimension": dimension}, added)
            count = {"model": model, "dimension": dimension, "more": len(added) - gone.rowcount}
            await connection.execute(statements.COUNT, owner | count)
        if added:
            await self._build(kind, dimension)

    async def search(
        self,
        vector: Vector,
        *,
        kind: VectorKind,
        model: str,
        index_ids: Collection[int],
        file_ids: Collection[int] | None,
        snippet_ids: Collection[int] | None = None,
        limit: int,
    ) -> Sequence[Match]:
        """See the port."""
        numbers = _numbers(vector)
        if limit < 1 or not any(numbers) or not index_ids or (file_ids is not None and not file_ids):
            return []
        asked = {
            "kind": kind.value,
            "dimension": len(numbers),
            "model": model,
            "asked": numbers.tolist(),
            "index_ids": sorted(set(index_ids)),
            "file_ids": None if file_ids is None else sorted(set(file_ids)),
            "snippet_ids": None if snippet_ids is None else sorted(set(snippet_ids)),
            "limit": limit,
        }
        async with self._connections.read() as connection:
            way = await self._way(connection, kind, asked)
            if way is not statements.NEAREST:
                return _matches(await connection.execute(way, asked))
            found = await _by_graph(connection, asked)
        if len(found) < limit:
            # A transaction of its own, as the settings of the other one hold until its end.
            async with self._connections.read() as connection:
                return _matches(await connection.execute(statements.EXACT, asked))
        return found

    async def clear(self, index_id: int) -> None:
        """See the port."""
        for kind, lock in _LOCKS.items():
            async with writing_alone(self._connections, lock, index_id, self._patience) as connection:
                await _clear(connection, {"kind": kind.value, "index_id": index_id})

    async def _way(self, connection: AsyncConnection, kind: VectorKind, asked: Mapping[str, Any]) -> TextClause:
        """The statement that looks at the fewest vectors: all of the indexes, those of the files, or a graph's."""
        extent = await _extent(connection, kind, asked["dimension"], asked)
        if not extent.graph or extent.vectors <= self._exact_up_to:
            return statements.EXACT
        if asked["file_ids"] is not None:
            of_files = {"kind": kind.value, "file_ids": asked["file_ids"], "most": self._exact_up_to + 1}
            if int(await connection.scalar(statements.IN_FILES, of_files) or 0) <= self._exact_up_to:
                return statements.EXACT_OF_FILES
        return statements.NEAREST

    async def _build(self, kind: VectorKind, dimension: int) -> None:
        """Make the graph that the vectors lack, unless somebody else writes: then their next update makes it."""
        if dimension > _MOST_GRAPH_DIMENSIONS:
            return
        everything = {"model": "", "index_ids": None}
        async with self._connections.read() as connection:
            extent = await _extent(connection, kind, dimension, everything)
        if extent.graph or extent.vectors <= self._exact_up_to:
            return
        memory = min(_MOST_MEMORY, max(64 << 20, extent.vectors * (2 * dimension + _LINKS)))
        with suppress(Locked):
            async with self._connections.write() as connection:
                if await taken(connection, Lock.VECTOR_GRAPHS):
                    await connection.execute(statements.FOR_BUILDING, {"memory": f"{memory >> 10}kB"})
                    await connection.execute(statements.build(kind, dimension))


async def _extent(connection: AsyncConnection, kind: VectorKind, dimension: int, asked: Mapping[str, Any]) -> Any:
    among = {"graph": statements.graph_name(kind, dimension), "kind": kind.value, "dimension": dimension}
    among |= {"model": asked["model"], "index_ids": asked["index_ids"]}
    return (await connection.execute(statements.EXTENT, among)).one()


async def _by_graph(connection: AsyncConnection, asked: Mapping[str, Any]) -> list[Match]:
    candidates = _CANDIDATES * asked["limit"]
    breadth = min(max(candidates, _LEAST_BREADTH), _MOST_BREADTH)
    await connection.execute(statements.BY_GRAPH, {"breadth": str(breadth)})
    return _matches(await connection.execute(statements.NEAREST, {**asked, "candidates": candidates}))


async def _clear(connection: AsyncConnection, owner: Mapping[str, Any]) -> None:
    for statement in statements.CLEAR:
        await connection.execute(statement, owner)


async def _add(
    connection: AsyncConnection, owner: Mapping[str, Any], added: Mapping[int, tuple[int, "array[float]"]]
) -> None:
    rest = iter(added.items())
    while batch := list(islice(rest, _BATCH)):
        await connection.execute(statements.ADD, {**owner, **await asyncio.to_thread(_columns, batch)})


def _columns(rows: Sequence[tuple[int, tuple[int, "array[float]"]]]) -> dict[str, list[Any]]:
    together = array("f")
    for _, (_, numbers) in rows:
        together += numbers
    return {
        "snippet_ids": [snippet_id for snippet_id, _ in rows],
        "file_ids": [file_id for _, (file_id, _) in rows],
        "points": [any(numbers) for _, (_, numbers) in rows],
        "numbers": together.tolist(),
    }


def _checked(
    add: Iterable[tuple[int, int, Vector]], model: str, dimension: int
) -> dict[int, tuple[int, "array[float]"]]:
    """Snippet id -> (file id, components): what was given last."""
    if dimension > MOST_DIMENSIONS:
        message = f"the vectors of {model} have {dimension} dimensions, and pgvector takes {MOST_DIMENSIONS}"
        raise InvalidInput(message, remedy="choose another embedding model")
    added = {snippet_id: (file_id, _numbers(vector)) for snippet_id, file_id, vector in add}
    if any(len(numbers) != dimension for _, numbers in added.values()):
        raise InvalidInput(f"a vector does not have the {dimension} dimensions of its model {model}")
    return added


def _numbers(vector: Vector) -> "array[float]":
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _matches(rows: Iterable[Any]) -> list[Match]:
    return [Match(row.snippet_id, row.score) for row in rows]
