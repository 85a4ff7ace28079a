"""Questions about code, asked of a server; each as the method of `CodeQuestions` with its name."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kodit.application.asking.answers import (
    Calls,
    Definitions,
    Dependencies,
    Dependents,
    Graph,
    Impact,
    Listed,
    ListedFiles,
    Outline,
    Uses,
)
from kodit.application.asking.rows import FoundFile, FoundPackage, FoundSymbol
from kodit.application.asking.where import ANYWHERE, Where
from kodit.application.views import SourceRow
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol_pattern import SymbolFilter
from kodit.domain.sources.manifest import PackageKind
from kodit.infrastructure.remote.connection import Connection

ANY_SYMBOL = SymbolFilter()
USES = 10_000
"""How many uses or calls a server tells at most."""


class RemoteCodeQuestions:
    """Raises as `Connection`, and what the server's questions raise."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def symbols(
        self,
        pattern: str,
        *,
        which: SymbolFilter = ANY_SYMBOL,
        where: Where = ANYWHERE,
        limit: int = 50,
        offset: int = 0,
    ) -> Listed:
        """Symbols whose name fits."""
        asked = {"q": pattern, "kind": which.kinds, "visibility": which.visibilities, **_within(where)}
        left_out = max(offset, 0) or None
        found, more = await self._connection.some(FoundSymbol, "symbols", limit=limit, offset=left_out, **asked)
        return Listed(symbols=found, more=more)

    async def definition(self, asked: str, *, where: Where = ANYWHERE) -> Definitions:
        """Where something is defined."""
        return await self._connection.get(Definitions, "definition", name=asked, **_within(where))

    async def references(
        self, asked: str, *, kinds: Collection[ReferenceKind] = (), where: Where = ANYWHERE, limit: int = 200
    ) -> Uses:
        """Where something is used."""
        return await self._connection.get(
            Uses, "references", name=asked, kind=tuple(kinds), limit=min(limit, USES), **_within(where)
        )

    async def calls(
        self,
        asked: str,
        *,
        kinds: Collection[ReferenceKind] = (ReferenceKind.CALL,),
        where: Where = ANYWHERE,
        limit: int = 200,
    ) -> Calls:
        """What something calls."""
        return await self._connection.get(
            Calls, "calls", name=asked, kind=tuple(kinds), limit=min(limit, USES), **_within(where)
        )

    async def files(self, *, where: Where = ANYWHERE, limit: int = 1000, after: str = "") -> ListedFiles:
        """The files that are indexed."""
        names = where.sources or [row.name for row in await self._connection.items(SourceRow, "sources")]
        narrowed = {"language": where.languages, "path": where.paths, "after": after or None}
        found: list[FoundFile] = []
        for name in sorted(names):
            rest = limit - len(found)
            files, more = await self._connection.some(
                FoundFile, "sources", name, "files", limit=max(rest, 1), **narrowed
            )
            if more or len(files) > rest:
                return ListedFiles(files=[*found, *files[:rest]], more=True)
            found += files
        return ListedFiles(files=found, more=False)

    async def outline(self, file: str, *, where: Where = ANYWHERE) -> Outline:
        """What a file defines."""
        return await self._connection.get(Outline, "outline", file=file, **_within(where))

    async def dependencies(self, file: str, *, where: Where = ANYWHERE) -> Dependencies:
        """What a file needs."""
        return await self._connection.get(Dependencies, "dependencies", file=file, **_within(where))

    async def dependents(self, file: str, *, where: Where = ANYWHERE) -> Dependents:
        """Which files need a file."""
        return await self._connection.get(Dependents, "dependents", file=file, **_within(where))

    async def impact(self, asked: str, *, depth: int | None = None, where: Where = ANYWHERE) -> Impact:
        """What a change may reach."""
        return await self._connection.get(Impact, "impact", name=asked, depth=depth, **_within(where))

    async def packages(
        self, *, search: str | None = None, kinds: Collection[PackageKind] = (), where: Where = ANYWHERE
    ) -> Sequence[FoundPackage]:
        """The packages."""
        return await self._connection.items(
            FoundPackage, "packages", search=search, kind=tuple(kinds), source=where.sources
        )

    async def graph_of_files(self, *, where: Where = ANYWHERE) -> Graph:
        """Which file needs which."""
        return await self._connection.get(Graph, "graphs", "files", **_within(where))

    async def graph_of_packages(self, *, where: Where = ANYWHERE) -> Graph:
        """Which package needs which."""
        return await self._connection.get(Graph, "graphs", "packages", **_within(where))


def _within(where: Where) -> Mapping[str, Any]:
    return {"source": where.sources, "language": where.languages, "path": where.paths}
