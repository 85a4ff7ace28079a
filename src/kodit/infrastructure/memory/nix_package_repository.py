"""Packages of channels in memory: what the port promises, and no more."""

from collections.abc import Collection, Mapping, Sequence

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import HeldPackage, PackageTally, StoredNixPackage
from kodit.domain.nixpkgs.nix_package import NixPackage


class MemoryNixPackageRepository:
    """Implements NixPackageRepository."""

    def __init__(self) -> None:
        self._packages: dict[int, StoredNixPackage] = {}

    async def held(self, index_id: int) -> Mapping[str, HeldPackage]:
        """See the port."""
        mine = self._of(index_id)
        return {str(one.package.attr): HeldPackage(one.file_id, one.package.content_hash) for one in mine}

    async def save(self, index_id: int, packages: Mapping[int, NixPackage]) -> None:
        """See the port."""
        for file_id, package in packages.items():
            self._packages[file_id] = StoredNixPackage(file_id, index_id, package)

    async def remove(self, index_id: int, file_ids: Collection[int]) -> None:
        """See the port."""
        self._packages = {
            file_id: stored
            for file_id, stored in self._packages.items()
            if stored.index_id != index_id or file_id not in file_ids
        }

    async def tidy(self, index_id: int) -> None:
        """See the port."""

    async def get(self, index_id: int, attr: AttrPath) -> StoredNixPackage | None:
        """See the port."""
        return next((stored for stored in self._of(index_id) if stored.package.attr == attr), None)

    async def of_files(self, file_ids: Collection[int]) -> Mapping[int, StoredNixPackage]:
        """See the port."""
        return {file_id: self._packages[file_id] for file_id in file_ids if file_id in self._packages}

    async def after(self, index_id: int, file_id: int, *, limit: int) -> Sequence[StoredNixPackage]:
        """See the port."""
        return [stored for stored in self._of(index_id) if stored.file_id > file_id][:limit]

    async def tally(self, index_id: int) -> PackageTally:
        """See the port."""
        nested = sum(stored.package.attr.scope is not None for stored in self._of(index_id))
        return PackageTally(len(self._of(index_id)) - nested, nested)

    def _of(self, index_id: int) -> Sequence[StoredNixPackage]:
        mine = [stored for stored in self._packages.values() if stored.index_id == index_id]
        return sorted(mine, key=lambda stored: stored.file_id)
