"""The texts of files, put together from their snippets, which have every line of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, func, select

from kodit.application.asking.rows import FoundFile
from kodit.domain.search.globs import matches
from kodit.domain.search.query import Filters
from kodit.infrastructure.sql.code_graph_rows import FILES, file_of
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.prepared import one_of
from kodit.infrastructure.sql.tables import files, snippets

_PIECES = (
    select(snippets.c.file_id, snippets.c.start_line, snippets.c.content)
    .where(one_of(snippets.c.file_id, "ids"))
    .order_by(snippets.c.file_id, snippets.c.start_line)
)


class SqlFileTexts:
    """Implements FileTexts, each call in a reading transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holding(self, literal: str, filters: Filters, *, ignore_case: bool) -> Sequence[FoundFile]:
        """See the port."""
        chosen = select(snippets.c.file_id)
        if filters.index_ids:
            chosen = chosen.where(snippets.c.index_id.in_(sorted(filters.index_ids)))
        if literal:
            chosen = chosen.where(_has(literal, ignore_case=ignore_case, sqlite=self._database.is_sqlite))
        statement = FILES.where(files.c.id.in_(chosen))
        if filters.languages:
            statement = statement.where(files.c.language.in_(sorted(filters.languages)))
        async with self._database.read() as connection:
            found = [file_of(row) for row in await connection.execute(statement)]
        if filters.paths:
            found = [file for file in found if any(matches(pattern, file.path) for pattern in filters.paths)]
        return sorted(found, key=attrgetter("source", "path"))

    async def lines(self, file_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
        """See the port."""
        pieces: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
        async with self._database.read() as connection:
            for file_id, start_line, content in await connection.execute(_PIECES, {"ids": sorted(file_ids)}):
                pieces[file_id].append((start_line, content))
        return {file_id: _together(found) for file_id, found in pieces.items()}


def _has(literal: str, *, ignore_case: bool, sqlite: bool) -> ColumnElement[bool]:
    """Whether a snippet's content has a text. Where case does not count, only ASCII's letters are the same in both."""
    content: Any = snippets.c.content
    if ignore_case and not sqlite:
        # By the rules of no language: in Turkish, I is not the upper case of i.
        content = content.collate("C")
    found = func.instr if sqlite else func.strpos
    return found(func.lower(content) if ignore_case else content, literal) > 0


def _together(pieces: Sequence[tuple[int, str]]) -> Sequence[str]:
    """The lines of a file. Snippets overlap, and where they do they say the same."""
    lines: list[str] = []
    for start_line, content in pieces:
        # Each snippet is its lines joined by LF, so an LF at its end begins an empty one.
        part = content.split("\n")
        lines.extend([""] * (start_line - 1 - len(lines)))
        lines[start_line - 1 : start_line - 1 + len(part)] = part
    return lines
