"""The catalogue of any storage."""

from collections.abc import Callable, Collection, Mapping, Sequence

from kodit.application.search.ports import SearchedSource
from kodit.application.unit_of_work import Storage
from kodit.domain.code.snippet import SnippetKind, StoredSnippet
from kodit.domain.search.candidate import Candidate
from kodit.domain.sources.last_change import LastChange


class StoredCatalogue:
    """Implements Catalogue by the repositories, each call in a reading transaction of its own."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def sources(self) -> Sequence[SearchedSource]:
        """See the port."""
        async with self._storage.read() as unit:
            return [SearchedSource(source.id, source.name, source.commit) for source in await unit.sources.all()]

    async def files(
        self, *, index_ids: Collection[int], languages: Collection[str], accepts: Callable[[str], bool]
    ) -> frozenset[int]:
        """See the port."""
        async with self._storage.read() as unit:
            return await unit.files.matching(index_ids=index_ids, languages=languages, accepts=accepts)

    async def last_changed(self, change: LastChange, *, index_ids: Collection[int]) -> Mapping[int, tuple[int, str]]:
        """See the port."""
        async with self._storage.read() as unit:
            return await unit.files.last_changed(change, index_ids=index_ids)

    async def owned(
        self, packages: Collection[str], *, index_ids: Collection[int]
    ) -> Mapping[str, Mapping[int, tuple[int, str]]]:
        """See the port."""
        async with self._storage.read() as unit:
            return await unit.packages.owned(packages, index_ids=index_ids)

    async def of_kinds(self, kinds: Collection[SnippetKind], *, index_ids: Collection[int]) -> frozenset[int]:
        """See the port."""
        async with self._storage.read() as unit:
            return await unit.snippets.of_kinds(kinds, index_ids=index_ids)

    async def candidates(self, snippet_ids: Collection[int]) -> Mapping[int, Candidate]:
        """See the port."""
        async with self._storage.read() as unit:
            stored = await unit.snippets.with_ids(snippet_ids)
        return {snippet_id: _candidate(snippet) for snippet_id, snippet in stored.items()}


def _candidate(stored: StoredSnippet) -> Candidate:
    snippet = stored.snippet
    return Candidate(
        snippet_id=stored.id,
        source_id=stored.index_id,
        path=snippet.path,
        start_line=snippet.start_line,
        end_line=snippet.end_line,
        language=snippet.language,
        symbol=snippet.symbol,
        kind=snippet.kind,
        content=snippet.content,
    )
