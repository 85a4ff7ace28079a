"""Keyword search inside PostgreSQL."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.search import globs
from kodit.domain.search.fields import K1, WEIGHTS, B, query_terms
from kodit.domain.search.query import Document, Filters, Match
from kodit.infrastructure.postgres import keyword_statements as statements
from kodit.infrastructure.postgres.connections import Connections, Lock, taken, writing_alone
from kodit.infrastructure.postgres.postings import NUMBERS, Postings, postings, storable
from kodit.infrastructure.postgres.segments import due

RANKING = "BM25 in SQL, over posting lists of kodit's own"

_BATCH = 10_000
"""Documents of one segment: about 50 MB while they are written."""

_UNIT = 1e7
"""Scores are summed in this fraction: the highest score of a token, 4 * 2.2 * ln(10^9), still fits an integer."""

_LOOKED_AT = (32, 2**40)
"""Of how many documents for each one asked for the filters are looked at; the second, where too few have passed, means
all. Looking at a document costs about as much as scoring ten."""

_FOREIGN = ("pg_search", "pg_textsearch", "vchord_bm25")


class PostgresKeywordIndex:
    """BM25 over all sources in one database. One worker at a time writes the documents of one index.

    A writer that waits longer than `patience` for another of the same index raises Locked.
    """

    def __init__(self, connections: Connections, *, patience: timedelta = timedelta(seconds=60)) -> None:
        self._connections = connections
        self._patience = patience

    async def ranking(self) -> str:
        """See the port. Names the extensions for it that the server offers and that are not used."""
        async with self._connections.read() as connection:
            offered = await connection.scalars(
                text("SELECT name FROM pg_available_extensions WHERE name = ANY(CAST(:names AS text[])) ORDER BY name"),
                {"names": list(_FOREIGN)},
            )
        unused = ", ".join(offered)
        return f"{RANKING} ({unused} is there, but not used)" if unused else RANKING

    async def update(self, index_id: int, *, add: Iterable[Document], remove: Collection[int]) -> None:
        """See the port. `add` is read in another thread, in batches."""
        batches = _batches(add)
        async with self._writing(index_id) as connection:
            await _remove(connection, index_id, remove)
            while documents := await asyncio.to_thread(next, batches, None):
                await _remove(connection, index_id, [document.snippet_id for document in documents])
                await _add(connection, index_id, documents)
        await self._merge()

    async def search(self, text: str, *, filters: Filters, limit: int) -> Sequence[Match]:
        """See the port."""
        terms = query_terms(text)
        if limit < 1 or not terms:
            return []
        asked = {
            "fields": [NUMBERS[field] for field, _ in terms],
            "tokens": [token for _, token in terms],
            "weights": [WEIGHTS[field] for field, _ in terms],
            "k1": K1,
            "b": B,
            "unit": _UNIT,
            "limit": limit,
        } | _filters(filters)
        async with self._connections.read() as connection:
            for many in _LOOKED_AT:
                rows = (await connection.execute(statements.SEARCH, asked | {"most": many * limit})).all()
                if len(rows) == limit:
                    break
        return [Match(row.snippet_id, int(row.score) / _UNIT) for row in rows]

    async def clear(self, index_id: int) -> None:
        """See the port."""
        async with self._writing(index_id) as connection:
            for statement in statements.CLEAR:
                await connection.execute(statement, {"index_id": index_id})
        await self._merge()

    async def ids(self, index_id: int) -> frozenset[int]:
        """See the port."""
        async with self._connections.read() as connection:
            return frozenset(await connection.scalars(statements.IDS, {"index_id": index_id}))

    def _writing(self, index_id: int) -> Any:
        return writing_alone(self._connections, Lock.KEYWORDS, index_id, self._patience)

    async def _merge(self) -> None:
        """Merge what is due, unless another does. What was written before is committed, and stays so."""
        async with self._connections.write() as connection:
            if not await taken(connection, Lock.KEYWORD_SEGMENTS):
                return
            rows = (await connection.execute(statements.SEGMENTS)).all()
            living = int(await connection.scalar(statements.LIVING) or 0)
            old = list(due({row.id: row.documents for row in rows}, living))
            if old:
                held = sum(row.documents for row in rows if row.id in old)
                await _merge(connection, old, min(held, living))


async def _remove(connection: AsyncConnection, index_id: int, snippet_ids: Collection[int]) -> None:
    if snippet_ids:
        await connection.execute(statements.REMOVE, {"index_id": index_id, "snippet_ids": list(snippet_ids)})


async def _add(connection: AsyncConnection, index_id: int, documents: Sequence[Document]) -> None:
    numbers = list(await connection.scalars(statements.NEXT_NUMBERS, {"count": len(documents)}))
    rows, lists = await asyncio.to_thread(_prepared, documents, numbers)
    await connection.execute(statements.ADD_DOCUMENTS, rows | {"index_id": index_id})
    segment = await connection.scalar(statements.ADD_SEGMENT, {"documents": len(documents)})
    await connection.execute(statements.ADD_POSTINGS, lists | {"segment": segment})


async def _merge(connection: AsyncConnection, old: Sequence[int], documents: int) -> None:
    new = await connection.scalar(statements.ADD_SEGMENT, {"documents": documents})
    await connection.execute(statements.MERGE, {"segments": old, "segment": new})
    await connection.execute(statements.DROP_SEGMENTS, {"segments": old})


def _prepared(documents: Sequence[Document], numbers: Sequence[int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters that add the documents, and those that add their postings."""
    made: Postings = postings(documents, numbers)
    rows = {
        "numbers": numbers,
        "snippet_ids": [document.snippet_id for document in documents],
        "languages": [storable(document.language) for document in documents],
        "paths": [storable(document.path) for document in documents],
        "lengths": [_array(own) for own in made.lengths],
    }
    lists = {
        "fields": [NUMBERS[field] for field, held in made.lists.items() for _ in held],
        "tokens": [token for held in made.lists.values() for token in held],
        "postings": [_array(one) for held in made.lists.values() for one in held.values()],
    }
    return rows, lists


def _array(numbers: Sequence[int]) -> str:
    """As PostgreSQL writes arrays: lists of different lengths cannot travel as one array."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _filters(filters: Filters) -> dict[str, list[Any] | None]:
    files = None if filters.files is None else sorted(filters.files)
    return {
        "file_indexes": None if files is None else [index_id for index_id, _ in files],
        "file_paths": None if files is None else [storable(path) for _, path in files],
        "snippet_ids": None if filters.snippets is None else sorted(filters.snippets),
        "index_ids": sorted(filters.index_ids) or None,
        "languages": sorted(map(storable, filters.languages)) or None,
        "paths": [f"^(?:{globs.regex_source(storable(glob))})$" for glob in filters.paths] or None,
    }


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Each batch holds a snippet once: what was given last."""
    rest = iter(documents)
    while batch := {document.snippet_id: document for document in islice(rest, _BATCH)}:
        yield list(batch.values())
