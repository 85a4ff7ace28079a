"""The files of a source as linking looks at them, and their surfaces."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy

from kodit.application.unit_of_work import UnitOfWork
from kodit.domain.code.extracted import FileFacts
from kodit.domain.code.linking.destinations import Destinations
from kodit.domain.code.linking.surface import Surface, surface_of
from kodit.domain.code.linking.tree import PackageRoot, SourceTree
from kodit.domain.code.symbol import StoredSymbol
from kodit.domain.sources.file import PlacedFile


class Placement:
    """Where the files of a source lie, and where imports lead among them: the same for all of one attempt."""

    def __init__(self, files: Iterable[PlacedFile], packages: Iterable[PackageRoot], name: str = "") -> None:
        self.files = {file.id: file for file in files}
        self.ids = {file.path: file.id for file in self.files.values()}
        self.destinations = Destinations(SourceTree(self.ids, packages, name))
        self._speakers: dict[str, list[str]] | None = None

    def speaking(self, languages: Mapping[int, str | None]) -> "Placement":
        """The same, but for the languages of these files."""
        placed = copy(self)
        placed.files = {
            **self.files,
            **{
                file_id: self.files[file_id]._replace(language=language)
                for file_id, language in languages.items()
                if file_id in self.files
            },
        }
        placed._speakers = None
        return placed

    @property
    def tree(self) -> SourceTree:
        """The paths of the source."""
        return self.destinations.tree

    def speakers(self, language: str) -> Sequence[str]:
        """The paths of all files in a language."""
        if self._speakers is None:
            speakers: defaultdict[str, list[str]] = defaultdict(list)
            for file in self.files.values():
                speakers[file.language or ""].append(file.path)
            self._speakers = speakers
        return self._speakers.get(language, ())

    def ids_at(self, paths: Iterable[str]) -> set[int]:
        """The ids of the files at these paths, as far as there are any."""
        return {self.ids[path] for path in paths if path in self.ids}


async def placement(unit: UnitOfWork, index_id: int, before: Placement | None = None) -> Placement:
    """How the files of a source lie now; what was so `before` stands as long as the packages are the same."""
    packages = await unit.packages.of(index_id)
    roots = [PackageRoot(one.package.kind, one.package.path, one.package.name) for one in packages]
    if before is not None and before.tree.packages == tuple(sorted(roots)):
        return before
    source = await unit.sources.get(index_id)
    return Placement(await unit.files.placed(index_id), roots, source.directory_name)


async def stored_surfaces(unit: UnitOfWork, files: Collection[PlacedFile]) -> list[Surface]:
    """The surfaces of files, as they are stored."""
    ids = [file.id for file in files]
    symbols, imports, bases = (
        await unit.symbols.of_files(ids),
        await unit.symbols.imports_of(ids),
        await unit.symbols.bases_of(ids),
    )
    return [
        surface_of(
            file.path,
            file.language or "",
            symbols.get(file.id, ()),
            [stored.imported for stored in imports.get(file.id, ())],
            [(stored.scope_id, stored.reference) for stored in bases.get(file.id, ())],
        )
        for file in files
    ]


def surface_of_facts(path: str, language: str | None, facts: FileFacts) -> Surface:
    """The surface that a file has with these facts; its symbols have no ids yet, only places that count from 1."""
    symbols = [
        StoredSymbol(
            id=place,
            index_id=0,
            file_id=facts.file_id,
            parent_id=None if symbol.parent is None else symbol.parent + 1,
            symbol=symbol,
        )
        for place, symbol in enumerate(facts.symbols, 1)
    ]
    bases = [(None if one.scope is None else one.scope + 1, one) for one in facts.references]
    return surface_of(path, language or "", symbols, facts.imports, bases)
