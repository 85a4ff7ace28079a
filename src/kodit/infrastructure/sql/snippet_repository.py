"""Snippets as SQL."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.code.marks import Derived, Mark
from kodit.domain.code.replacement import SnippetChanges
from kodit.domain.code.snippet import Snippet, SnippetKind, StoredSnippet
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.rows import to_row
from kodit.infrastructure.sql.tables import files, gone_snippets, marks, snippets

_FIELDS = tuple(field.name for field in fields(Snippet))
_STORED = select(
    *(snippets.c[name] for name in ("id", "index_id", "file_id")),
    *(files.c.path if name == "path" else snippets.c[name] for name in _FIELDS),
).join(files, files.c.id == snippets.c.file_id)

_MOVE = (
    update(snippets)
    .where(snippets.c.id == bindparam("moved"))
    .values(start_line=bindparam("first"), end_line=bindparam("last"))
)


class SqlSnippetRepository:
    """Implements SnippetRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_files(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredSnippet]]:
        """See the port."""
        by_file: defaultdict[int, list[StoredSnippet]] = defaultdict(list)
        for batch in batches(sorted(file_ids)):
            for stored in await self._stored(_STORED.where(snippets.c.file_id.in_(batch)).order_by(snippets.c.id)):
                by_file[stored.file_id].append(stored)
        return by_file

    async def apply(self, index_id: int, changes: Iterable[SnippetChanges]) -> None:
        """See the port."""
        changes = list(changes)
        added = [
            {**_row(snippet), "index_id": index_id, "file_id": change.file_id}
            for change in changes
            for snippet in change.add
        ]
        if added:
            await self._connection.execute(insert(snippets), added)
        moved = [
            {"moved": moved.id, "first": moved.snippet.start_line, "last": moved.snippet.end_line}
            for change in changes
            for moved in change.move
        ]
        if moved:
            await self._connection.execute(_MOVE, moved)
        for batch in batches(snippet_id for change in changes for snippet_id in change.remove):
            gone = [{"snippet_id": snippet_id, "index_id": index_id} for snippet_id in batch]
            await self._connection.execute(insert(gone_snippets), gone)
            await self._connection.execute(delete(snippets).where(snippets.c.id.in_(batch)))

    async def after(self, index_id: int, snippet_id: int, *, limit: int) -> Sequence[StoredSnippet]:
        """See the port."""
        newer = _STORED.where(snippets.c.index_id == index_id, snippets.c.id > snippet_id)
        return await self._stored(newer.order_by(snippets.c.id).limit(limit))

    async def with_ids(self, snippet_ids: Collection[int]) -> Mapping[int, StoredSnippet]:
        """See the port."""
        found: dict[int, StoredSnippet] = {}
        for batch in batches(sorted(snippet_ids)):
            for stored in await self._stored(_STORED.where(snippets.c.id.in_(batch))):
                found[stored.id] = stored
        return found

    async def ids(self, index_id: int) -> frozenset[int]:
        """See the port."""
        return frozenset(await self._connection.scalars(select(snippets.c.id).where(snippets.c.index_id == index_id)))

    async def of_kinds(self, kinds: Collection[SnippetKind], *, index_ids: Collection[int]) -> frozenset[int]:
        """See the port."""
        statement = select(snippets.c.id).where(snippets.c.kind.in_(sorted(kinds)))
        if index_ids:
            statement = statement.where(snippets.c.index_id.in_(sorted(index_ids)))
        return frozenset(await self._connection.scalars(statement))

    async def count_after(self, index_id: int, snippet_id: int) -> int:
        """See the port."""
        newer = (snippets.c.index_id == index_id, snippets.c.id > snippet_id)
        return await self._connection.scalar(select(func.count()).select_from(snippets).where(*newer)) or 0

    async def gone(self, index_id: int) -> frozenset[int]:
        """See the port."""
        mine = select(gone_snippets.c.snippet_id).where(gone_snippets.c.index_id == index_id)
        return frozenset(await self._connection.scalars(mine))

    async def forget_gone(self, index_id: int) -> None:
        """See the port."""
        await self._connection.execute(delete(gone_snippets).where(gone_snippets.c.index_id == index_id))

    async def mark(self, index_id: int, derived: Derived, *, model: str) -> int:
        """See the port."""
        mine = (marks.c.index_id == index_id, marks.c.derived == derived, marks.c.model == model)
        return await self._connection.scalar(select(marks.c.snippet_id).where(*mine)) or 0

    async def set_mark(self, mark: Mark) -> None:
        """See the port."""
        statement = insert_for(self._connection, marks).values(to_row(mark))
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[marks.c.index_id, marks.c.derived],
                set_={"model": mark.model, "snippet_id": mark.snippet_id},
            )
        )

    async def _stored(self, statement: Select[Any]) -> list[StoredSnippet]:
        return [_snippet(*row) for row in await self._connection.execute(statement)]


def _snippet(snippet_id: int, index_id: int, file_id: int, *values: Any) -> StoredSnippet:
    # By place, not by name: a search reads hundreds of rows, and looking columns up takes longer than reading them.
    snippet = Snippet(**dict(zip(_FIELDS, values, strict=True)))
    return StoredSnippet(id=snippet_id, index_id=index_id, file_id=file_id, snippet=snippet)


def _row(snippet: Snippet) -> dict[str, Any]:
    return to_row(snippet, skip="path")
