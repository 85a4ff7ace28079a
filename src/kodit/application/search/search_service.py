"""One search, from the question to the answers."""

import asyncio
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from kodit.application.indexing.models import DerivedModels
from kodit.application.search.ports import Catalogue, SearchedSource
from kodit.domain.code.marks import Derived
from kodit.domain.errors import NotFound, NothingIndexed
from kodit.domain.search.candidate import Ranked
from kodit.domain.search.globs import regex_source
from kodit.domain.search.ports import Embedder, KeywordIndex, Vector, VectorIndex, VectorKind
from kodit.domain.search.query import Filters, Hit, Match, Query, SearchMode
from kodit.domain.search.ranking import rank

FETCH = 50
"""Matches taken from each list at least: ranking must see more than it shows. Between 50 and 300 the answers to the
questions of benchmarks/quality.py are equally good, and each match costs some ten microseconds to read."""
PER_ANSWER = 5
"""Matches taken from each list for each answer asked for."""

_Among = tuple[frozenset[int] | None, frozenset[int] | None]
"""The only files and the only snippets that may be found, None for all."""

KEYWORD = SearchMode.KEYWORD.value
CODE = SearchMode.CODE.value
TEXT = SearchMode.TEXT.value


class SearchService:
    """Asks every list that the mode names at the same time, fuses, ranks, folds and cuts."""

    def __init__(
        self,
        *,
        keyword_index: KeywordIndex,
        vector_index: VectorIndex,
        embedder: Embedder,
        models: DerivedModels,
        catalogue: Catalogue,
    ) -> None:
        self._catalogue = catalogue
        self._keyword_index = keyword_index
        self._vector_index = vector_index
        self._embedder = embedder
        self._models = models

    async def search(self, query: Query) -> Sequence[Hit]:
        """The answers, best first. Raises NothingIndexed when there is nothing to search."""
        sources = {source.id: source for source in await self._catalogue.sources()}
        if not sources:
            raise NothingIndexed("nothing is indexed yet", remedy="index something: kodit index PATH_OR_URL")
        query, file_ids = await self._narrowed(query)
        lists = await self._lists(query, query.filters.index_ids or frozenset(sources), file_ids)
        found = await self._catalogue.candidates({match.snippet_id for matches in lists.values() for match in matches})
        # A source may have been added since the sources were asked for.
        candidates = {snippet_id: one for snippet_id, one in found.items() if one.source_id in sources}
        return [_hit(answer, sources) for answer in rank(query.text, lists, candidates, query.limit)]

    async def ids_of(self, names: Collection[str]) -> frozenset[int]:
        """The ids of sources by their names. Raises NotFound for a name that none has."""
        if not names:
            return frozenset()
        ids = {source.name: source.id for source in await self._catalogue.sources()}
        for name in names:
            if name not in ids:
                raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")
        return frozenset(ids[name] for name in names)

    async def _narrowed(self, query: Query) -> tuple[Query, frozenset[int] | None]:
        """The query as an index can answer it, and the ids of the files that pass its filters, None for all."""
        filters, file_ids = query.filters, None
        if filters.narrows_files:
            file_ids = await self._catalogue.files(
                index_ids=filters.index_ids, languages=filters.languages, accepts=_accepts(filters.paths)
            )
        if filters.last_change.is_asked:
            changed = await self._catalogue.last_changed(filters.last_change, index_ids=filters.index_ids)
            file_ids = frozenset(changed) if file_ids is None else file_ids.intersection(changed)
            filters = replace(filters, files=frozenset(changed.values()))
        if filters.packages:
            owned = await self._owned(filters)
            file_ids = frozenset(owned) if file_ids is None else file_ids.intersection(owned)
            files = frozenset(owned.values())
            filters = replace(filters, files=files if filters.files is None else files & filters.files)
        if filters.kinds:
            snippets = await self._catalogue.of_kinds(filters.kinds, index_ids=filters.index_ids)
            filters = replace(filters, snippets=snippets)
        return replace(query, filters=filters), file_ids

    async def _owned(self, filters: Filters) -> Mapping[int, tuple[int, str]]:
        """The files of the packages asked for. Raises NotFound for a package that there is none of."""
        owned = await self._catalogue.owned(filters.packages, index_ids=filters.index_ids)
        if missing := sorted(filters.packages - owned.keys()):
            raise NotFound(f"there is no package named {missing[0]}", remedy="list them: kodit packages")
        return {file_id: place for files in owned.values() for file_id, place in files.items()}

    async def _lists(
        self, query: Query, index_ids: frozenset[int], file_ids: frozenset[int] | None
    ) -> Mapping[str, Sequence[Match]]:
        """Each list that the mode draws on, asked at the same time."""
        limit = max(FETCH, PER_ANSWER * query.limit)
        kinds = () if query.mode is SearchMode.KEYWORD else _kinds(query.mode)
        # Before anything is asked: where an embedder has no answer, nothing is left half asked.
        [vector] = await self._embedder.embed([query.text]) if kinds else [b""]
        asked = {}
        if query.mode in (SearchMode.HYBRID, SearchMode.KEYWORD):
            asked[KEYWORD] = self._keyword_index.search(query.text, filters=query.filters, limit=limit)
        for kind in kinds:
            asked[kind.value] = self._nearest(vector, kind, index_ids, (file_ids, query.filters.snippets), limit)
        return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))

    async def _nearest(
        self, vector: Vector, kind: VectorKind, index_ids: frozenset[int], among: _Among, limit: int
    ) -> Sequence[Match]:
        file_ids, snippet_ids = among
        derived = Derived.CODE_VECTORS if kind is VectorKind.CODE else Derived.TEXT_VECTORS
        return await self._vector_index.search(
            vector,
            kind=kind,
            model=self._models[derived],
            index_ids=index_ids,
            file_ids=file_ids,
            snippet_ids=snippet_ids,
            limit=limit,
        )


def _kinds(mode: SearchMode) -> Sequence[VectorKind]:
    if mode is SearchMode.HYBRID:
        return (VectorKind.CODE, VectorKind.TEXT)
    return (VectorKind.CODE,) if mode is SearchMode.CODE else (VectorKind.TEXT,)


def _accepts(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path matches one of the globs; any path does when there is none."""
    compiled = [re.compile(regex_source(pattern), re.DOTALL) for pattern in patterns]
    return lambda path: not compiled or any(pattern.fullmatch(path) for pattern in compiled)


def _hit(answer: Ranked, sources: Mapping[int, SearchedSource]) -> Hit:
    candidate = answer.candidate
    source = sources[candidate.source_id]
    return Hit(
        snippet_id=candidate.snippet_id,
        path=candidate.path,
        start_line=candidate.start_line,
        end_line=candidate.end_line,
        language=candidate.language,
        symbol=candidate.symbol,
        kind=candidate.kind,
        source=source.name,
        commit=source.commit,
        score=answer.score,
        ranks=answer.ranks,
        content=candidate.content,
    )
