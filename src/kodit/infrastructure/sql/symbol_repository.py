"""Symbols, references and imports as SQL."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Select, Table, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.code.extracted import FileFacts
from kodit.domain.code.reference import FileLinks, StoredImport, StoredReference
from kodit.domain.code.succession import KnownSymbol, succession
from kodit.domain.code.symbol import StoredSymbol
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.sql.code_tables import imports, references, symbols, unlinked_files
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.symbol_rows import (
    IMPORTS,
    REFERENCES,
    SYMBOLS,
    import_of,
    import_rows,
    reference_of,
    reference_rows,
    symbol_of,
    symbol_row,
)
from kodit.infrastructure.sql.tables import files

ROWS = 5_000
"""Rows in one execution: what is built for more of them takes memory and gains no time."""

_KNOWN = select(symbols.c.file_id, symbols.c.id, symbols.c.qualified_name, symbols.c.kind).order_by(
    symbols.c.file_id, symbols.c.position
)
_TAKE_OVER = (
    update(symbols)
    .where(symbols.c.id == bindparam("known"))
    .values({name: bindparam(name) for name in symbols.c.keys() if name not in ("id", "index_id", "file_id")})  # noqa: SIM118 - columns are no dictionary
)
_LEAD = (
    update(imports)
    .where(imports.c.id == bindparam("link"))
    .values(target_file_id=bindparam("target"), external=bindparam("outside"))
)
_MEAN = (
    update(references)
    .where(references.c.id == bindparam("link"))
    .values(target_id=bindparam("target"), external=bindparam("outside"))
)


class SqlSymbolRepository:
    """Implements SymbolRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_files(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredSymbol]]:
        """See the port."""
        by_file: defaultdict[int, list[StoredSymbol]] = defaultdict(list)
        for row in await self._in_files(SYMBOLS, file_ids):
            mine = by_file[row.file_id]
            # What encloses a symbol comes before it, and nothing is missing in between.
            mine.append(symbol_of(row, None if row.parent is None else mine[row.parent].id))
        return by_file

    async def references_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredReference]]:
        """See the port."""
        ids = await self._ids_by_position(file_ids)
        by_file: defaultdict[int, list[StoredReference]] = defaultdict(list)
        for row in await self._in_files(REFERENCES, file_ids):
            by_file[row.file_id].append(reference_of(row, None if row.scope is None else ids[row.file_id, row.scope]))
        return by_file

    async def imports_of(self, file_ids: Collection[int]) -> Mapping[int, Sequence[StoredImport]]:
        """See the port."""
        by_file: defaultdict[int, list[StoredImport]] = defaultdict(list)
        for row in await self._in_files(IMPORTS, file_ids):
            by_file[row.file_id].append(import_of(row))
        return by_file

    async def replace(self, index_id: int, files: Iterable[FileFacts]) -> None:
        """See the port."""
        fresh = list(files)
        file_ids = [facts.file_id for facts in fresh]
        await self._replace_symbols(index_id, fresh)
        for table in (references, imports):
            for batch in batches(file_ids):
                await self._connection.execute(delete(table).where(table.c.file_id.in_(batch)))
        await self._execute(insert(references), [row for facts in fresh for row in reference_rows(facts)])
        await self._execute(insert(imports), [row for facts in fresh for row in import_rows(facts)])
        await self.unlink(index_id, file_ids)

    async def unlink(self, index_id: int, file_ids: Collection[int]) -> None:
        """See the port."""
        rows = [{"index_id": index_id, "file_id": file_id} for file_id in sorted(set(file_ids))]
        await self._execute(insert_for(self._connection, unlinked_files).on_conflict_do_nothing(), rows)

    async def importers(self, index_id: int, file_ids: Collection[int]) -> frozenset[int]:
        """See the port."""
        found: set[int] = set()
        for batch in batches(sorted(file_ids)):
            # Where an import leads to is always a file of its own source.
            leading = select(imports.c.file_id).distinct().where(imports.c.target_file_id.in_(batch))
            found.update(await self._connection.scalars(leading))
        return frozenset(found)

    async def naming(self, index_id: int, names: Collection[str]) -> frozenset[int]:
        """See the port."""
        found: set[int] = set()
        for batch in batches(sorted(names)):
            bearing = select(references.c.file_id).distinct().where(references.c.name.in_(batch)).subquery()
            mine = select(bearing.c.file_id).join(files, files.c.id == bearing.c.file_id)
            found.update(await self._connection.scalars(mine.where(files.c.index_id == index_id)))
        return frozenset(found)

    async def unlinked(self, index_id: int, *, limit: int) -> Sequence[int]:
        """See the port."""
        mine = select(unlinked_files.c.file_id).where(unlinked_files.c.index_id == index_id)
        return (await self._connection.scalars(mine.order_by(unlinked_files.c.file_id).limit(limit))).all()

    async def link(self, links: Iterable[FileLinks]) -> None:
        """See the port."""
        fresh = list(links)
        file_ids = [links.file_id for links in fresh]
        leads = {link.id: link[1:] for links in fresh for link in links.imports}
        await self._execute(_LEAD, await self._changed(imports, imports.c.target_file_id, file_ids, leads))
        means = {link.id: link[1:] for links in fresh for link in links.references}
        await self._execute(_MEAN, await self._changed(references, references.c.target_id, file_ids, means))
        for batch in batches(file_ids):
            await self._connection.execute(delete(unlinked_files).where(unlinked_files.c.file_id.in_(batch)))

    async def _replace_symbols(self, index_id: int, fresh: Sequence[FileFacts]) -> None:
        known: defaultdict[int, list[KnownSymbol]] = defaultdict(list)
        for row in await self._in_files(_KNOWN, [facts.file_id for facts in fresh]):
            known[row.file_id].append(KnownSymbol(*row[1:]))
        added: list[dict[str, Any]] = []
        kept: list[dict[str, Any]] = []
        gone: list[int] = []
        for facts in fresh:
            before = known[facts.file_id]
            ids = succession(before, facts.symbols)
            gone += {old.id for old in before}.difference(ids)
            for position, (symbol, symbol_id) in enumerate(zip(facts.symbols, ids, strict=True)):
                row = symbol_row(symbol, position)
                if symbol_id is None:
                    added.append({**row, "index_id": index_id, "file_id": facts.file_id})
                else:
                    kept.append({**row, "known": symbol_id})
        for batch in batches(gone):
            await self._connection.execute(delete(symbols).where(symbols.c.id.in_(batch)))
        await self._execute(_TAKE_OVER, kept)
        await self._execute(insert(symbols), added)

    async def _changed(
        self, table: Table, target: Column[Any], file_ids: Collection[int], wanted: Mapping[int, Sequence[Any]]
    ) -> list[dict[str, Any]]:
        """What differs from the links that are stored: most of a file's stay as they are when it is linked again."""
        changed = []
        for row in await self._in_files(select(table.c.id, target, table.c.external), file_ids):
            link_id, *stored = row
            target_id, external = wanted.get(link_id, (None, None))
            if stored != [target_id, external]:
                changed.append({"link": link_id, "target": target_id, "outside": external})
        return changed

    async def _ids_by_position(self, file_ids: Collection[int]) -> Mapping[tuple[int, int], int]:
        placed = select(symbols.c.file_id, symbols.c.position, symbols.c.id)
        return {(row[0], row[1]): row[2] for row in await self._in_files(placed, file_ids)}

    async def _in_files(self, statement: Select[Any], file_ids: Collection[int]) -> list[Any]:
        [table] = statement.get_final_froms()
        rows: list[Any] = []
        for batch in batches(sorted(set(file_ids))):
            rows += await self._connection.execute(statement.where(table.c.file_id.in_(batch)))
        return rows

    async def _execute(self, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        for batch in batches(rows, ROWS):
            await self._connection.execute(statement, batch)
