"""Packages: the parts of a source that have a name of their own and require one another."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kodit.domain.sources.manifest import PackageKind, RequirementScope, StoredManifest


class PackageKey(NamedTuple):
    """What tells a package from the others of its source: its directory, "" for the source's root, and its kind."""

    path: str
    kind: PackageKind


class PackageRequirement(NamedTuple):
    """What a package requires; `target` is the package of the same source that it is, None for all others."""

    name: str
    requirement: str = ""
    scope: RequirementScope = RequirementScope.RUNTIME
    target: PackageKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package, with what it takes from its workspace filled in.

    `manifest` is the path of the file that has the first word, None for a directory without one. `manifest_hash` is
    the SHA-256, in hexadecimal, of all manifests that say something about it, "" where there are none.
    """

    path: str
    kind: PackageKind
    name: str
    version: str | None = None
    description: str | None = None
    manifest: str | None = None
    manifest_hash: str = ""
    requirements: tuple[PackageRequirement, ...] = ()

    @property
    def key(self) -> PackageKey:
        """What tells it from the others of its source."""
        return PackageKey(self.path, self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPackage:
    """A package with its place in the database.

    `source_hash` is that of the files that it was last extracted from. None means that it waits for its first
    extraction, or for one after its manifests changed.
    """

    id: int
    index_id: int
    package: Package
    source_hash: str | None = None

    @property
    def key(self) -> PackageKey:
        """What tells it from the others of its source."""
        return self.package.key


class PackageOutline(NamedTuple):
    """A stored package without what its manifests say of it but its name."""

    id: int
    path: str
    kind: PackageKind
    name: str
    source_hash: str | None

    @property
    def key(self) -> PackageKey:
        """What tells it from the others of its source."""
        return PackageKey(self.path, self.kind)


class OwnedFile(NamedTuple):
    """A file with what its package has to know of it; `package_id` is None while nobody owns it."""

    id: int
    path: str
    size: int
    content_hash: str
    package_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageChanges:
    """What is to be stored so that the packages of a source are as they should be."""

    add: tuple[Package, ...] = ()
    update: tuple[StoredPackage, ...] = ()
    """Those that are there already, as they should be."""
    remove: tuple[int, ...] = ()
    kept: int = 0


def source_hash(files: Iterable[tuple[str, str]]) -> str:
    """SHA-256, in hexadecimal, over the paths and content hashes of files, whatever the order they are given in."""
    # Neither a path nor a hash has a NUL.
    whole = "".join(f"{path}\0{content_hash}\0" for path, content_hash in sorted(files))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def stale_manifests(stored: Mapping[str, StoredManifest], present: Mapping[str, str], read_as: int) -> list[str]:
    """The paths of the manifests to be read, of those present with these content hashes, in order."""
    return sorted(path for path, content_hash in present.items() if _is_stale(stored.get(path), content_hash, read_as))


def _is_stale(stored: StoredManifest | None, content_hash: str, read_as: int) -> bool:
    return stored is None or (stored.content_hash, stored.read_as) != (content_hash, read_as)


def changes_of_packages(stored: Iterable[StoredPackage], wanted: Iterable[Package]) -> PackageChanges:
    """What to store so that the packages of a source are these.

    One whose manifests changed waits for extraction again.
    """
    rest = {package.key: package for package in wanted}
    update: list[StoredPackage] = []
    remove: list[int] = []
    kept = 0
    for old in stored:
        package = rest.pop(old.package.key, None)
        if package is None:
            remove.append(old.id)
        elif package == old.package:
            kept += 1
        else:
            same = package.manifest_hash == old.package.manifest_hash
            source = old.source_hash if same else None
            update.append(StoredPackage(id=old.id, index_id=old.index_id, package=package, source_hash=source))
    return PackageChanges(add=tuple(rest.values()), update=tuple(update), remove=tuple(remove), kept=kept)
