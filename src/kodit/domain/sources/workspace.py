"""What the manifests of a source say together: packages that inherit from their workspace and require one another."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kodit.domain.sources.inheritance import Group, Lineage, merged
from kodit.domain.sources.manifest import PackageKind, Requirement, StoredManifest, manifest_kind, manifest_rank
from kodit.domain.sources.members import Members
from kodit.domain.sources.ownership import Ownership, key_order
from kodit.domain.sources.package import Package, PackageKey, PackageRequirement

_TWO_PARTS = frozenset({PackageKind.MAVEN, PackageKind.GRADLE})
_RUNS = re.compile(r"[-_.]+")


def packages_of(
    manifests: Mapping[str, StoredManifest], paths: Iterable[str], *, source_name: str
) -> Sequence[Package]:
    """The packages of a source, by path and kind.

    `manifests` are all that were read, by path; `paths` are the source's files. A package that does not say its name
    bears that of its directory, one at the root that of the source. A directory whose manifest cannot be read is a
    package of its own, without more to say of it, and so is the source's root if a file has no other owner.
    """
    groups = _groups(manifests)
    lineage = Lineage(groups)
    packages = [_package(group, lineage, manifests, source_name) for group in groups.values() if group.declares]
    keys = {package.key for package in packages}
    plain = [
        _plain(path.rpartition("/")[0], source_name, path, stored)
        for path, stored in sorted(manifests.items())
        if stored.read.manifest is None and not _has_another(path, keys)
    ]
    packages += {package.path: package for package in reversed(plain)}.values()
    ownership = Ownership(package.key for package in packages)
    if ownership.of("") is None and any(ownership.of(path) is None for path in paths):
        packages.append(Package(path="", kind=PackageKind.DIRECTORY, name=source_name))
    targets = _Targets(packages, groups, lineage)
    whole = [replace(package, requirements=targets.of(package)) for package in packages]
    return sorted(whole, key=lambda package: key_order(package.key))


def _has_another(path: str, keys: set[PackageKey]) -> bool:
    """Whether another manifest beside this one, of the same kind, makes the package."""
    kind = manifest_kind(path)
    return kind is not None and PackageKey(path.rpartition("/")[0], kind) in keys


def _groups(manifests: Mapping[str, StoredManifest]) -> dict[PackageKey, Group]:
    """The readable manifests of each directory and kind, as one."""
    gathered: defaultdict[PackageKey, list[str]] = defaultdict(list)
    for path, stored in manifests.items():
        if stored.read.manifest is not None:
            gathered[PackageKey(path.rpartition("/")[0], stored.read.manifest.kind)].append(path)
    groups = {}
    for key, paths in gathered.items():
        found = [manifests[path].read.manifest for path in sorted(paths, key=manifest_rank)]
        groups[key] = merged(key, [manifest for manifest in found if manifest is not None])
    return groups


def _package(group: Group, lineage: Lineage, manifests: Mapping[str, StoredManifest], source_name: str) -> Package:
    whole = lineage.resolved(group)
    name = whole.name or _directory_name(group.key.path, source_name)
    digest = hashlib.sha256()
    for path in sorted({path for one in (group, *lineage.above(group)) for path in one.paths}):
        stored = manifests[path]
        digest.update(f"{path}\0{stored.content_hash}\0{stored.read_as}\0".encode("utf-8", "surrogatepass"))
    return Package(
        path=group.key.path,
        kind=group.key.kind,
        name=f"{whole.group}:{name}" if whole.group and group.key.kind in _TWO_PARTS else name,
        version=whole.version,
        description=whole.description,
        manifest=group.paths[0],
        manifest_hash=digest.hexdigest(),
    )


def _plain(path: str, source_name: str, manifest: str, stored: StoredManifest) -> Package:
    return Package(
        path=path,
        kind=PackageKind.DIRECTORY,
        name=_directory_name(path, source_name),
        manifest=manifest,
        manifest_hash=hashlib.sha256(f"{manifest}\0{stored.content_hash}".encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _directory_name(path: str, source_name: str) -> str:
    return path.rpartition("/")[2] or source_name


class _Targets:
    """Finds the packages of the source that requirements mean."""

    def __init__(self, packages: Sequence[Package], groups: Mapping[PackageKey, Group], lineage: Lineage) -> None:
        self._groups = groups
        self._lineage = lineage
        self._members = Members(groups)
        self._keys = {package.key for package in packages}
        self._named: defaultdict[tuple[PackageKind, str], list[PackageKey]] = defaultdict(list)
        for package in packages:
            self._named[package.kind, _comparable(package.kind, package.name)].append(package.key)

    def of(self, package: Package) -> tuple[PackageRequirement, ...]:
        """The requirements of a package with their targets, each name once for each scope."""
        group = self._groups.get(package.key)
        if group is None:
            return ()
        asked = self._lineage.resolved(group).requirements
        return tuple(PackageRequirement(one.name, one.requirement, one.scope, self._of(group, one)) for one in asked)

    def _of(self, group: Group, asked: Requirement) -> PackageKey | None:
        kind = group.key.kind
        path = self._path(group, asked)
        if path is not None:
            found = PackageKey(path, kind)
            if found not in self._keys and manifest_kind(path) is kind:
                found = PackageKey(path.rpartition("/")[0], kind)
            return found if found in self._keys and found != group.key else None
        if kind is PackageKind.CARGO:
            # Cargo takes from elsewhere whatever is not said to be at a path.
            return None
        return self._by_name(group.key, asked.name)

    def _path(self, group: Group, asked: Requirement) -> str | None:
        if asked.path is None and group.key.kind is PackageKind.GRADLE and asked.name.startswith(":"):
            above = (one.properties.get(asked.name) for one in (group, *self._lineage.above(group)))
            return next((path for path in above if path is not None), asked.name)
        return asked.path

    def _by_name(self, key: PackageKey, name: str) -> PackageKey | None:
        """The only package with this name: of the same workspace, or else of the source.

        Who belongs to an npm workspace never gets one that does not: that would be taken from elsewhere.
        """
        named = [one for one in self._named[key.kind, _comparable(key.kind, name)] if one != key]
        root = self._members.root_of(key)
        near = [one for one in named if root is not None and self._members.root_of(one) == root]
        if key.kind is PackageKind.NPM and root is not None:
            named = near
        found = near or named
        return found[0] if len(found) == 1 else None


def _comparable(kind: PackageKind, name: str) -> str:
    """The name as its packages' rules compare it: PEP 503 for Python."""
    if kind is PackageKind.PYTHON:
        return _RUNS.sub("-", name).lower()
    return name.lower() if kind in (PackageKind.DOTNET, PackageKind.COMPOSER) else name
