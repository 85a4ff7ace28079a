"""Storing what files define, use and import."""

from collections import Counter
from collections.abc import Sequence

from kodit.application.indexing.placement import Placement, placement, stored_surfaces, surface_of_facts
from kodit.application.indexing.ripple import FileChange, Thrift, touched, unlink_touched
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.code.extracted import ExtractedFile, FileFacts
from kodit.domain.code.linking.destinations import divided
from kodit.domain.code.linking.surface import Surface
from kodit.domain.sources.file import File, FileStatus, PlacedFile


class FactStore:
    """Stores the facts of a source's files, and calls unlinked every other file whose links may change by it.

    `pending` are the files that this attempt extracts or deletes.
    """

    def __init__(self, storage: Storage, index_id: int, pending: Sequence[File], thrift: Thrift | None = None) -> None:
        self._storage = storage
        self._index_id = index_id
        self._pending = pending
        self._thrift = thrift or Thrift()
        self._placed: Placement | None = None
        self._languages: dict[int, str | None] = {}

    @property
    def placed(self) -> Placement | None:
        """How the files lie, with the languages that extraction found; None where nobody had to know."""
        return None if self._placed is None else self._placed.speaking(self._languages)

    async def begin(self) -> None:
        """Find out whether there is anything that has links already."""
        if not self._pending:
            return
        async with self._storage.read() as unit:
            placed = await placement(unit, self._index_id)
            unlinked = await unit.symbols.unlinked(self._index_id, limit=len(placed.files) + len(self._pending))
        elsewhere = {file.id for file in self._pending}.union(unlinked)
        linked = [file.id for file in placed.files.values() if file.language is not None and file.id not in elsewhere]
        if len(self._pending) * self._thrift.many > len(linked) or any(map(_is_back, self._pending)):
            async with self._storage.write() as unit:
                await unit.symbols.unlink(self._index_id, linked)
        else:
            self._placed = placed

    async def store(self, unit: UnitOfWork, pairs: Sequence[tuple[File, ExtractedFile]], counts: Counter[str]) -> None:
        """Store what extraction found in these files, in the place of what they had."""
        facts = [_facts(file, extracted) for file, extracted in pairs]
        languages = [extracted.language for _, extracted in pairs]
        await self._replace(unit, [file for file, _ in pairs], facts, languages)
        for of_file in facts:
            counts["symbols"] += len(of_file.symbols)
            counts["imports"] += len(of_file.imports)

    async def remove(self, unit: UnitOfWork, files: Sequence[File]) -> None:
        """Forget what deleted files had."""
        facts = [FileFacts(file_id=file.id) for file in files]
        await self._replace(unit, files, facts, [file.language for file in files])

    async def _replace(
        self, unit: UnitOfWork, files: Sequence[File], facts: Sequence[FileFacts], languages: Sequence[str | None]
    ) -> None:
        if self._placed is None:
            await unit.symbols.replace(self._index_id, facts)
            return
        known = [PlacedFile(file.id, file.path, file.language) for file in files]
        before = await stored_surfaces(unit, known)
        changes = [
            _change(file, old, PlacedFile(file.id, file.path, language), of_file)
            for file, of_file, language, old in zip(files, facts, languages, before, strict=True)
        ]
        await unit.symbols.replace(self._index_id, facts)
        self._languages.update((change.file.id, change.file.language) for change in changes)
        change = touched(changes, self._placed.destinations)
        await unlink_touched(unit, self._index_id, self._placed, change, self._thrift)


def _facts(file: File, extracted: ExtractedFile) -> FileFacts:
    return FileFacts(
        file_id=file.id,
        symbols=extracted.symbols,
        references=extracted.references,
        imports=divided(extracted.language, extracted.imports),
    )


def _change(file: File, before: Surface, now: PlacedFile, facts: FileFacts) -> FileChange:
    moved = _moved(file, before)
    paths = () if moved and file.former_paths is None else (*(file.former_paths or ()), file.path)
    return FileChange(
        file=now,
        before=before,
        after=surface_of_facts(now.path, now.language, facts),
        moved=moved or (file.language is not None and file.language != now.language),
        formerly=tuple(PlacedFile(file.id, path, file.language) for path in paths),
    )


def _moved(file: File, before: Surface) -> bool:
    """True for a file that has what it has from another path: also one that was renamed before its first run ended."""
    if file.status is FileStatus.ADDED:
        return file.extracted_hash is None and bool(before.symbols or before.imports)
    return file.status is FileStatus.RENAMED


def _is_back(file: File) -> bool:
    """True for a file that was deleted when a run that was never completed looked, and is there again."""
    return file.status is FileStatus.MODIFIED and file.extracted_hash is None
