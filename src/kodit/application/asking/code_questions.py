"""Where is it defined, who uses it, what does it need, what may break, which packages are there."""

import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from kodit.application.asking.answers import (
    Call,
    Calls,
    Definitions,
    Dependencies,
    Dependents,
    FileNeed,
    Graph,
    Impact,
    Listed,
    ListedFiles,
    Outline,
    Uses,
)
from kodit.application.asking.given import at_least_one, known
from kodit.application.asking.graphs import graph_of_files, graph_of_packages
from kodit.application.asking.impact import impact_of_file, impact_of_symbols
from kodit.application.asking.naming import Naming, nothing_there, without_blocks
from kodit.application.asking.ports import CodeGraph
from kodit.application.asking.rows import FileEdge, FoundFile, FoundPackage
from kodit.application.asking.uses import uses
from kodit.application.asking.where import ANYWHERE, Where, filters_of
from kodit.application.unit_of_work import Storage
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol import SymbolKind, Visibility
from kodit.domain.code.symbol_pattern import SymbolFilter, SymbolPattern
from kodit.domain.errors import NotFound
from kodit.domain.search.query import Filters
from kodit.domain.sources.location import PathFacts
from kodit.domain.sources.manifest import PackageKind

ANY_SYMBOL = SymbolFilter()


class CodeQuestions:
    """Asks the graph of the code. `where` narrows every question; each raises NothingIndexed when nothing is indexed,
    NotFound for a source that there is none of, and InvalidInput for a language or a kind that kodit does not know, for
    one text where several may be given, and for a limit or a depth below 1.

    A symbol is named by its name, or its qualified name from anywhere on (`parse`, `Parser.parse`,
    `http.parser.Parser.parse`), or by a place where it is used or defined (`src/app.py:12`, `src/app.py:12:8`).
    A file is named by a path on this machine, by one relative to its source, or by the end of that.
    """

    def __init__(self, *, storage: Storage, graph: CodeGraph, look_at_path: Callable[[str], PathFacts | None]) -> None:
        self._storage = storage
        self._graph = graph
        self._naming = Naming(storage=storage, graph=graph, look_at_path=look_at_path)

    def off_disk(self) -> "CodeQuestions":
        """The same for who must not learn what lies on this machine's disk: paths mean indexed files alone."""
        return CodeQuestions(storage=self._storage, graph=self._graph, look_at_path=nothing_there)

    async def symbols(
        self,
        pattern: str,
        *,
        which: SymbolFilter = ANY_SYMBOL,
        where: Where = ANYWHERE,
        limit: int = 50,
        offset: int = 0,
    ) -> Listed:
        """The symbols whose name fits, see `SymbolPattern`: exact ones first, then those that begin with it.

        The first `offset` of them are left out.
        """
        at_least_one("limit", limit)
        which = SymbolFilter(
            kinds=known("kinds", which.kinds, SymbolKind),
            visibilities=known("visibilities", which.visibilities, Visibility),
        )
        filters = await filters_of(self._storage, where)
        found = await self._graph.symbols(SymbolPattern(pattern), which, filters, limit=limit + 1, offset=offset)
        return Listed(symbols=found[:limit], more=len(found) > limit)

    async def definition(self, asked: str, *, where: Where = ANYWHERE) -> Definitions:
        """Where something is defined, also by a name that only an import makes known.

        Raises NotFound for a name that nothing has.
        """
        found = await self._naming.symbols(asked, where)
        if not (found.symbols or found.references or found.aliases):
            raise await self._naming.nothing(asked, where)
        return replace(found, symbols=without_blocks(found.symbols))

    async def references(
        self,
        asked: str,
        *,
        kinds: Collection[ReferenceKind] = (),
        where: Where = ANYWHERE,
        limit: int = 200,
    ) -> Uses:
        """Where something is used: a symbol, or a module or a name outside of the sources.

        Languages and paths narrow where it is used, not where it is defined. Raises NotFound for a name that nothing
        has.
        """
        at_least_one("limit", limit)
        kinds = known("kinds", kinds, ReferenceKind)
        meant = await self._naming.symbols(asked, Where(sources=where.sources), defined_first=True)
        found = await uses(self._graph, meant, kinds, await filters_of(self._storage, where), limit=limit)
        if not (meant.symbols or found.references or found.unresolved or found.outside):
            raise await self._naming.nothing(asked, where)
        return found

    async def calls(
        self,
        asked: str,
        *,
        kinds: Collection[ReferenceKind] = (ReferenceKind.CALL,),
        where: Where = ANYWHERE,
        limit: int = 200,
    ) -> Calls:
        """What a symbol calls, with all that it encloses; by other `kinds` (none: all) what else it uses.

        Raises NotFound for a name that no symbol has.
        """
        at_least_one("limit", limit)
        kinds = known("kinds", kinds, ReferenceKind)
        meant = await self._naming.symbols(asked, where, defined_first=True)
        if not meant.symbols:
            raise await self._naming.nothing(asked, where)
        around = await self._graph.enclosed([symbol.id for symbol in meant.symbols])
        found = await self._graph.references_in(around, kinds, Filters(), limit=limit + 1)
        targets = await self._graph.symbols_with_ids({one.target_id for one in found if one.target_id is not None})
        return Calls(
            asked=asked,
            symbols=without_blocks(meant.symbols),
            calls=[Call(reference=one, target=targets.get(one.target_id or 0)) for one in found[:limit]],
            more=len(found) > limit,
            unlinked=await self._unlinked(where),
        )

    async def files(self, *, where: Where = ANYWHERE, limit: int = 1000, after: str = "") -> ListedFiles:
        """The files that are indexed, by source and path; of one source, those whose path comes `after` another."""
        at_least_one("limit", limit)
        found = await self._graph.listed(await filters_of(self._storage, where), limit=limit + 1, after=after)
        return ListedFiles(files=found[:limit], more=len(found) > limit)

    async def outline(self, file: str, *, where: Where = ANYWHERE) -> Outline:
        """What a file defines. Raises NotFound, and InvalidInput where several files may be meant."""
        found = await self._naming.file(file, where)
        return Outline(file=found, symbols=await self._graph.symbols_of(found.id))

    async def dependencies(self, file: str, *, where: Where = ANYWHERE) -> Dependencies:
        """What a file needs. Raises the same."""
        found = await self._naming.file(file, where)
        edges = await self._graph.needed_by([found.id])
        return Dependencies(
            file=found,
            needs=await self._needs(edges, lambda edge: edge.to_id),
            imports=await self._graph.imports_of(found.id),
            unlinked=await self._unlinked(where),
        )

    async def dependents(self, file: str, *, where: Where = ANYWHERE) -> Dependents:
        """Which files need a file. Raises the same."""
        found = await self._needed(file, where)
        edges = await self._graph.needing([found.id])
        needed_by = await self._needs(edges, lambda edge: edge.from_id)
        return Dependents(file=found, needed_by=needed_by, unlinked=await self._unlinked(where))

    async def impact(self, asked: str, *, depth: int | None = None, where: Where = ANYWHERE) -> Impact:
        """What a change of a symbol or a file may reach: who uses it, who uses those, at most `depth` steps away.

        Of a class, also who uses its members. What is the name of a symbol and of a file, is taken for the symbol.
        Raises NotFound, and InvalidInput where several files may be meant.
        """
        at_least_one("depth", depth)
        meant = await self._naming.symbols(asked, where, defined_first=True)
        file: FoundFile | None = None
        if meant.symbols:
            reached, further = await impact_of_symbols(
                self._graph, [symbol.id for symbol in meant.symbols], depth=depth
            )
        else:
            file = await self._file_or_symbol(asked, where)
            reached, further = await impact_of_file(self._graph, file.id, depth=depth)
        return Impact(
            asked=asked,
            symbols=without_blocks(meant.symbols),
            file=file,
            reached=reached,
            further=further,
            unresolved=bool(meant.symbols) and await self._is_unresolved(meant.symbols[0].name, where),
            unlinked=await self._unlinked(where),
        )

    async def packages(
        self, *, search: str | None = None, kinds: Collection[PackageKind] = (), where: Where = ANYWHERE
    ) -> Sequence[FoundPackage]:
        """The packages, by source and path. `search` is part of their name, path or description, whatever its case."""
        kinds = known("kinds", kinds, PackageKind)
        filters = await filters_of(self._storage, Where(sources=where.sources))
        words = (search or "").lower().split()
        return [
            package
            for package in await self._graph.packages(filters.index_ids)
            if not kinds or package.kind in kinds
            if all(word in f"{package.name}\n{package.path}\n{package.description or ''}".lower() for word in words)
        ]

    async def graph_of_files(self, *, where: Where = ANYWHERE) -> Graph:
        """Which file needs which. Files that need none, and that none needs, are left out."""
        return await graph_of_files(self._graph, await filters_of(self._storage, where))

    async def graph_of_packages(self, *, where: Where = ANYWHERE) -> Graph:
        """Which package needs which, by its manifest or by what its files do."""
        return await graph_of_packages(self._graph, await filters_of(self._storage, where))

    async def _needed(self, file: str, where: Where) -> FoundFile:
        """The file that is asked about; of what is outside of the sources, references tell who needs it."""
        try:
            return await self._naming.file(file, where)
        except NotFound as error:
            filters = await filters_of(self._storage, Where(sources=where.sources))
            if not await self._graph.outside(file, (), filters, limit=1):
                raise
            raise NotFound(
                f"{file} is no file, and outside of the sources",
                remedy=f"see who imports it: kodit references {shlex.quote(file)} --kind import",
            ) from error

    async def _needs(self, edges: Sequence[FileEdge], end: Callable[[FileEdge], int]) -> Sequence[FileNeed]:
        files = await self._graph.files_with_ids({end(edge) for edge in edges})
        needs = [FileNeed(file=files[end(edge)], edge=edge) for edge in edges if end(edge) in files]
        return sorted(needs, key=lambda need: (need.file.source, need.file.path))

    async def _unlinked(self, where: Where) -> int:
        filters = await filters_of(self._storage, Where(sources=where.sources))
        return await self._graph.unlinked(filters.index_ids)

    async def _is_unresolved(self, name: str, where: Where) -> bool:
        filters = await filters_of(self._storage, Where(sources=where.sources))
        return bool(await self._graph.naming(name, (), filters, outside=False, limit=1))

    async def _file_or_symbol(self, asked: str, where: Where) -> FoundFile:
        try:
            return await self._naming.file(asked, where)
        except NotFound as error:
            nothing = await self._naming.nothing(asked, where)
            raise NotFound(
                str(nothing).replace("nothing", "neither a symbol nor an indexed file", 1), remedy=nothing.remedy
            ) from error
