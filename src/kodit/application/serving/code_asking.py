"""Questions about code, as far as a caller sees it."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

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
from kodit.application.asking.rows import FoundPackage
from kodit.application.asking.where import ANYWHERE, Where
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.symbol_pattern import SymbolFilter
from kodit.domain.sources.manifest import PackageKind

if TYPE_CHECKING:
    from kodit.application.asking.code_questions import CodeQuestions
    from kodit.application.serving.sight import Sight


class CodeAsking:
    """The questions of `CodeQuestions`, each narrowed to the sources that exist for the caller."""

    def __init__(self, questions: "CodeQuestions", sight: "Sight") -> None:
        self._questions = questions if sight.reaches_disk else questions.off_disk()
        self._sight = sight

    async def symbols(
        self,
        pattern: str,
        *,
        which: SymbolFilter | None = None,
        where: Where = ANYWHERE,
        limit: int = 50,
        offset: int = 0,
    ) -> Listed:
        """Symbols whose name fits."""
        seen, which = await self._sight.where(where), which or SymbolFilter()
        return await self._questions.symbols(pattern, which=which, where=seen, limit=limit, offset=offset)

    async def definition(self, asked: str, *, where: Where = ANYWHERE) -> Definitions:
        """Where something is defined."""
        return await self._questions.definition(asked, where=await self._sight.where(where))

    async def references(
        self, asked: str, *, kinds: Collection[ReferenceKind] = (), where: Where = ANYWHERE, limit: int = 200
    ) -> Uses:
        """Where something is used."""
        return await self._questions.references(asked, kinds=kinds, where=await self._sight.where(where), limit=limit)

    async def calls(
        self,
        asked: str,
        *,
        kinds: Collection[ReferenceKind] = (ReferenceKind.CALL,),
        where: Where = ANYWHERE,
        limit: int = 200,
    ) -> Calls:
        """What something calls."""
        return await self._questions.calls(asked, kinds=kinds, where=await self._sight.where(where), limit=limit)

    async def files(self, *, where: Where = ANYWHERE, limit: int = 1000, after: str = "") -> ListedFiles:
        """The files that are indexed."""
        return await self._questions.files(where=await self._sight.where(where), limit=limit, after=after)

    async def outline(self, file: str, *, where: Where = ANYWHERE) -> Outline:
        """What a file defines."""
        return await self._questions.outline(file, where=await self._sight.where(where))

    async def dependencies(self, file: str, *, where: Where = ANYWHERE) -> Dependencies:
        """What a file needs."""
        return await self._questions.dependencies(file, where=await self._sight.where(where))

    async def dependents(self, file: str, *, where: Where = ANYWHERE) -> Dependents:
        """Which files need a file."""
        return await self._questions.dependents(file, where=await self._sight.where(where))

    async def impact(self, asked: str, *, depth: int | None = None, where: Where = ANYWHERE) -> Impact:
        """What a change may reach."""
        return await self._questions.impact(asked, depth=depth, where=await self._sight.where(where))

    async def packages(
        self, *, search: str | None = None, kinds: Collection[PackageKind] = (), where: Where = ANYWHERE
    ) -> Sequence[FoundPackage]:
        """The packages."""
        return await self._questions.packages(search=search, kinds=kinds, where=await self._sight.where(where))

    async def graph_of_files(self, *, where: Where = ANYWHERE) -> Graph:
        """Which file needs which."""
        return await self._questions.graph_of_files(where=await self._sight.where(where))

    async def graph_of_packages(self, *, where: Where = ANYWHERE) -> Graph:
        """Which package needs which."""
        return await self._questions.graph_of_packages(where=await self._sight.where(where))
