"""Which files must be linked again because others changed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from kodit.application.indexing.placement import Placement, stored_surfaces
from kodit.application.unit_of_work import UnitOfWork
from kodit.domain.code.linking.destinations import Destinations
from kodit.domain.code.linking.showing import changed_names, names_on_the_way, shown_names
from kodit.domain.code.linking.sight import gates, neighbours, own_names
from kodit.domain.code.linking.surface import Surface, carried_names, carrying_fields
from kodit.domain.code.reference import EVERYTHING
from kodit.domain.sources.file import PlacedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Thrift:
    """When it is quicker to link files again than to find out whether they need it.

    Where more than one in `many` files changes, all are linked again; `few` files are not asked what they can see.
    """

    many: int = 4
    few: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Files about which names say something else than before.

    One that is somewhere else by now stands there with each place where it was. `surfaces` are those that they have
    now. `on_the_way` are those of the names that may stand where nobody refers to them (see `names_on_the_way`). With
    `anywhere` it does not matter who can see these files.
    """

    files: tuple[PlacedFile, ...]
    names: frozenset[str]
    surfaces: tuple[Surface, ...] = ()
    on_the_way: frozenset[str] = frozenset()
    anywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file whose facts are replaced. One that `moved` had the old ones at another path, or in another language.

    `formerly` are the places where it was then; none where nobody remembers.
    """

    file: PlacedFile
    before: Surface
    after: Surface
    moved: bool = False
    formerly: tuple[PlacedFile, ...] = ()


def touched(changes: Iterable[FileChange], destinations: Destinations) -> Touched:
    """What changes of facts have to say to other files."""
    names: set[str] = set()
    on_the_way: set[str] = set()
    files: list[PlacedFile] = []
    surfaces: list[Surface] = []
    for change in changes:
        files += [change.file, *change.formerly]
        surfaces.append(change.after)
        fresh = _changed(change, destinations)
        if change.moved or not change.before.symbols or not change.after.symbols:
            # The file itself came or went, and with it a module of its name.
            for place in (change.file, *change.formerly):
                on_the_way |= own_names(place.path)
                fresh |= own_names(place.path)
        for surface in (*_befores(change), change.after):
            on_the_way |= names_on_the_way(surface, fresh, destinations)
        names |= fresh
    return Touched(
        files=tuple(files),
        names=frozenset(names),
        surfaces=tuple(surfaces),
        on_the_way=frozenset(on_the_way),
        anywhere=any(change.moved and not change.formerly for change in changes),
    )


def _befores(change: FileChange) -> list[Surface]:
    """What the file showed, at each place where that was."""
    places = change.formerly or (change.file,)
    return [replace(change.before, path=place.path, language=place.language or "") for place in places]


def _changed(change: FileChange, destinations: Destinations) -> frozenset[str]:
    if not change.moved:
        return changed_names(change.before, change.after, destinations)
    surfaces = (*_befores(change), change.after)
    return frozenset(name for surface in surfaces for name in shown_names(surface, destinations))


async def unlink_touched(unit: UnitOfWork, index_id: int, placed: Placement, change: Touched, thrift: Thrift) -> None:
    """Call all files unlinked whose links may be others now.

    A link can only change where a name is used that says something else than before, or that stands for such a name:
    an alias, or a type that inherits from it. So the names are followed, among the files that can see what changed.
    """
    if not change.names:
        return
    names: set[str] = set()
    fresh = _with_carried(set(change.names), change.surfaces)
    ways = set(change.on_the_way) | _fields(change.surfaces, fresh)
    found: set[int] = set()
    reach: set[int] | None = None
    while fresh:
        names |= fresh
        bearing = await unit.symbols.naming(index_id, fresh) - found
        if reach is None and (len(bearing) > thrift.few or EVERYTHING in fresh or ways):
            reach = await _reach(unit, index_id, placed, change)
        if reach is not None:
            bearing &= reach
        if EVERYTHING in fresh:
            found |= reach or set()
            break
        found |= bearing
        files = [placed.files[file_id] for file_id in bearing if file_id in placed.files]
        surfaces = await stored_surfaces(unit, files)
        fresh = _with_carried(set(names), surfaces) - names
        ways |= _fields(surfaces, names | fresh)
    if ways:
        reach = reach if reach is not None else await _reach(unit, index_id, placed, change)
        # By its aliases a name may stand on the way, too.
        ways |= {name for name in names if not name[:1].isupper()}
        found |= await unit.symbols.qualifying(reach - found, ways)
    await unit.symbols.unlink(index_id, sorted(found))


def _fields(surfaces: Collection[Surface], names: Collection[str]) -> set[str]:
    """The fields whose type is one of these names: what is asked of them need not bear their names."""
    return {name for surface in surfaces for name in carrying_fields(surface, frozenset(names))}


def _with_carried(names: set[str], surfaces: Collection[Surface]) -> set[str]:
    """These names and those that hand on what they say."""
    while True:
        known = frozenset(names)
        for surface in surfaces:
            names |= carried_names(surface, known)
        if len(names) == len(known):
            return names


async def _reach(unit: UnitOfWork, index_id: int, placed: Placement, change: Touched) -> set[int]:
    """The files that can see one of those that changed, directly or through others."""
    if change.anywhere:
        return set(placed.files)
    # Where an unlinked file's imports lead is not known: it may see anything.
    unlinked = await unit.symbols.unlinked(index_id, limit=2 * len(placed.files) + len(change.files))
    fresh = {file.id for file in change.files}.union(unlinked)
    reached = set(fresh)
    looked_at = [*change.files, *(placed.files[file_id] for file_id in unlinked if file_id in placed.files)]
    while fresh:
        seen_through = fresh | _gates(placed, looked_at)
        fresh = (set(await unit.symbols.importers(index_id, seen_through)) | _neighbours(placed, looked_at)) - reached
        looked_at = [placed.files[file_id] for file_id in fresh if file_id in placed.files]
        reached |= fresh
    return reached


def _gates(placed: Placement, files: Collection[PlacedFile]) -> set[int]:
    return placed.ids_at(path for file in files for path in gates(placed.tree, file.path, file.language or ""))


def _neighbours(placed: Placement, files: Collection[PlacedFile]) -> set[int]:
    found: set[int] = set()
    done: set[tuple[str, str]] = set()
    for file in files:
        language = file.language or ""
        sharing = (language, _sharing(file.path, language))
        if sharing not in done:
            done.add(sharing)
            speakers = placed.speakers(language)
            found |= placed.ids_at(neighbours(placed.tree, file.path, language, speakers))
    return found


def _sharing(path: str, language: str) -> str:
    """What all files have in common that have the same neighbours: a crate, a directory, or a file's own path."""
    if language in ("c", "cpp"):
        return path
    return "" if language == "rust" else path.rpartition("/")[0]
