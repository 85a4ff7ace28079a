"""The catalogue of an SQLite file, read by the standard library alone.

Importing SQLAlchemy takes longer than a whole search, and so does making a transaction and type-decorated rows of
each of its three questions; a search from the command line asks nothing else of the database.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

from kodit.application.search.ports import Catalogue, SearchedSource
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.search.candidate import Candidate
from kodit.domain.sources.last_change import LastChange
from kodit.infrastructure.sqlite.reading import ReadingConnection

_SOURCES = 'SELECT id, name, "commit" FROM sources ORDER BY name'
_FILES = "SELECT id, path FROM files WHERE {conditions}"
_CHANGED = "SELECT id, index_id, path, author FROM files WHERE {conditions}"
# A package without files is one all the same.
_OWNED = """
SELECT files.id, files.index_id, files.path
FROM packages LEFT JOIN package_files ON package_id = packages.id
LEFT JOIN files ON files.id = package_files.file_id AND status != 'deleted' WHERE {conditions}
"""
_OF_KINDS = "SELECT id FROM snippets WHERE {conditions}"
_CANDIDATES = """
SELECT snippets.id, snippets.index_id, path, start_line, end_line, snippets.language, symbol, kind, content
FROM snippets JOIN files ON files.id = snippets.file_id WHERE snippets.id IN ({ids})
"""

_IDS_AT_ONCE = 900
"""Values in one list: SQLite before 3.32 binds at most 999."""

_T = TypeVar("_T")


class SqliteCatalogue:
    """Implements Catalogue on one connection, in threads.

    What goes wrong is left to `otherwise`, a catalogue of the same file that knows how to say what it was.
    """

    def __init__(self, path: Path, otherwise: Callable[[], Catalogue]) -> None:
        self._otherwise = otherwise
        self._connection = ReadingConnection(path)

    async def sources(self) -> Sequence[SearchedSource]:
        """See the port."""
        return await self._asked(self._sources, lambda other: other.sources())

    async def files(
        self, *, index_ids: Collection[int], languages: Collection[str], accepts: Callable[[str], bool]
    ) -> frozenset[int]:
        """See the port."""
        return await self._asked(
            lambda: self._files(index_ids, languages, accepts),
            lambda other: other.files(index_ids=index_ids, languages=languages, accepts=accepts),
        )

    async def last_changed(self, change: LastChange, *, index_ids: Collection[int]) -> Mapping[int, tuple[int, str]]:
        """See the port."""
        return await self._asked(
            lambda: self._last_changed(change, index_ids),
            lambda other: other.last_changed(change, index_ids=index_ids),
        )

    async def owned(
        self, packages: Collection[str], *, index_ids: Collection[int]
    ) -> Mapping[str, Mapping[int, tuple[int, str]]]:
        """See the port."""
        return await self._asked(
            lambda: {name: held for name in packages if (held := self._owned(name, index_ids)) is not None},
            lambda other: other.owned(packages, index_ids=index_ids),
        )

    async def of_kinds(self, kinds: Collection[SnippetKind], *, index_ids: Collection[int]) -> frozenset[int]:
        """See the port."""
        return await self._asked(
            lambda: self._of_kinds(kinds, index_ids), lambda other: other.of_kinds(kinds, index_ids=index_ids)
        )

    async def candidates(self, snippet_ids: Collection[int]) -> Mapping[int, Candidate]:
        """See the port."""
        return await self._asked(lambda: self._candidates(snippet_ids), lambda other: other.candidates(snippet_ids))

    async def close(self) -> None:
        """Give the connection back; the next question opens another."""
        await asyncio.to_thread(self._connection.close)

    async def _asked(self, here: Callable[[], _T], there: Callable[[Catalogue], Awaitable[_T]]) -> _T:
        try:
            return await asyncio.to_thread(here)
        except sqlite3.Error:
            return await there(self._otherwise())

    def _sources(self) -> Sequence[SearchedSource]:
        return [SearchedSource(*row) for row in self._rows(_SOURCES, ())]

    def _files(
        self, index_ids: Collection[int], languages: Collection[str], accepts: Callable[[str], bool]
    ) -> frozenset[int]:
        conditions, values = ["true"], []
        for column, wanted in (("index_id", index_ids), ("language", languages)):
            if wanted:
                conditions.append(f"{column} IN ({_marks(wanted)})")
                values += sorted(wanted)
        rows = self._rows(_FILES.format(conditions=" AND ".join(conditions)), values)
        return frozenset(file_id for file_id, path in rows if accepts(path))

    def _last_changed(self, change: LastChange, index_ids: Collection[int]) -> Mapping[int, tuple[int, str]]:
        conditions: list[str] = ["author IS NOT NULL"]
        values: list[Any] = sorted(index_ids)
        if index_ids:
            conditions.append(f"index_id IN ({_marks(index_ids)})")
        for condition, moment in (("changed_at >= ?", change.earliest_at), ("changed_at < ?", change.until)):
            if moment is not None:
                conditions.append(condition)
                # As they are stored: in UTC, without saying so, and in order as texts too.
                values.append(moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds"))
        rows = self._rows(_CHANGED.format(conditions=" AND ".join(conditions)), values)
        return {file_id: (index_id, path) for file_id, index_id, path, author in rows if change.is_by(author)}

    def _owned(self, package: str, index_ids: Collection[int]) -> Mapping[int, tuple[int, str]] | None:
        conditions, values = ["(packages.name = ? OR packages.path = ?)"], [package, package, *sorted(index_ids)]
        if index_ids:
            conditions.append(f"packages.index_id IN ({_marks(index_ids)})")
        rows = self._rows(_OWNED.format(conditions=" AND ".join(conditions)), values)
        owned = {file_id: (index_id, path) for file_id, index_id, path in rows if file_id is not None}
        return owned if rows else None

    def _of_kinds(self, kinds: Collection[SnippetKind], index_ids: Collection[int]) -> frozenset[int]:
        conditions = [f"kind IN ({_marks(kinds)})"]
        if index_ids:
            conditions.append(f"index_id IN ({_marks(index_ids)})")
        values = [*sorted(kind.value for kind in kinds), *sorted(index_ids)]
        rows = self._rows(_OF_KINDS.format(conditions=" AND ".join(conditions)), values)
        return frozenset(snippet_id for (snippet_id,) in rows)

    def _candidates(self, snippet_ids: Collection[int]) -> Mapping[int, Candidate]:
        ids = sorted(snippet_ids)
        parts = [ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE)]
        found = [row for part in parts for row in self._rows(_CANDIDATES.format(ids=_marks(part)), part)]
        return {row[0]: _candidate(*row) for row in found}

    def _rows(self, statement: str, values: Sequence[Any]) -> list[Any]:
        return self._connection.rows(statement, values)


def _marks(values: Collection[Any]) -> str:
    return ",".join("?" * len(values))


def _candidate(  # noqa: PLR0913, PLR0917 - the columns in their order
    snippet_id: int,
    source_id: int,
    path: str,
    start_line: int,
    end_line: int,
    language: str,
    symbol: str | None,
    kind: str,
    content: str,
) -> Candidate:
    return Candidate(
        snippet_id=snippet_id,
        source_id=source_id,
        path=path,
        start_line=start_line,
        end_line=end_line,
        language=language,
        symbol=symbol,
        kind=SnippetKind(kind),
        content=content,
    )
