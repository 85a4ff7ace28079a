"""Symbols, references and imports as SQL."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Column, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.code.extracted import FileFacts
from kodit.domain.code.reference import FileLinks, StoredImport, StoredReference, is_on_the_way
from kodit.domain.code.succession import KnownSymbol, succession
from kodit.domain.code.symbol import StoredSymbol
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.code_tables import import_words, imports, references, symbols, unlinked_files
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.prepared import Prepared, Row, one_of
from kodit.infrastructure.sql.symbol_rows import (
    BASES,
    CHAINS,
    CHANGE_SYMBOL,
    IMPORT_LINKS,
    IMPORTS,
    INSERT_IMPORT,
    INSERT_REFERENCE,
    INSERT_SYMBOL,
    INSERT_WORD,
    KNOWN_SYMBOLS,
    LINK_IMPORT,
    LINK_REFERENCE,
    PLACES,
    REFERENCE_LINKS,
    REFERENCES,
    SYMBOLS,
    import_of,
    import_rows,
    reference_of,
    reference_rows,
    symbol_of,
    symbol_row,
    word_rows,
)
from kodit.infrastructure.sql.tables import files

ROWS = 5_000
"""Rows in one execution: what is built for more of them takes memory and gains no time."""

_FORGET = [
    Prepared(delete(table).where(one_of(table.c.file_id, "files"))) for table in (references, imports, import_words)
]
_REMOVE = Prepared(delete(symbols).where(one_of(symbols.c.id, "ids")))
_LINKED = Prepared(delete(unlinked_files).where(one_of(unlinked_files.c.file_id, "files")))
# Where an import leads to is always a file of its own source.
_IMPORTERS = Prepared(select(imports.c.file_id).distinct().where(one_of(imports.c.target_file_id, "files")))


class SqlSymbolRepository:
    """Implements SymbolRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_files(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredSymbol]]:
        """See the port."""
        by_file: defaultdict[int, list[StoredSymbol]] = defaultdict(list)
        for row in await self._in_files(SYMBOLS, file_ids):
            _, _, file_id, _, parent, *_ = row
            mine = by_file[file_id]
            # What encloses a symbol comes before it, and nothing is missing in between.
            mine.append(symbol_of(row, None if parent is None else mine[parent].id))
        return by_file

    async def references_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredReference]]:
        """See the port."""
        return await self._references(REFERENCES, file_ids)

    async def bases_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredReference]]:
        """See the port."""
        return await self._references(BASES, file_ids)

    async def imports_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredImport]]:
        """See the port."""
        by_file: defaultdict[int, list[StoredImport]] = defaultdict(list)
        for row in await self._in_files(IMPORTS, file_ids):
            imported = import_of(row)
            by_file[imported.file_id].append(imported)
        return by_file

    async def replace(self, index_id: int, files: Iterable[FileFacts]) -> None:
        """See the port."""
        fresh = list(files)
        file_ids = [facts.file_id for facts in fresh]
        await self._replace_symbols(index_id, fresh)
        for statement in _FORGET:
            await statement.once(self._connection, {"files": file_ids})
        await self._each(INSERT_REFERENCE, (row for facts in fresh for row in reference_rows(facts)))
        await self._each(INSERT_IMPORT, (row for facts in fresh for row in import_rows(facts)))
        await self._each(INSERT_WORD, (row for facts in fresh for row in word_rows(facts)))
        await self.unlink(index_id, file_ids)

    async def unlink(self, index_id: int, file_ids: Collection[int]) -> None:
        """See the port."""
        statement = insert_for(self._connection, unlinked_files).on_conflict_do_nothing()
        for batch in batches(sorted(set(file_ids))):
            rows = [{"index_id": index_id, "file_id": file_id} for file_id in batch]
            await self._connection.execute(statement, rows)

    async def importers(self, index_id: int, file_ids: Collection[int]) -> frozenset[int]:
        """See the port."""
        return frozenset(row[0] for row in await self._in_files(_IMPORTERS, file_ids))

    async def mentioning(self, index_id: int, words: Collection[str]) -> frozenset[int]:
        """See the port."""
        return await self._bearing(index_id, import_words.c.file_id, import_words.c.word, words)

    async def naming(self, index_id: int, names: Collection[str]) -> frozenset[int]:
        """See the port."""
        return await self._bearing(index_id, references.c.file_id, references.c.name, names)

    async def _bearing(
        self, index_id: int, file_id: Column[int], text: Column[str], wanted: Collection[str]
    ) -> frozenset[int]:
        """The files of a source with one of these texts in a row of theirs."""
        found: set[int] = set()
        for batch in batches(sorted(wanted)):
            bearing = select(file_id).distinct().where(text.in_(batch)).subquery()
            mine = select(bearing.c.file_id).join(files, files.c.id == bearing.c.file_id)
            found.update(await self._connection.scalars(mine.where(files.c.index_id == index_id)))
        return frozenset(found)

    async def qualifying(self, file_ids: Collection[int], names: Collection[str]) -> frozenset[int]:
        """See the port."""
        chains = await self._in_files(CHAINS, file_ids)
        return frozenset(file_id for file_id, qualifier in chains if is_on_the_way(qualifier, names))

    async def unlinked(self, index_id: int, *, limit: int) -> Sequence[int]:
        """See the port."""
        mine = select(unlinked_files.c.file_id).where(unlinked_files.c.index_id == index_id)
        return (await self._connection.scalars(mine.order_by(unlinked_files.c.file_id).limit(limit))).all()

    async def link(self, links: Iterable[FileLinks]) -> None:
        """See the port."""
        fresh = list(links)
        file_ids = [links.file_id for links in fresh]
        leads: dict[int, Row] = {link.id: link[1:] for links in fresh for link in links.imports}
        means: dict[int, Row] = {link.id: link[1:] for links in fresh for link in links.references}
        await self._each(LINK_IMPORT, _changed(await self._in_files(IMPORT_LINKS, file_ids), leads))
        await self._each(LINK_REFERENCE, _changed(await self._in_files(REFERENCE_LINKS, file_ids), means))
        await _LINKED.once(self._connection, {"files": file_ids})

    async def _replace_symbols(self, index_id: int, fresh: Sequence[FileFacts]) -> None:
        known: defaultdict[int, list[KnownSymbol]] = defaultdict(list)
        for file_id, *row in await self._in_files(KNOWN_SYMBOLS, [facts.file_id for facts in fresh]):
            known[file_id].append(KnownSymbol(*row))
        added: list[Row] = []
        kept: list[Row] = []
        gone: list[int] = []
        for facts in fresh:
            before = known[facts.file_id]
            ids = succession(before, facts.symbols)
            gone += {old.id for old in before}.difference(ids)
            for position, (symbol, symbol_id) in enumerate(zip(facts.symbols, ids, strict=True)):
                columns = symbol_row(symbol, position)
                if symbol_id is None:
                    added.append((index_id, facts.file_id, *columns))
                else:
                    kept.append((*columns, symbol_id))
        await _REMOVE.once(self._connection, {"ids": gone})
        await self._each(CHANGE_SYMBOL, kept)
        await self._each(INSERT_SYMBOL, added)

    async def _references(self, statement: Prepared, file_ids: Collection[int]) -> Mapping[int, list[StoredReference]]:
        ids: dict[tuple[int, int | None], int] = {
            (file_id, position): symbol_id for file_id, position, symbol_id in await self._in_files(PLACES, file_ids)
        }
        by_file: defaultdict[int, list[StoredReference]] = defaultdict(list)
        for row in await self._in_files(statement, file_ids):
            file_id, scope = row[1], row[-1]
            by_file[file_id].append(reference_of(row, ids.get((file_id, scope))))
        return by_file

    async def _in_files(self, statement: Prepared, file_ids: Collection[int]) -> list[Row]:
        return await statement.rows(self._connection, {"files": sorted(set(file_ids))})

    async def _each(self, statement: Prepared, rows: Iterable[Row]) -> None:
        for batch in batches(rows, ROWS):
            await statement.each(self._connection, batch)


def _changed(stored: Iterable[Row], wanted: Mapping[int, Row]) -> Iterator[Row]:
    """What differs from the links that are stored: most of a file's stay as they are when it is linked again."""
    for link_id, *old in stored:
        new = wanted.get(link_id, (None, None))
        if tuple(old) != new:
            yield (*new, link_id)
