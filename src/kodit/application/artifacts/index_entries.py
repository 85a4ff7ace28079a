"""The entries of an index, as an artifact gets them."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass

from kodit.application.reports import how_to_index
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.artifacts.entries import ArtifactEntry, CodeEntry, PackageEntry, SnippetEntry, telling
from kodit.domain.code.snippet import StoredSnippet
from kodit.domain.errors import Conflict
from kodit.domain.search.ports import Vector
from kodit.domain.sources.file import FileStatus
from kodit.domain.sources.source import Source, SourceKind

PACKAGES = 5_000
"""Packages that are read and written at a time."""
FILES = 250
"""The same for files: each has some twenty snippets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntries:
    """Reads the entries of one index, all as they are at one moment.

    `model` and `dimension` are those of the vectors that are read, None for none.
    """

    storage: Storage
    source: Source
    model: str | None = None
    dimension: int | None = None

    async def count(self) -> int:
        """How many packages a channel has, or how many files other sources have."""
        async with self.storage.read() as unit:
            if self.source.kind is SourceKind.NIXPKGS_CHANNEL:
                return (await unit.nix_packages.tally(self.source.id)).total
            return len(await unit.files.placed(self.source.id))

    async def pages(self) -> AsyncGenerator[Sequence[ArtifactEntry], None]:
        """All of them, a page at a time. Raises Conflict when a vector is missing."""
        async with self.storage.read() as unit:
            read = self._packages if self.source.kind is SourceKind.NIXPKGS_CHANNEL else self._files
            async for page in read(unit):
                yield page

    async def _packages(self, unit: UnitOfWork) -> AsyncGenerator[Sequence[ArtifactEntry], None]:
        held = await unit.nix_packages.held(self.source.id)
        # In the order of their paths, so that the same packages make the same artifact whenever each was added.
        in_order = [held[attr].file_id for attr in sorted(held)]
        for start in range(0, len(in_order), PACKAGES):
            file_ids = in_order[start : start + PACKAGES]
            stored = await unit.nix_packages.of_files(file_ids)
            snippets = await unit.snippets.of_files(file_ids)
            # A package's text is the only snippet of the file that it stands in the place of.
            keys = {file_id: found[0].snippet.content_hash for file_id, found in snippets.items() if found}
            vectors = await self._vectors(unit, keys.values())
            yield [
                PackageEntry(package=stored[one].package, key=keys[one], vector=vectors.get(keys[one]))
                for one in file_ids
                if one in stored and one in keys
            ]

    async def _files(self, unit: UnitOfWork) -> AsyncGenerator[Sequence[ArtifactEntry], None]:
        yield await unit.packages.of(self.source.id)
        stored = await unit.files.of(self.source.id)
        in_order = [stored[path] for path in sorted(stored) if stored[path].status is not FileStatus.DELETED]
        for start in range(0, len(in_order), FILES):
            files = in_order[start : start + FILES]
            file_ids = [file.id for file in files]
            snippets = await unit.snippets.of_files(file_ids)
            symbols = await unit.symbols.of_files(file_ids)
            vectors = await self._vectors(unit, _keys(snippets))
            yield [
                CodeEntry(
                    file=file,
                    snippets=[_with_vector(one, vectors) for one in snippets.get(file.id, ())],
                    symbols=symbols.get(file.id, ()),
                )
                for file in files
            ]

    async def _vectors(self, unit: UnitOfWork, keys: Collection[str]) -> Mapping[str, Vector | None]:
        if self.model is None or self.dimension is None:
            return {}
        wanted = set(keys)
        found = await unit.embeddings.get(wanted, model=self.model, dimension=self.dimension)
        if missing := len(wanted - found.keys()):
            raise Conflict(
                f"{self.source.name} lacks vectors of {self.model}: {missing} and perhaps more",
                remedy=f"index it to the end first: {how_to_index(self.source)}; or leave them out: --no-embeddings",
            )
        return {key: telling(vector) for key, vector in found.items()}


def _keys(snippets: Mapping[int, Sequence[StoredSnippet]]) -> set[str]:
    return {stored.snippet.content_hash for of_file in snippets.values() for stored in of_file}


def _with_vector(stored: StoredSnippet, vectors: Mapping[str, Vector | None]) -> SnippetEntry:
    return SnippetEntry(stored=stored, vector=vectors.get(stored.snippet.content_hash))
