"""Sources made of texts, linked in memory or in a database as EXTRACT does it, and their links by name."""

import hashlib
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from types import SimpleNamespace

from kodit.application.indexing.facts import FactStore
from kodit.application.indexing.link import link
from kodit.application.tasks.progress import ProgressReporter
from kodit.domain.code.extracted import FileContent
from kodit.domain.sources.changes import changes_between
from kodit.domain.sources.file import FileEntry, FileStatus, PlacedFile
from kodit.domain.sources.manifest import PackageKind
from kodit.domain.sources.package import Package, changes_of_packages
from kodit.infrastructure.clock import SystemClock
from kodit.infrastructure.memory.package_repository import MemoryPackageRepository
from kodit.infrastructure.memory.symbol_repository import MemorySymbolRepository
from kodit.infrastructure.sql.batches import batches
from kodit.infrastructure.treesitter.file_extraction import extract_file

BATCH = 2
"""Files stored in one transaction."""


class MemoryFiles:
    """As much of a FileRepository as linking needs."""

    def __init__(self):
        self.rows = {}
        self._ids = count(1)

    async def of(self, index_id):
        return {file.path: file for file in self._of(index_id)}

    async def save(self, files):
        for file in files:
            stored = file if file.id else replace(file, id=next(self._ids))
            self.rows[stored.id] = stored

    async def placed(self, index_id):
        present = [file for file in self._of(index_id) if file.status is not FileStatus.DELETED]
        return [PlacedFile(file.id, file.path, file.language) for file in present]

    async def pending(self, index_id):
        return [file for file in await self.changed(index_id) if file.needs_extraction]

    async def changed(self, index_id):
        return [file for file in self._of(index_id) if file.status is not FileStatus.CLEAN]

    async def clear_statuses(self, index_id):
        for file in self._of(index_id):
            self.rows[file.id] = replace(file, status=FileStatus.CLEAN, former_paths=None)
            if file.status is FileStatus.DELETED:
                del self.rows[file.id]

    def _of(self, index_id):
        return sorted((file for file in self.rows.values() if file.index_id == index_id), key=lambda file: file.path)


class MemorySources:
    def __init__(self):
        self._all = {}

    async def add(self, source):
        self._all[len(self._all) + 1] = added = replace(source, id=len(self._all) + 1)
        return added

    async def get(self, index_id):
        return self._all[index_id]


class MemoryStorage:
    """A storage of what linking needs. Nothing is ever rolled back."""

    def __init__(self):
        self.sources, self.files, self.symbols = MemorySources(), MemoryFiles(), MemorySymbolRepository()
        self.packages = MemoryPackageRepository(self.files._of)

    @asynccontextmanager
    async def write(self):
        yield self

    read = write


class Unseen:
    """Where progress goes that nobody looks at."""

    async def transact(self, work, *, lasting=True):
        pass


class Cut(Exception):
    """An attempt that is cut short."""


class World:
    """One source, whose files are whatever a test says."""

    def __init__(self, storage, source, *, thrift):
        self._storage = storage
        self._id = source.id
        self._thrift = thrift

    async def become(self, texts, *, cut_after=None, complete=True):
        """Take in the present texts by path. `cut_after` so many batches the attempt ends; `complete` ends the run."""
        async with self._storage.write() as unit:
            stored = await unit.files.of(self._id)
            entries = [FileEntry(path=path, size=len(text), content_hash=_hash(text)) for path, text in texts.items()]
            found = changes_between(stored, entries, {}, index_id=self._id, scanned_at_ns=0)
            await unit.files.save(found.rows)
            wanted = [package for path, text in texts.items() for package in _packages(path, text)]
            await unit.packages.apply(self._id, changes_of_packages(await unit.packages.of(self._id), wanted))
            pending = await unit.files.pending(self._id)
        before = await self._extract(texts, pending, cut_after)
        await link(self._work(), self._storage, Counter(), before=before, thrift=self._thrift)
        if complete:
            async with self._storage.write() as unit:
                await unit.files.clear_statuses(self._id)

    async def _extract(self, texts, pending, cut_after):
        facts = FactStore(self._storage, self._id, pending, self._thrift)
        await facts.begin()
        deleted = [file for file in pending if file.status is FileStatus.DELETED]
        async with self._storage.write() as unit:
            await facts.remove(unit, deleted)
        rest = [file for file in pending if file.status is not FileStatus.DELETED]
        for number, batch in enumerate(batches(rest, BATCH)):
            if number == cut_after:
                raise Cut
            pairs = [(file, _extracted(file.path, texts[file.path])) for file in batch]
            async with self._storage.write() as unit:
                await facts.store(unit, pairs, Counter())
                await unit.files.save(
                    replace(file, extracted_hash=file.content_hash, language=made.language) for file, made in pairs
                )
        return facts.placed

    def _work(self):
        progress = ProgressReporter(Unseen(), 0, SystemClock().now)
        return SimpleNamespace(index_id=self._id, progress=progress, storage=self._storage)

    async def links(self):
        """What every import and every reference leads to, without ids."""
        async with self._storage.read() as unit:
            paths = {file.id: file.path for file in await unit.files.placed(self._id)}
            symbols = {one.id: one for of in (await unit.symbols.of_files(paths)).values() for one in of}
            imports = await unit.symbols.imports_of(paths)
            references = await unit.symbols.references_of(paths)
        found = {}
        for file_id, path in paths.items():
            for one in imports.get(file_id, ()):
                found[path, one.imported] = paths.get(one.target_file_id), one.external
            for one in references.get(file_id, ()):
                target = symbols.get(one.target_id)
                place = target and (paths[target.file_id], target.symbol.qualified_name, target.symbol.head_line)
                found[path, one.reference] = place, one.external
        return found


def _extracted(path, text):
    return extract_file(FileContent(path=path, content=text.encode()))


def _hash(text):
    return hashlib.sha256(text.encode()).hexdigest()


def _packages(path, text):
    directory, _, name = path.rpartition("/")
    if name == "go.mod":
        yield Package(path=directory, kind=PackageKind.GO, name=text.split()[1], manifest=path)
