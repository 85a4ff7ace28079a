"""What CODE_EMBEDDINGS and ENRICH share: embed what is new, and let the vector index follow."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from kodit.application.indexing.trailing import Trailing
from kodit.application.tasks.progress import RunningStep
from kodit.application.unit_of_work import Storage
from kodit.domain.code.marks import Derived, Mark
from kodit.domain.code.snippet import StoredSnippet
from kodit.domain.search.ports import Embedder, Vector, VectorIndex, VectorKind

PAGE = 5_000
"""Snippets that are read, embedded and stored at a time. Keys are hashes, so each transaction touches pages all over
an index: at 5,000 a third less is written than at 2,000."""
VECTORS = 50_000
"""Vectors gathered before the vector index is written: about 50 MB at 256 dimensions."""

Keys = Callable[[Sequence[StoredSnippet]], Awaitable[Mapping[int, str]]]
"""Gives the key of the embedding for each snippet id of a page."""

Texts = Callable[[Sequence[StoredSnippet]], Awaitable[Mapping[str, str]]]
"""Gives what is to be embedded for a page, by the key of the embedding."""

Entry = tuple[int, int, Vector]
"""Snippet id, file id, vector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorFollower:
    """Brings the vectors of one kind up to date for one index. `model` names all that the vectors are made with."""

    storage: Storage
    embedder: Embedder
    vector_index: VectorIndex
    index_id: int
    kind: VectorKind
    derived: Derived
    model: str

    async def mark(self) -> int:
        """The highest snippet id that the vector index has."""
        async with self.storage.read() as unit:
            return await unit.snippets.mark(self.index_id, self.derived, model=self.model)

    async def total(self) -> int:
        """How many snippets the vector index lacks."""
        mark = await self.mark()
        async with self.storage.read() as unit:
            return await unit.snippets.count_after(self.index_id, mark)

    async def pages(self) -> AsyncIterator[Sequence[StoredSnippet]]:
        """The snippets that the vector index lacks, a page at a time."""
        last = await self.mark()
        while True:
            async with self.storage.read() as unit:
                page = await unit.snippets.after(self.index_id, last, limit=PAGE)
            if not page:
                return
            yield page
            last = page[-1].id

    async def texts(self, texts_of: Texts) -> AsyncIterator[Mapping[str, str]]:
        """The texts of all pages, by the keys of their embeddings."""
        async for page in self.pages():
            yield await texts_of(page)

    async def embed(self, texts_of: Texts, step: RunningStep) -> int:
        """Embed the texts of all pages whose key has no vector yet; returns how many that were.

        A page is stored while the next one is embedded.
        """
        embedded = 0
        on_the_way: Collection[str] = ()
        async with Trailing() as storing:
            async for page in self.pages():
                texts = await texts_of(page)
                known = {*await self.vectors(texts), *on_the_way}
                missing = {key: text for key, text in texts.items() if key not in known}
                vectors = dict(zip(missing, await self.embedder.embed(list(missing.values())), strict=True))
                await storing.give(self._store(vectors, step, len(page)))
                embedded += len(missing)
                on_the_way = vectors
        return embedded

    async def _store(self, vectors: Mapping[str, Vector], step: RunningStep, passed: int) -> None:
        if vectors:
            async with self.storage.write() as unit:
                await unit.embeddings.add(vectors, model=self.embedder.model, dimension=self.embedder.dimension)
        await step.advance(passed)

    async def follow(
        self, gone: Collection[int], keys: Keys, step: RunningStep, *, without: Collection[str] = ()
    ) -> None:
        """Give the vector index what it lacks and take what is gone.

        Every embedding must be stored already, save those of the keys in `without`, which are passed over.
        """
        reached = mark = await self.mark()
        if mark == 0:
            # Without a mark nothing is known of what it holds.
            gone = await self.vector_index.held(self.index_id, self.kind, model=self.model)
        gathered: list[Entry] = []
        async for page in self.pages():
            by_id = await keys(page)
            vectors = await self.vectors(by_id.values())
            known = [stored for stored in page if by_id[stored.id] not in without]
            gathered += [(stored.id, stored.file_id, vectors[by_id[stored.id]]) for stored in known]
            reached = page[-1].id
            await step.advance(len(page))
            if len(gathered) >= VECTORS:
                await self._write(gathered, gone, reached)
                gathered, gone, mark = [], (), reached
        if gathered or gone or reached != mark:
            await self._write(gathered, gone, reached)

    async def vectors(self, keys: Collection[str]) -> Mapping[str, Vector]:
        """The vectors that are stored, by key."""
        async with self.storage.read() as unit:
            return await unit.embeddings.get(keys, model=self.embedder.model, dimension=self.embedder.dimension)

    async def _write(self, add: Sequence[Entry], remove: Collection[int], mark: int) -> None:
        dimension = self.embedder.dimension
        await self.vector_index.update(
            self.index_id, self.kind, model=self.model, dimension=dimension, add=add, remove=remove
        )
        reached = Mark(index_id=self.index_id, derived=self.derived, model=self.model, snippet_id=mark)
        async with self.storage.write() as unit:
            await unit.snippets.set_mark(reached)
