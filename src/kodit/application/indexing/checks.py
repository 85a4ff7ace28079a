"""Whether the keyword and vector indexes hold what the database says they hold."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from kodit.application.indexing.models import DerivedModels
from kodit.application.reports import how_to_index
from kodit.application.unit_of_work import Storage
from kodit.domain.code.marks import Derived, Mark
from kodit.domain.search.ports import KeywordIndex, VectorIndex, VectorKind
from kodit.domain.sources.source import Source

VECTORS = {Derived.CODE_VECTORS: VectorKind.CODE, Derived.TEXT_VECTORS: VectorKind.TEXT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Something that is wrong. `source` is the source that it is about, None for the database as a whole.

    `repaired` is set when it was put right, or when the source's next run will, which `remedy` begins.
    """

    source: str | None
    location: str | None
    what: str
    repaired: bool = False
    remedy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the database says of one source: the snippets that are there, those removed of late, and the mark."""

    present: frozenset[int]
    gone: frozenset[int]
    mark: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexChecks:
    """Compares the derived indexes with the database, source by source.

    `database_faults` gives what the database finds wrong with itself.
    """

    storage: Storage
    keyword_index: KeywordIndex
    vector_index: VectorIndex
    models: DerivedModels
    database_faults: Callable[[], Awaitable[Sequence[str]]]

    async def run(self, *, repair: bool) -> Sequence[Disagreement]:
        """What is wrong; with `repair`, indexes that disagree are emptied, so that the next run fills them.

        An index that has not caught up with the database is not wrong, and so a check may run beside a worker;
        repairing beside one that is at the same source makes that worker's run begin again where it was.
        """
        found = [
            Disagreement(source=None, location=None, what=f"database: {fault}")
            for fault in await self.database_faults()
        ]
        async with self.storage.read() as unit:
            sources = await unit.sources.all()
        for source in sources:
            for derived in Derived:
                found += await self._compared(source, derived, repair)
        return found

    async def _compared(self, source: Source, derived: Derived, repair: bool) -> list[Disagreement]:
        # Read before and after: what a worker adds or removes meanwhile is no disagreement.
        before = await self._known(source, derived)
        held = await self._held(source, derived)
        after = await self._known(source, derived)
        due = {
            snippet_id for snippet_id in before.present & after.present if snippet_id <= min(before.mark, after.mark)
        }
        missing = len(due - held)
        strays = len(held - before.present - before.gone - after.present - after.gone)
        if not missing and not strays:
            return []
        if repair:
            await self._empty(source, derived)
        what = f"{derived}: {missing} missing, {strays} of snippets that are gone"
        where = source.as_told.location
        return [
            Disagreement(source=source.name, location=where, what=what, repaired=repair, remedy=how_to_index(source))
        ]

    async def _known(self, source: Source, derived: Derived) -> _Known:
        async with self.storage.read() as unit:
            return _Known(
                present=await unit.snippets.ids(source.id),
                gone=await unit.snippets.gone(source.id),
                mark=await unit.snippets.mark(source.id, derived, model=self.models[derived]),
            )

    async def _held(self, source: Source, derived: Derived) -> frozenset[int]:
        if derived is Derived.KEYWORDS:
            return await self.keyword_index.ids(source.id)
        return await self.vector_index.held(source.id, VECTORS[derived], model=self.models[derived])

    async def _empty(self, source: Source, derived: Derived) -> None:
        """Empty the index, and say so by its mark: the next run begins at the first snippet."""
        emptied = [derived] if derived is Derived.KEYWORDS else list(VECTORS)
        if derived is Derived.KEYWORDS:
            await self.keyword_index.clear(source.id)
        else:
            await self.vector_index.clear(source.id)
        async with self.storage.write() as unit:
            for one in emptied:
                await unit.snippets.set_mark(
                    Mark(index_id=source.id, derived=one, model=self.models[one], snippet_id=0)
                )
