"""The first part of EXTRACT: find the packages of a source, and which of them are to be extracted."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import islice

from kodit.application.indexing.changed_packages import plan_of_few
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.sources.manifest import MANIFEST_SIZE, READ_AS, ReadManifest, StoredManifest, manifest_kind
from kodit.domain.sources.package import OwnedFile, PackageChanges, StoredPackage, changes_of_packages, stale_manifests
from kodit.domain.sources.plan import PackagePlan, plan_of
from kodit.domain.sources.ports import ManifestReader, WorkingCopy
from kodit.domain.sources.source import Source
from kodit.domain.sources.workspace import packages_of
from kodit.domain.tasks.progress import TaskOperation

BATCH_MANIFESTS = 200
BATCH_OWNERS = 10_000
"""What one transaction stores at most: a killed worker loses no more than this, and other writers wait no longer."""


class PackageSearch:
    """Finds the packages of one source for one attempt at a task.

    `opened` is asked for the working copy if there is anything to read in it. `counts` is told what was found.
    """

    def __init__(
        self,
        work: Work,
        source: Source,
        *,
        opened: Callable[[], Awaitable[WorkingCopy]],
        reader: ManifestReader,
        counts: Counter[str],
    ) -> None:
        self._work = work
        self._source = source
        self._opened = opened
        self._reader = reader
        self._counts = counts
        # Stored when all is done: until then it tells which packages files came from.
        self._moved: Mapping[int, int | None] = {}
        self._removed: frozenset[int] = frozenset()

    async def run(self) -> PackagePlan:
        """Read the manifests that changed, store what packages there are and who owns which file, and plan the rest.

        Killed anywhere, the next attempt ends with the same.
        """
        async with self._storage.read() as unit:
            few = await plan_of_few(unit, self._source)
        if few is None:
            return await self._of_all()
        plan, self._counts["packages_unchanged"] = few
        self._moved = plan.owners
        async with self._work.progress.step(TaskOperation.FIND_PACKAGES, total=0) as step:
            await step.skip("no changed manifests")
        return plan

    async def _of_all(self) -> PackagePlan:
        async with self._storage.read() as unit:
            files = await unit.packages.files(self._source.id)
            manifests = dict(await unit.packages.manifests(self._source.id))
        if any(stored.read_as != READ_AS for stored in manifests.values()):
            await self._expect_others()
        present = {file.path: file for file in files if manifest_kind(file.path) is not None}
        stale = stale_manifests(manifests, {path: file.content_hash for path, file in present.items()}, READ_AS)
        async with self._work.progress.step(TaskOperation.FIND_PACKAGES, total=len(stale)) as step:
            async for batch in self._read([present[path] for path in stale]):
                manifests |= {stored.read.path: stored for stored in batch}
                await step.advance(len(batch))
            await self._forget(manifests.keys() - present.keys())
            known = {path: manifests[path] for path in present}
            packages = await self._stored_packages(known, [file.path for file in files])
            return await self._planned(packages, files)

    async def done(self, plan: PackagePlan) -> None:
        """Remember that all files of the packages that were due are extracted."""
        if plan.due:
            async with self._storage.write() as unit:
                await unit.packages.own(self._moved)
                await unit.packages.extracted(plan.due)
        self._counts["packages_extracted"] += len(plan.due)

    @property
    def _storage(self) -> Storage:
        return self._work.storage

    async def _read(self, stale: Sequence[OwnedFile]) -> AsyncGenerator[list[StoredManifest], None]:
        """Manifests as they are now, in batches that are stored already."""
        hashes = {file.path: file.content_hash for file in stale}
        async with aclosing(self._results(stale)) as results:
            async for batch in _in_batches(results, BATCH_MANIFESTS):
                stored = [StoredManifest(content_hash=hashes[read.path], read=read) for read in batch]
                async with self._storage.write() as unit:
                    await unit.packages.save_manifests(self._source.id, stored)
                self._counts["manifests_read"] += len(batch)
                self._counts["manifests_unreadable"] += sum(read.manifest is None for read in batch)
                yield stored

    async def _results(self, stale: Sequence[OwnedFile]) -> AsyncGenerator[ReadManifest, None]:
        gone: set[str] = set()
        readable = [file.path for file in stale if file.size <= MANIFEST_SIZE]
        for file in stale:
            if file.size > MANIFEST_SIZE:
                yield ReadManifest(path=file.path, manifest=None, problem=f"larger than {MANIFEST_SIZE // 1024} KiB")

        async def contents(copy: WorkingCopy) -> AsyncIterator[tuple[str, bytes]]:
            async for path, content in copy.read(readable):
                if content is None:
                    gone.add(path)
                yield path, content or b""

        if readable:
            async with aclosing(self._reader.read(contents(await self._opened()))) as results:
                async for read in results:
                    unread = ReadManifest(path=read.path, manifest=None, problem="cannot be read")
                    yield unread if read.path in gone else read

    async def _expect_others(self) -> None:
        """Have all packages wait: manifests that say something else now are stored before the packages that they make.

        By changed files nobody could tell that, were the attempt cut short in between.
        """
        async with self._storage.write() as unit:
            stored = await unit.packages.of(self._source.id)
            waiting = tuple(replace(one, source_hash=None) for one in stored)
            await unit.packages.apply(self._source.id, PackageChanges(update=waiting))

    async def _forget(self, gone: set[str]) -> None:
        if gone:
            async with self._storage.write() as unit:
                await unit.packages.forget_manifests(self._source.id, gone)

    async def _stored_packages(
        self, manifests: Mapping[str, StoredManifest], paths: Sequence[str]
    ) -> Sequence[StoredPackage]:
        wanted = await asyncio.to_thread(packages_of, manifests, paths, source_name=self._source.name)
        async with self._storage.read() as unit:
            stored = await unit.packages.of(self._source.id)
        changes = changes_of_packages(stored, wanted)
        if changes.add or changes.update or changes.remove:
            async with self._storage.write() as unit:
                await unit.packages.apply(self._source.id, changes)
                stored = await unit.packages.of(self._source.id)
        self._removed = frozenset(changes.remove)
        self._counts["packages_added"] += len(changes.add)
        self._counts["packages_updated"] += len(changes.update)
        self._counts["packages_removed"] += len(changes.remove)
        self._counts["packages_unchanged"] += changes.kept
        return stored

    async def _planned(self, packages: Sequence[StoredPackage], files: Sequence[OwnedFile]) -> PackagePlan:
        # The number of a package that is gone may be that of a new one by now.
        left = [one._replace(package_id=None) if one.package_id in self._removed else one for one in files]
        plan = await asyncio.to_thread(plan_of, packages, left)
        owners = iter(plan.owners.items())
        while batch := dict(islice(owners, BATCH_OWNERS)):
            async with self._storage.write() as unit:
                await unit.packages.own(batch)
        return plan


async def _in_batches(results: AsyncIterator[ReadManifest], size: int) -> AsyncIterator[list[ReadManifest]]:
    batch: list[ReadManifest] = []
    async for result in results:
        batch.append(result)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
