"""The last step of EXTRACT: where imports lead, and what references mean."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from kodit.application.indexing.placement import Placement, placement, stored_surfaces
from kodit.application.indexing.ripple import Thrift, Touched, unlink_touched
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.code.linking.destinations import LEADING_LANGUAGES
from kodit.domain.code.linking.lookup import Lookup
from kodit.domain.code.linking.meanings import FileToLink, Linking
from kodit.domain.code.linking.mention import words_for
from kodit.domain.code.linking.showing import names_of
from kodit.domain.code.linking.surfaces import Surfaces
from kodit.domain.code.linking.tree import ROOT_KINDS, Destination, Lead, Outside
from kodit.domain.code.reference import EVERYTHING, FileLinks, StoredImport
from kodit.domain.sources.file import File, FileStatus, PlacedFile
from kodit.domain.sources.manifest import manifest_kind
from kodit.domain.tasks.progress import TaskOperation

BATCH_FILES = 100
"""Files linked in one transaction."""

AT_HAND = 2_000
"""Surfaces kept for the next batch: a surface takes some ten kilobytes."""

_CHECKED = 1_000
"""Files whose imports are looked at together."""

_MOVING = frozenset((FileStatus.ADDED, FileStatus.RENAMED, FileStatus.DELETED))


async def link(
    work: Work,
    storage: Storage,
    counts: Counter[str],
    *,
    before: Placement | None = None,
    thrift: Thrift | None = None,
) -> None:
    """Link all unlinked files, a batch in a transaction. `before` is how the files lay when this attempt began.

    What a batch has linked is not linked again by a later attempt; in which order files are linked makes no difference.
    """
    async with storage.read() as unit:
        placed = await placement(unit, work.index_id, before)
        moved = await _redirected(unit, work.index_id, placed)
    if moved.files:
        async with storage.write() as unit:
            await unit.symbols.unlink(work.index_id, [file.id for file in moved.files])
            await unlink_touched(unit, work.index_id, placed, moved, thrift or Thrift())
    async with storage.read() as unit:
        total = len(await unit.symbols.unlinked(work.index_id, limit=_everything(placed)))
    async with work.progress.step(TaskOperation.LINK_REFERENCES, total=total) as step:
        if not total:
            await step.skip("all files are linked")
            return
        batches = _Batches(placed)
        while done := await batches.link_next(storage, work.index_id, counts):
            await step.advance(done)


class _Batches:
    """Links batch after batch, with the surfaces that the last ones needed."""

    def __init__(self, placed: Placement) -> None:
        self._placed = placed
        self._surfaces = Surfaces(AT_HAND)
        self._lookup = Lookup(placed.destinations, self._surfaces)

    async def link_next(self, storage: Storage, index_id: int, counts: Counter[str]) -> int:
        """Link the next files; says how many there were."""
        async with storage.read() as unit:
            file_ids = await unit.symbols.unlinked(index_id, limit=BATCH_FILES)
            files = await self._files(unit, file_ids)
            await self._complete(unit, files)
        links = await asyncio.to_thread(lambda: [file.links() for file in files])
        self._surfaces.trim()
        async with storage.write() as unit:
            await unit.symbols.link(links)
        _count(counts, links)
        return len(file_ids)

    async def _files(self, unit: UnitOfWork, file_ids: Sequence[int]) -> list[Linking]:
        present = [self._placed.files.get(file_id) or PlacedFile(file_id, "", None) for file_id in file_ids]
        symbols = await unit.symbols.of_files(file_ids)
        references = await unit.symbols.references_of(file_ids)
        imports = await unit.symbols.imports_of(file_ids)
        surfaces = await stored_surfaces(unit, present)
        self._surfaces.bring(surface for surface in surfaces if surface.path)
        return [
            Linking(
                FileToLink(
                    id=file.id,
                    surface=surface,
                    symbols=symbols.get(file.id, ()),
                    references=references.get(file.id, ()),
                    imports=imports.get(file.id, ()),
                ),
                self._lookup,
                self._placed.destinations,
                self._placed.ids,
            )
            for file, surface in zip(present, surfaces, strict=True)
        ]

    async def _complete(self, unit: UnitOfWork, files: Sequence[Linking]) -> None:
        """Find all meanings, bringing the surfaces that are asked for on the way."""
        while missing := await asyncio.to_thread(_advance, files):
            paths = sorted(path for path in missing if path in self._placed.ids)
            wanted = [self._placed.files[self._placed.ids[path]] for path in paths]
            self._surfaces.bring(await stored_surfaces(unit, wanted))


def _advance(files: Sequence[Linking]) -> frozenset[str]:
    return frozenset().union(*(file.advance() for file in files))


def _count(counts: Counter[str], links: Sequence[FileLinks]) -> None:
    for of_file in links:
        counts["references"] += len(of_file.references)
        counts["references_resolved"] += sum(link.target_id is not None for link in of_file.references)
        counts["dependencies"] += sum(link.target_file_id is not None for link in of_file.imports)


async def _redirected(unit: UnitOfWork, index_id: int, placed: Placement) -> Touched:
    """The files whose imports lead elsewhere since files came, went or moved, or since packages have other names.

    The files keep their status until the run is over, so an attempt that was cut short leaves nothing out.
    """
    moved = [file for file in await unit.files.changed(index_id) if file.status in _MOVING or _names_a_root(file)]
    if not moved:
        return Touched(files=(), names=frozenset())
    words = _words_for(placed, moved)
    found = placed.files.keys() if words is None else await unit.symbols.mentioning(index_id, words)
    unlinked = frozenset(await unit.symbols.unlinked(index_id, limit=_everything(placed)))
    present = [placed.files[file_id] for file_id in sorted(found - unlinked) if file_id in placed.files]
    linked = [file for file in present if file.language in LEADING_LANGUAGES]
    redirected: list[PlacedFile] = []
    names: set[str] = set()
    for start in range(0, len(linked), _CHECKED):
        chunk = linked[start : start + _CHECKED]
        imports = await unit.symbols.imports_of([file.id for file in chunk])
        for file in chunk:
            others = [stored for stored in imports.get(file.id, ()) if _leads_elsewhere(placed, file, stored)]
            if others:
                redirected.append(file)
                names |= {name for stored in others for name in _bound_names(stored)}
    surfaces = await stored_surfaces(unit, redirected)
    # Any of these names may be that of a module now.
    return Touched(
        files=tuple(redirected), names=frozenset(names), surfaces=tuple(surfaces), on_the_way=frozenset(names)
    )


def _bound_names(stored: StoredImport) -> list[str]:
    """The names that an import makes known. An include without any makes all known that it leads to."""
    return [name for binding in stored.imported.bindings for name in names_of(binding.local)] or [EVERYTHING]


def _everything(placed: Placement) -> int:
    # Deleted files may be unlinked as well, and are not placed.
    return 2 * len(placed.files) + 1_000_000


def _paths(file: File) -> tuple[str, ...]:
    return (file.path, *(file.former_paths or ()))


def _names_a_root(file: File) -> bool:
    return any(manifest_kind(path) in ROOT_KINDS for path in _paths(file))


def _words_for(placed: Placement, moved: Sequence[File]) -> frozenset[str] | None:
    """What an import must say so that it may lead elsewhere now; None if any may."""
    unknown = any(file.status is FileStatus.RENAMED and file.former_paths is None for file in moved)
    if unknown or any(map(_names_a_root, moved)):
        return None
    return words_for(placed.tree, {path for file in moved for path in _paths(file)})


def _leads_elsewhere(placed: Placement, file: PlacedFile, stored: StoredImport) -> bool:
    destination: Destination = placed.destinations.of(file.path, file.language or "", stored.imported)
    target = placed.ids.get(destination.path) if isinstance(destination, Lead) else None
    external = destination.name if isinstance(destination, Outside) else None
    return (target, external) != (stored.target_file_id, stored.external)
