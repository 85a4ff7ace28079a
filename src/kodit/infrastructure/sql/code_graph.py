"""Questions about code as SQL."""

from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, case, func, select

from kodit.application.asking.rows import (
    FileEdge,
    FoundAlias,
    FoundFile,
    FoundImport,
    FoundPackage,
    FoundReference,
    FoundSymbol,
    Use,
)
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol import SymbolKind
from kodit.domain.code.symbol_pattern import PARTS, SymbolFilter, SymbolPattern
from kodit.domain.search.query import Filters
from kodit.infrastructure.sql.code_graph_filters import at_end, filtered
from kodit.infrastructure.sql.code_graph_names import (
    alike,
    found_aliases,
    imported_whole,
    imports_to,
    named_outside,
    spelled_outside,
)
from kodit.infrastructure.sql.code_graph_rows import (
    FILES,
    IMPORTS,
    IS_NO_BLOCK,
    LINES,
    REFERENCES,
    SYMBOLS,
    file_of,
    fits,
    import_of,
    line_at,
    line_in,
    nearness,
    reference_of,
    symbol_of,
    within,
)
from kodit.infrastructure.sql.code_tables import imports, references, symbols, unlinked_files
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.file_edges import all_edges, edges_from, edges_to
from kodit.infrastructure.sql.package_rows import found_packages, owners_of
from kodit.infrastructure.sql.prepared import one_of
from kodit.infrastructure.sql.tables import files, sources

# Sorted in Python where texts are compared, because each PostgreSQL database has an order of its own for them.
_place = attrgetter("source", "path", "start_line", "end_line")
_use = attrgetter("source", "path", "line", "column")

_is_import = case((references.c.kind == ReferenceKind.IMPORT, 1), else_=0)


class SqlCodeGraph:
    """Implements CodeGraph, each call in a reading transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def files(self, filters: Filters, *, ending: str) -> Sequence[FoundFile]:
        """See the port."""
        async with self._database.read() as connection:
            statement, given = await filtered(connection, FILES, filters)
            found = await connection.execute(statement.where(at_end(ending)), given)
            return sorted(map(file_of, found), key=attrgetter("source", "path"))

    async def listed(self, filters: Filters, *, limit: int | None, after: str = "") -> Sequence[FoundFile]:
        """See the port."""
        source, path = self._in_order(sources.c.name), self._in_order(files.c.path)
        async with self._database.read() as connection:
            statement, given = await filtered(connection, FILES.where(path > after), filters)
            return [
                file_of(row) for row in await connection.execute(statement.order_by(source, path).limit(limit), given)
            ]

    async def files_with_ids(self, file_ids: Collection[int]) -> Mapping[int, FoundFile]:
        """See the port."""
        async with self._database.read() as connection:
            found = await connection.execute(FILES.where(one_of(files.c.id, "ids")), {"ids": sorted(file_ids)})
            return {row.id: file_of(row) for row in found}

    async def symbols(
        self, pattern: SymbolPattern, which: SymbolFilter, filters: Filters, *, limit: int, offset: int = 0
    ) -> Sequence[FoundSymbol]:
        """See the port."""
        is_part = case((symbols.c.kind.in_(sorted(PARTS)), 1), else_=0)
        near = (nearness(pattern), is_part, func.length(symbols.c.name))
        place = (self._in_order(sources.c.name), self._in_order(files.c.path), symbols.c.position)
        statement = SYMBOLS.where(fits(pattern)).order_by(*near, *place).limit(limit).offset(max(offset, 0))
        if which.kinds:
            statement = statement.where(symbols.c.kind.in_(sorted(which.kinds)))
        if SymbolKind.CLASS not in which.kinds:
            statement = statement.where(IS_NO_BLOCK)
        if which.visibilities:
            statement = statement.where(symbols.c.visibility.in_(sorted(which.visibilities)))
        return await self._symbols(statement, filters)

    async def names_alike(self, name: str, filters: Filters) -> Collection[str]:
        """See the port."""
        statement = select(symbols.c.name).distinct().where(alike(name))
        if filters.index_ids:
            statement = statement.where(symbols.c.index_id.in_(sorted(filters.index_ids)))
        async with self._database.read() as connection:
            return frozenset(await connection.scalars(statement))

    async def bearing(self, name: str, filters: Filters, *, ignore_case: bool = False) -> Sequence[FoundSymbol]:
        """See the port."""
        same = func.lower(symbols.c.name) == name.lower() if ignore_case else symbols.c.name == name
        return sorted(await self._symbols(SYMBOLS.where(same), filters), key=_place)

    async def symbols_of(self, file_id: int) -> Sequence[FoundSymbol]:
        """See the port."""
        statement = SYMBOLS.where(symbols.c.file_id == file_id).order_by(symbols.c.position)
        return await self._symbols(statement, Filters())

    async def symbols_with_ids(self, symbol_ids: Collection[int]) -> Mapping[int, FoundSymbol]:
        """See the port."""
        async with self._database.read() as connection:
            found = await connection.execute(SYMBOLS.where(one_of(symbols.c.id, "ids")), {"ids": sorted(symbol_ids)})
            return {row.id: symbol_of(row) for row in found}

    async def enclosed(self, symbol_ids: Collection[int]) -> frozenset[int]:
        """See the port."""
        asked = select(symbols.c.file_id).where(one_of(symbols.c.id, "ids"))
        statement = select(symbols.c.id, symbols.c.file_id, symbols.c.position, symbols.c.parent).where(
            symbols.c.file_id.in_(asked)
        )
        chosen = set(symbol_ids)
        within: set[tuple[int, int]] = set()
        async with self._database.read() as connection:
            found = await connection.execute(
                statement.order_by(symbols.c.file_id, symbols.c.position), {"ids": sorted(chosen)}
            )
            for symbol_id, file_id, position, parent in found:
                # What encloses a symbol has come before it.
                if symbol_id in chosen or (file_id, parent) in within:
                    chosen.add(symbol_id)
                    within.add((file_id, position))
        return frozenset(chosen)

    async def references_to(
        self, symbol_ids: Collection[int], kinds: Collection[ReferenceKind], filters: Filters, *, limit: int
    ) -> Sequence[FoundReference]:
        """See the port."""
        statement = REFERENCES.where(one_of(references.c.target_id, "targets"))
        return await self._references(statement, kinds, filters, limit, {"targets": sorted(symbol_ids)})

    async def naming(
        self, name: str, kinds: Collection[ReferenceKind], filters: Filters, *, outside: bool, limit: int
    ) -> Sequence[FoundReference]:
        """See the port."""
        told = references.c.external.is_not(None) if outside else references.c.external.is_(None)
        statement = REFERENCES.where(references.c.name == name, references.c.target_id.is_(None), told)
        return await self._references(statement, kinds, filters, limit, {})

    async def outside(
        self, name: str, kinds: Collection[ReferenceKind], filters: Filters, *, limit: int
    ) -> Sequence[FoundReference]:
        """See the port."""
        async with self._database.read() as connection:
            names = await spelled_outside(connection, name)
            importing = not kinds or ReferenceKind.IMPORT in kinds
            whole = await imported_whole(connection, names, filters, limit) if importing else []
        statement = REFERENCES.where(named_outside(names), references.c.target_id.is_(None))
        parts = await self._references(statement, kinds, filters, limit, {})
        return sorted([*whole, *parts], key=_use)[:limit]

    async def importing(self, file_ids: Collection[int], filters: Filters, *, limit: int) -> Sequence[FoundReference]:
        """See the port."""
        async with self._database.read() as connection:
            return sorted(await imports_to(connection, file_ids, filters, limit), key=_use)

    async def aliases(self, local: str, filters: Filters) -> Sequence[FoundAlias]:
        """See the port."""
        async with self._database.read() as connection:
            return sorted(await found_aliases(connection, local, filters), key=attrgetter("source", "path", "line"))

    async def references_in(
        self, symbol_ids: Collection[int], kinds: Collection[ReferenceKind], filters: Filters, *, limit: int
    ) -> Sequence[FoundReference]:
        """See the port."""
        return await self._references(within("symbols"), kinds, filters, limit, {"symbols": sorted(symbol_ids)})

    async def references_at(self, file_id: int, line: int) -> Sequence[FoundReference]:
        """See the port."""
        statement = REFERENCES.where(references.c.file_id == file_id, references.c.line == line)
        return await self._references(statement, (), Filters(), None, {})

    async def line_of(self, file_id: int, line: int) -> str:
        """See the port."""
        async with self._database.read() as connection:
            row = (await connection.execute(line_at(file_id, line))).first()
        return "" if row is None else line_in(row)

    async def imports_of(self, file_id: int) -> Sequence[FoundImport]:
        """See the port."""
        async with self._database.read() as connection:
            return [import_of(row) for row in await connection.execute(IMPORTS.where(imports.c.file_id == file_id))]

    async def needed_by(self, file_ids: Collection[int]) -> Sequence[FileEdge]:
        """See the port."""
        async with self._database.read() as connection:
            return await edges_from(connection, file_ids)

    async def needing(self, file_ids: Collection[int]) -> Sequence[FileEdge]:
        """See the port."""
        async with self._database.read() as connection:
            return await edges_to(connection, file_ids)

    async def edges(self, filters: Filters) -> Sequence[FileEdge]:
        """See the port."""
        async with self._database.read() as connection:
            statement, given = await filtered(connection, FILES, filters)
            chosen = {row.id for row in await connection.execute(statement, given)}
            found = await all_edges(connection, filters.index_ids)
        return [edge for edge in found if edge.from_id in chosen and edge.to_id in chosen]

    async def users_of(self, symbol_ids: Collection[int]) -> Sequence[Use]:
        """See the port."""
        user = symbols.alias()
        inside = (user.c.file_id == references.c.file_id) & (user.c.position == references.c.scope)
        by = (references.c.target_id, user.c.id, references.c.file_id)
        statement = (
            select(*by, func.min(references.c.line), func.min(_is_import))
            .select_from(references)
            .outerjoin(user, inside)
            .where(one_of(references.c.target_id, "targets"))
            .group_by(*by)
        )
        async with self._database.read() as connection:
            found = await connection.execute(statement, {"targets": sorted(symbol_ids)})
            return [
                Use(target_id=target, user_id=user_id, file_id=file_id, line=line, only_imported=bool(imported))
                for target, user_id, file_id, line, imported in found
            ]

    async def packages(self, index_ids: Collection[int]) -> Sequence[FoundPackage]:
        """See the port."""
        async with self._database.read() as connection:
            return await found_packages(connection, index_ids)

    async def owners(self, index_ids: Collection[int]) -> Mapping[int, int]:
        """See the port."""
        async with self._database.read() as connection:
            return await owners_of(connection, index_ids)

    async def unlinked(self, index_ids: Collection[int]) -> int:
        """See the port."""
        statement = select(func.count()).select_from(unlinked_files)
        if index_ids:
            statement = statement.where(unlinked_files.c.index_id.in_(sorted(index_ids)))
        async with self._database.read() as connection:
            return await connection.scalar(statement) or 0

    def _in_order(self, text: Any) -> Any:
        """A text to sort by as Python sorts it: each PostgreSQL database has an order of its own."""
        return text if self._database.is_sqlite else text.collate("C")

    async def _symbols(self, statement: Select[Any], filters: Filters) -> list[FoundSymbol]:
        async with self._database.read() as connection:
            statement, given = await filtered(connection, statement, filters)
            return [symbol_of(row) for row in await connection.execute(statement, given)]

    async def _references(
        self,
        statement: Select[Any],
        kinds: Collection[ReferenceKind],
        filters: Filters,
        limit: int | None,
        given: Mapping[str, Any],
    ) -> list[FoundReference]:
        if kinds:
            statement = statement.where(references.c.kind.in_(sorted(kinds)))
        statement = statement.order_by(references.c.file_id, references.c.line, references.c.column).limit(limit)
        async with self._database.read() as connection:
            statement, chosen = await filtered(connection, statement, filters)
            rows = (await connection.execute(statement, {**chosen, **given})).all()
            ids = {"ids": [row.id for row in rows]}
            around = await connection.execute(LINES, ids)
            texts = {row.id: line_in(row).strip() for row in around}
        return sorted((reference_of(row, texts.get(row.id, "")) for row in rows), key=_use)
