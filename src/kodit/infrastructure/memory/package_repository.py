"""Packages in memory: what the port promises, and no more."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from kodit.domain.sources.file import File, FileStatus
from kodit.domain.sources.manifest import StoredManifest
from kodit.domain.sources.ownership import key_order
from kodit.domain.sources.package import OwnedFile, Package, PackageChanges, PackageKey, PackageOutline, StoredPackage


class MemoryPackageRepository:
    """Implements PackageRepository; `files` gives those of a source."""

    def __init__(self, files: Callable[[int], Iterable[File]]) -> None:
        self._files = files
        self._ids = count(1)
        self._packages: dict[int, StoredPackage] = {}
        self._owners: dict[int, int] = {}
        self._manifests: dict[int, dict[str, StoredManifest]] = {}

    async def of(self, index_id: int) -> Sequence[StoredPackage]:
        """See the port."""
        mine = [stored for stored in self._packages.values() if stored.index_id == index_id]
        return sorted(mine, key=lambda stored: key_order(stored.package.key))

    async def apply(self, index_id: int, changes: PackageChanges) -> None:
        """See the port."""
        for package_id in changes.remove:
            del self._packages[package_id]
        self._owners = {file: owner for file, owner in self._owners.items() if owner in self._packages}
        self._packages |= {stored.id: stored for stored in changes.update}
        for package in changes.add:
            package_id = next(self._ids)
            self._packages[package_id] = StoredPackage(id=package_id, index_id=index_id, package=package)
        known = {stored.package.key for stored in await self.of(index_id)}
        for stored in await self.of(index_id):
            self._packages[stored.id] = replace(stored, package=_bounded(stored.package, known))

    async def outlines(self, index_id: int) -> Sequence[PackageOutline]:
        """See the port."""
        return [PackageOutline(one.id, *one.key, one.package.name, one.source_hash) for one in await self.of(index_id)]

    async def files_of(self, package_ids: Collection[int]) -> Sequence[OwnedFile]:
        """See the port."""
        sources = {self._packages[package_id].index_id for package_id in package_ids}
        found = [file for index_id in sources for file in await self.files(index_id) if file.package_id in package_ids]
        return sorted(found, key=lambda file: file.path)

    async def owners(self, file_ids: Collection[int]) -> Mapping[int, int]:
        """See the port."""
        return {file_id: self._owners[file_id] for file_id in file_ids if file_id in self._owners}

    async def files(self, index_id: int) -> Sequence[OwnedFile]:
        """See the port."""
        present = [file for file in self._files(index_id) if file.status is not FileStatus.DELETED]
        owned = [
            OwnedFile(file.id, file.path, file.size, file.content_hash, self._owners.get(file.id)) for file in present
        ]
        return sorted(owned, key=lambda file: file.path)

    async def owned(
        self, names: Collection[str], *, index_ids: Collection[int]
    ) -> Mapping[str, Mapping[int, tuple[int, str]]]:
        """See the port."""
        found: dict[str, dict[int, tuple[int, str]]] = {}
        for stored in self._packages.values():
            if index_ids and stored.index_id not in index_ids:
                continue
            files = await self.files(stored.index_id)
            own = {file.id: (stored.index_id, file.path) for file in files if file.package_id == stored.id}
            for asked in names:
                if asked in (stored.package.name, stored.package.path):
                    found.setdefault(asked, {}).update(own)
        return found

    async def own(self, owners: Mapping[int, int | None]) -> None:
        """See the port."""
        for file_id, owner in owners.items():
            self._owners.pop(file_id, None)
            if owner is not None:
                self._owners[file_id] = owner

    async def extracted(self, source_hashes: Mapping[int, str]) -> None:
        """See the port."""
        for package_id, source_hash in source_hashes.items():
            if package_id in self._packages:
                self._packages[package_id] = replace(self._packages[package_id], source_hash=source_hash)

    async def manifests(self, index_id: int) -> Mapping[str, StoredManifest]:
        """See the port."""
        return dict(self._manifests.get(index_id, {}))

    async def has_other(self, index_id: int, read_as: int) -> bool:
        """See the port."""
        return any(stored.read_as != read_as for stored in self._manifests.get(index_id, {}).values())

    async def save_manifests(self, index_id: int, manifests: Iterable[StoredManifest]) -> None:
        """See the port."""
        self._manifests.setdefault(index_id, {}).update({stored.read.path: stored for stored in manifests})

    async def forget_manifests(self, index_id: int, paths: Collection[str]) -> None:
        """See the port."""
        for path in paths:
            self._manifests.get(index_id, {}).pop(path, None)


def _bounded(package: Package, known: Collection[PackageKey]) -> Package:
    """The package with no target but those that there are."""
    requirements = tuple(one if one.target in known else one._replace(target=None) for one in package.requirements)
    return replace(package, requirements=requirements)
