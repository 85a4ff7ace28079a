"""Keyword search on disk by tantivy."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kodit.domain.search.query import Document, Filters, Match
from kodit.infrastructure.tantivy.directory import IndexDirectory
from kodit.infrastructure.tantivy.schema import SNIPPET_ID, as_tantivy, asked, held_by

if TYPE_CHECKING:
    import tantivy

_BATCH = 1_000
"""Documents deleted by one query and added after it."""

_T = TypeVar("_T")


class TantivyKeywordIndex:
    """BM25 over all sources in one directory, of which any number of processes read and one at a time writes.

    A writer that waits longer than `patience` for another raises Locked.
    """

    def __init__(self, directory: Path, *, patience: timedelta = timedelta(seconds=60)) -> None:
        self._directory = IndexDirectory(directory, patience=patience)

    @property
    def started_afresh(self) -> bool:
        """True when this object found no usable index and began an empty one: everything must be added again."""
        return self._directory.started_afresh

    async def update(self, index_id: int, *, add: Iterable[Document], remove: Collection[int]) -> None:
        """See the port. `add` is read in another thread, in batches."""
        await asyncio.to_thread(self._update, index_id, add, remove)

    async def search(self, text: str, *, filters: Filters, limit: int) -> Sequence[Match]:
        """See the port."""
        return await asyncio.to_thread(self._search, text, filters, limit)

    async def clear(self, index_id: int) -> None:
        """See the port."""
        await asyncio.to_thread(self._clear, index_id)

    async def ranking(self) -> str:
        """See the port."""
        return "BM25 by tantivy"

    async def ids(self, index_id: int) -> frozenset[int]:
        """See the port."""
        return await asyncio.to_thread(self._ids, index_id)

    def _update(self, index_id: int, add: Iterable[Document], remove: Collection[int]) -> None:
        with self._directory.writing() as (writer, layout):
            for ids in _batches(remove):
                writer.delete_documents_by_query(held_by(layout, index_id, ids))
            for documents in _batches(add):
                unique = {document.snippet_id: document for document in documents}
                writer.delete_documents_by_query(held_by(layout, index_id, list(unique)))
                for document in unique.values():
                    writer.add_document(as_tantivy(index_id, document))

    def _clear(self, index_id: int) -> None:
        with self._directory.writing() as (writer, layout):
            writer.delete_documents_by_query(held_by(layout, index_id))

    def _ids(self, index_id: int) -> frozenset[int]:
        index = self._directory.index()
        searcher = index.searcher()
        if not searcher.num_docs:
            return frozenset()
        found = searcher.search(held_by(index.schema, index_id), limit=searcher.num_docs, count=False)
        return frozenset(match.snippet_id for match in _matches(searcher, found))

    def _search(self, text: str, filters: Filters, limit: int) -> Sequence[Match]:
        index = self._directory.index()
        searcher = index.searcher()
        query = asked(searcher, index.schema, text, filters)
        if query is None or limit < 1 or not searcher.num_docs:
            return []
        found = _matches(searcher, _complete(searcher, query, min(limit, searcher.num_docs)))
        return sorted(found, key=lambda match: (-match.score, match.snippet_id))[:limit]


def _complete(searcher: "tantivy.Searcher", query: "tantivy.Query", limit: int) -> "tantivy.SearchResult":
    """The best documents, and all those that score the same as the last of them.

    tantivy orders equals by where they lie on disk; to order them by id, none of them may be cut off.
    """
    wanted = limit + 1
    while True:
        found = searcher.search(query, limit=wanted, count=False)
        if len(found.hits) < wanted or found.hits[-1][0] < found.hits[limit - 1][0]:
            return found
        wanted *= 4


def _matches(searcher: "tantivy.Searcher", found: "tantivy.SearchResult") -> list[Match]:
    ids = searcher.fast_field_values(SNIPPET_ID, [address for _, address in found.hits])
    scores = (score for score, _ in found.hits)
    return [Match(int(snippet_id or 0), float(score)) for snippet_id, score in zip(ids, scores, strict=True)]


def _batches(items: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
