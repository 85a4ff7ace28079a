"""Keyword search in memory, scored by rank-bm25: what the persistent index is held against."""

import heapq
import math
from collections.abc import Collection, Iterable, Mapping, Sequence

from kodit.domain.search import globs
from kodit.domain.search.fields import K1, WEIGHTS, B, Field, document_fields, query_terms
from kodit.domain.search.query import Document, Filters, Match


class MemoryKeywordIndex:
    """The executable specification of a keyword index: it forgets everything with its process.

    It scores anew after each change, so it is for thousands of documents, not for millions.
    """

    def __init__(self) -> None:
        self._documents: dict[tuple[int, int], Document] = {}
        self._scored: _Scored | None = None

    async def update(self, index_id: int, *, add: Iterable[Document], remove: Collection[int]) -> None:
        """See the port."""
        added = {(index_id, document.snippet_id): document for document in add}
        for snippet_id in remove:
            self._documents.pop((index_id, snippet_id), None)
        self._documents |= added
        self._scored = None

    async def search(self, text: str, *, filters: Filters, limit: int) -> Sequence[Match]:
        """See the port."""
        if not self._documents:
            return []
        if self._scored is None:
            self._scored = _Scored(self._documents)
        scores = self._scored.scores(query_terms(text))
        found = (
            Match(snippet_id, score)
            for ((index_id, snippet_id), document), score in zip(self._documents.items(), scores, strict=True)
            if score > 0 and _passes(index_id, document, filters)
        )
        return heapq.nsmallest(limit, found, key=lambda match: (-match.score, match.snippet_id))

    async def clear(self, index_id: int) -> None:
        """See the port."""
        await self.update(index_id, add=(), remove=await self.ids(index_id))

    async def ranking(self) -> str:
        """See the port."""
        return "BM25 by rank-bm25"

    async def ids(self, index_id: int) -> frozenset[int]:
        """See the port."""
        return frozenset(snippet_id for owner, snippet_id in self._documents if owner == index_id)


def _passes(index_id: int, document: Document, filters: Filters) -> bool:
    return (
        (not filters.index_ids or index_id in filters.index_ids)
        and (not filters.languages or document.language in filters.languages)
        and (filters.files is None or (index_id, document.path) in filters.files)
        and (filters.snippets is None or document.snippet_id in filters.snippets)
        and (not filters.paths or any(globs.matches(pattern, document.path) for pattern in filters.paths))
    )


class _Scored:
    """One state of the documents, ready to score."""

    def __init__(self, documents: Mapping[tuple[int, int], Document]) -> None:
        texts = [document_fields(document) for document in documents.values()]
        self._count = len(texts)
        self._fields = {field: _bm25([text[field].split() for text in texts]) for field in Field}

    def scores(self, terms: Sequence[tuple[Field, str]]) -> Sequence[float]:
        """The score of each document, in their order."""
        totals = [0.0] * self._count
        for field, scorer in self._fields.items():
            asked = [token for asked_field, token in terms if asked_field is field]
            if scorer is not None and asked:
                scores = scorer(asked)
                totals = [total + WEIGHTS[field] * score for total, score in zip(totals, scores, strict=True)]
        return totals


def _bm25(corpus: list[list[str]]) -> "_Scorer | None":
    return _Scorer(corpus) if any(corpus) else None


class _Scorer:
    """BM25 of one field with the inverse document frequency that never falls below zero.

    ln(1 + (N - n + 0.5) / (n + 0.5)), as in Lucene and tantivy; rank-bm25's own goes below zero for tokens that
    more than half of the documents hold, and puts a floor under that.
    """

    def __init__(self, corpus: list[list[str]]) -> None:
        from rank_bm25 import BM25Okapi  # brings numpy, which starts slowly

        self._okapi = BM25Okapi(corpus, k1=K1, b=B)
        held: dict[str, int] = {}
        for document in corpus:
            for token in set(document):
                held[token] = held.get(token, 0) + 1
        count = len(corpus)
        self._okapi.idf = {token: math.log1p((count - n + 0.5) / (n + 0.5)) for token, n in held.items()}

    def __call__(self, asked: list[str]) -> Sequence[float]:
        scores: Sequence[float] = self._okapi.get_scores(asked).tolist()
        return scores
