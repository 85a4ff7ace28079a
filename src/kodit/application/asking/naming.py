"""What people mean when they name a file or a symbol."""

import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kodit.application.asking.aliases import Roots, through_aliases
from kodit.application.asking.answers import Definitions
from kodit.application.asking.ports import CodeGraph
from kodit.application.asking.rows import FoundFile, FoundReference, FoundSymbol
from kodit.application.asking.where import Where, all_sources, filters_of
from kodit.application.unit_of_work import Storage
from kodit.domain.code.near_names import nearest_names
from kodit.domain.code.symbol import is_block
from kodit.domain.code.symbol_pattern import dotted, is_called, is_called_in_module, is_file_of_module
from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.search.query import Filters
from kodit.domain.sources.location import PathFacts
from kodit.domain.sources.source import SourceKind

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>[0-9]{1,9})(?::(?P<column>[0-9]{1,9}))?")
NAMED_IN_ERRORS = 5
"""How many candidates an error names."""

NEAR_STEMS = 3
"""How many names of files are suggested, each with all the files that have it."""

SHORTEST_PART = 3
"""Letters of a file's name that names of others may be suggested for because they contain them."""

LONGEST_PART = 40
"""Letters of a name that a remedy repeats."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file, a line, and where it was given the column, both from 1."""

    file: str
    line: int
    column: int | None


def place_in(asked: str) -> Place | None:
    """`FILE:LINE` or `FILE:LINE:COLUMN`; None for all else."""
    if (found := _PLACE.fullmatch(asked)) is None:
        return None
    column = found["column"]
    return Place(found["file"], int(found["line"]), None if column is None else int(column))


def nothing_there(_path: str) -> PathFacts | None:
    """What is seen at any path by who does not look."""
    return None


class Naming:
    """Finds files and symbols by what people type."""

    def __init__(self, *, storage: Storage, graph: CodeGraph, look_at_path: Callable[[str], PathFacts | None]) -> None:
        self._storage = storage
        self._graph = graph
        self._look_at_path = look_at_path

    def off_disk(self) -> "Naming":
        """The same, but a path of this machine means nothing: for who must not learn what lies on its disk."""
        return Naming(storage=self._storage, graph=self._graph, look_at_path=nothing_there)

    async def file_at(self, path: str, source: str) -> FoundFile:
        """The file of a source with exactly this path. Raises NotFound, naming those that may be meant."""
        filters = await filters_of(self._storage, Where(sources=(source,)))
        found = await self._graph.files(filters, ending=path) if path else ()
        exact = next((file for file in found if file.path == path), None)
        if exact is None:
            raise _no_file(path, path, found or await self._graph.listed(filters, limit=None))
        return exact

    async def file(self, typed: str, where: Where) -> FoundFile:
        """The file at a path: one of the disk, one relative to a source, or the end of one; or that of a module.

        Raises NotFound, and InvalidInput where several files may be meant.
        """
        filters = await filters_of(self._storage, Where(sources=where.sources))
        if (on_disk := await self._file_on_disk(typed, filters)) is not None:
            return on_disk
        ending = typed.removeprefix("./").strip("/")
        found = await self._graph.files(filters, ending=ending) if ending else ()
        chosen = _preferred(found, ending) or await self._below_root(ending, filters)
        if len(chosen) == 1:
            return chosen[0]
        if chosen:
            raise InvalidInput(
                f"{typed} may be any of {_told([_in_words(file) for file in chosen])}",
                remedy="name more of the path, or --source NAME",
            )
        if (place := place_in(typed)) is not None:
            # As editors and compilers write it.
            return await self.file(place.file, where)
        module = await self._files_of_module(dotted(typed), filters)
        if len(module) == 1:
            return module[0]
        raise _no_file(typed, ending, module or await self._graph.listed(filters, limit=None))

    async def symbols(self, asked: str, where: Where, *, defined_first: bool = False) -> Definitions:
        """What a name, or what is named at a place, means. Raises NotFound, and InvalidInput for an unclear file.

        With `defined_first`, a line that defines something stands for that, and not for what it uses.
        """
        if (place := place_in(asked)) is not None:
            return await self._at(asked, place, where, defined_first=defined_first)
        filters = await filters_of(self._storage, where)
        roots = await self._roots()
        name = dotted(asked)
        last = name.rpartition(".")[2]
        found = await self._graph.bearing(last, filters) if last else ()
        meant = [one for one in found if is_called(name, one.qualified_name, one.path, roots[one.source])]
        if any(is_called_in_module(name, one.qualified_name, one.path, roots[one.source]) for one in meant):
            return Definitions(asked=asked, symbols=meant)
        symbols, aliases = ((), ()) if meant else await through_aliases(self._graph, name, found, filters, roots)
        if "." in name and not symbols and (modules := await self._files_of_module(name, filters)):
            # A module is nearer to what was typed than an import of it, or something that is spelled like it, or lies
            # in a directory that is called so.
            whole = [alias for alias in await self._graph.aliases(name, filters) if alias.leads_to or alias.external]
            return Definitions(asked=asked, symbols=(), aliases=whole, modules=modules)
        if meant:
            return Definitions(asked=asked, symbols=meant)
        if aliases:
            return Definitions(asked=asked, symbols=symbols, aliases=aliases)
        found = await self._graph.bearing(last, filters, ignore_case=True) if last else ()
        lower = name.lower()
        lower_roots = {source: [root.lower() for root in names] for source, names in roots.items()}
        alike = [
            one
            for one in found
            if is_called(lower, one.qualified_name.lower(), one.path.lower(), lower_roots[one.source])
        ]
        return Definitions(asked=asked, symbols=alike, exact=not alike)

    async def nothing(self, asked: str, where: Where) -> NotFound:
        """What to say of a name that nothing has."""
        filters = await filters_of(self._storage, Where(sources=where.sources))
        name = dotted(asked)
        if files := await self._files_of_module(name, filters):
            path = shlex.quote(files[0].path)
            return NotFound(
                f"nothing is called {asked} but the file {_told([_in_words(file) for file in files])}",
                remedy=f"see what it defines, or who needs it: kodit outline {path}, kodit dependents {path}",
            )
        last = name.rpartition(".")[2]
        near = nearest_names(last, await self._graph.names_alike(last, filters)) if last else ()
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        return NotFound(
            f"nothing is called {asked or repr(asked)}{meant}",
            remedy=f"look for a part of its name: kodit symbols {shlex.quote(last[:LONGEST_PART] or 'NAME')}",
        )

    async def _at(self, asked: str, place: Place, where: Where, *, defined_first: bool) -> Definitions:
        file = await self.file(place.file, where)
        standing = await self._graph.references_at(file.id, place.line)
        defined = [symbol for symbol in await self._graph.symbols_of(file.id) if symbol.line == place.line]
        if place.column is not None:
            standing = _at_column(standing, place.column)
            text = await self._graph.line_of(file.id, place.line) if defined and not standing else ""
            defined = [symbol for symbol in defined if _is_named_at(symbol.name, text, place.column)]
        if defined and (defined_first or not standing):
            return Definitions(asked=asked, symbols=defined)
        if not standing:
            column = "" if place.column is None else f":{place.column}"
            raise NotFound(
                f"nothing that kodit knows is named at {file.path}:{place.line}{column}",
                remedy=f"see what the file defines: kodit outline {shlex.quote(file.path)}",
            )
        targets = {one.target_id for one in standing if one.target_id is not None}
        symbols = await self._graph.symbols_with_ids(targets)
        return Definitions(asked=asked, symbols=_placed(symbols.values()), references=_untargeted(standing))

    async def _file_on_disk(self, typed: str, filters: Filters) -> FoundFile | None:
        """The file as a directory that is indexed has it; None where nothing is there, or nobody indexed it."""
        facts = self._look_at_path(typed)
        if facts is None:
            return None
        if facts.is_directory:
            raise InvalidInput(
                f"{typed} is a directory",
                remedy=f"name one of its files; list what it defines: kodit symbols '*' --path {shlex.quote(typed)}",
            )
        for source in await all_sources(self._storage):
            inside = facts.absolute.removeprefix(f"{source.location.rstrip('/')}/")
            if source.kind is not SourceKind.DIRECTORY or inside == facts.absolute:
                continue
            if filters.index_ids and source.id not in filters.index_ids:
                continue
            found = await self._graph.files(Filters(index_ids=frozenset({source.id})), ending=inside)
            if exact := [file for file in found if file.path == inside]:
                return exact[0]
        return None

    async def _below_root(self, ending: str, filters: Filters) -> Sequence[FoundFile]:
        """The files whose path was given with the name of the directory that is indexed."""
        root, _, rest = ending.partition("/")
        named = {source for source, names in (await self._roots()).items() if root in names}
        found = await self._graph.files(filters, ending=rest) if named and rest else ()
        return [file for file in found if file.source in named and file.path == rest]

    async def _files_of_module(self, name: str, filters: Filters) -> Sequence[FoundFile]:
        roots = await self._roots()
        every = await self._graph.listed(filters, limit=None) if name else ()
        return [file for file in every if is_file_of_module(name, file.path, roots[file.source])]

    async def _roots(self) -> Roots:
        """By the name of each source: that, and what its directory or repository is called."""
        return {source.name: {source.name, source.directory_name} for source in await all_sources(self._storage)}


def _no_file(typed: str, ending: str, files: Sequence[FoundFile]) -> NotFound:
    """What to say of a path that none of these files has."""
    near = _near_files(ending, files)
    told = f"; there is {_told([_in_words(file) for file in near])}" if near else ""
    return NotFound(
        f"no indexed file is called {typed}{told}",
        remedy="list those that are: kodit files",
    )


def _near_files(ending: str, files: Sequence[FoundFile]) -> Sequence[FoundFile]:
    """The files that a path may mean by their names: the same, one near it, or one that contains it.

    Of each, those that lie where the path says come first.
    """
    *above, name = ending.split("/")
    by_stem: defaultdict[str, list[FoundFile]] = defaultdict(list)
    for file in files:
        by_stem[_stem(file.path)].append(file)
    stem = _stem(name)
    stems = list(nearest_names(stem, by_stem))
    if len(stem) >= SHORTEST_PART:
        within = (one for one in by_stem if stem.lower() in one.lower() and one not in stems)
        stems += sorted(within, key=lambda one: (one.strip("_") != stem, len(one), one))

    def apart(file: FoundFile) -> int:
        return -len({file.source, *file.path.split("/")[:-1]}.intersection(above))

    same = [file for file in by_stem.get(stem, ()) if file.path.rpartition("/")[2] == name]
    return sorted(same, key=apart) or [file for like in stems[:NEAR_STEMS] for file in sorted(by_stem[like], key=apart)]


def _stem(path: str) -> str:
    """A file's name without what tells its language: few letters, that many files have."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def without_blocks(symbols: Sequence[FoundSymbol]) -> Sequence[FoundSymbol]:
    """The symbols without the blocks of what is implemented for a type that is among them."""
    types = {(one.source, one.name) for one in symbols if not is_block(one.kind, one.language)}
    return [one for one in symbols if not is_block(one.kind, one.language) or (one.source, one.name) not in types]


def _at_column(standing: Sequence[FoundReference], column: int) -> Sequence[FoundReference]:
    """Whose name is at a column, or ends right before it, as a cursor behind a name does."""
    within = [one for one in standing if one.column <= column < one.column + len(one.name)]
    return within or [one for one in standing if column == one.column + len(one.name)]


def _is_named_at(name: str, text: str, column: int) -> bool:
    """Whether a line has a name at a column, or right before it."""
    written = re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return any(found.start() < column <= found.end() + 1 for found in written)


def _preferred(found: Sequence[FoundFile], ending: str) -> Sequence[FoundFile]:
    """The one whose whole path was given, where no other source has a file that may be meant."""
    whole = [file for file in found if file.path == ending]
    return whole if len({file.source for file in found}) == 1 and whole else found


def _placed(symbols: Iterable[FoundSymbol]) -> Sequence[FoundSymbol]:
    return sorted(symbols, key=lambda symbol: (symbol.source, symbol.path, symbol.start_line))


def _untargeted(references: Sequence[FoundReference]) -> Sequence[FoundReference]:
    return [reference for reference in references if reference.target_id is None]


def _in_words(file: FoundFile) -> str:
    return f"{file.path} ({file.source})"


def _told(candidates: Sequence[str]) -> str:
    rest = len(candidates) - NAMED_IN_ERRORS
    return ", ".join(candidates[:NAMED_IN_ERRORS]) + (f" and {rest} more" if rest > 0 else "")
