"""Manifests: the files in which a package says its name, its version and what it requires."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

READ_AS = 1
"""Counts up with every change of what is read from a manifest's content, so that stored ones are read again."""

MANIFEST_SIZE = 512 * 1024
"""Bytes. Manifests are written by hand; the largest known ones have a tenth of this."""


class PackageKind(StrEnum):
    """By which rules a package is made.

    Where one directory has packages of several kinds, the first of them in this order owns the files: a package.json
    is last, because projects of all languages have one for their tools.
    """

    CARGO = "cargo"
    GO = "go"
    MAVEN = "maven"
    GRADLE = "gradle"
    PYTHON = "python"
    DOTNET = "dotnet"
    GEM = "gem"
    COMPOSER = "composer"
    MIX = "mix"
    NPM = "npm"
    """Also of yarn and pnpm."""
    DIRECTORY = "directory"
    """A directory without a manifest, or with one that cannot be read."""


class RequirementScope(StrEnum):
    """What a package requires something for."""

    RUNTIME = "runtime"
    DEV = "dev"
    """Also for tests."""
    BUILD = "build"
    PEER = "peer"
    """Whoever uses the package has to bring it along."""
    OPTIONAL = "optional"


class Requirement(NamedTuple):
    """What a manifest says that its package requires.

    `requirement` is the versions that will do, as written: `^1.2`, `>=3,<4`; "" for any. `path` is where it is to be
    taken from: a directory or a manifest, from the source's root. With `inherited`, what is left out here stands in the
    manifest that this one inherits from.
    """

    name: str
    requirement: str = ""
    scope: RequirementScope = RequirementScope.RUNTIME
    path: str | None = None
    inherited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What a manifest gives to those that inherit from it."""

    group: str | None = None
    version: str | None = None
    description: str | None = None
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What one manifest says, by itself.

    `path` is the file's, from the source's root. `declares` is False for a manifest that makes no package, as one of a
    workspace that has only members. `members` are patterns of the directories of a workspace's packages, from the
    source's root; one that begins with `!` takes away. None stands for a manifest that speaks of no members.
    `parent` is the manifest, or its directory, that this one says it inherits from; without one it is the nearest of
    its kind above. `inherited` names the fields it takes from there. `properties` stand for `${...}` in its texts and
    in those of its heirs; `group` is the first half of the name where there are two.
    """

    path: str
    kind: PackageKind
    declares: bool = True
    name: str | None = None
    group: str | None = None
    version: str | None = None
    description: str | None = None
    requirements: tuple[Requirement, ...] = ()
    members: tuple[str, ...] | None = None
    parent: str | None = None
    inherited: frozenset[str] = frozenset()
    shared: Shared | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadManifest:
    """What reading a manifest gave: None where it cannot be read, and then `problem` says why."""

    path: str
    manifest: Manifest | None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredManifest:
    """A manifest as it was when its content had this hash, read as `read_as` says."""

    content_hash: str
    read: ReadManifest
    read_as: int = READ_AS


_NAMES = (
    ("Cargo.toml", PackageKind.CARGO),
    ("go.mod", PackageKind.GO),
    ("go.work", PackageKind.GO),
    ("pom.xml", PackageKind.MAVEN),
    ("build.gradle.kts", PackageKind.GRADLE),
    ("build.gradle", PackageKind.GRADLE),
    ("settings.gradle.kts", PackageKind.GRADLE),
    ("settings.gradle", PackageKind.GRADLE),
    ("gradle.properties", PackageKind.GRADLE),
    ("pyproject.toml", PackageKind.PYTHON),
    ("setup.cfg", PackageKind.PYTHON),
    ("setup.py", PackageKind.PYTHON),
    (".csproj", PackageKind.DOTNET),
    (".fsproj", PackageKind.DOTNET),
    (".vbproj", PackageKind.DOTNET),
    ("Directory.Build.props", PackageKind.DOTNET),
    ("Directory.Packages.props", PackageKind.DOTNET),
    (".gemspec", PackageKind.GEM),
    ("Gemfile", PackageKind.GEM),
    ("composer.json", PackageKind.COMPOSER),
    ("mix.exs", PackageKind.MIX),
    ("package.json", PackageKind.NPM),
    ("pnpm-workspace.yaml", PackageKind.NPM),
)
"""Names of manifests, and endings with a dot before them; of one kind, the first in a directory has the first word."""

_BY_NAME = {name: (rank, kind) for rank, (name, kind) in enumerate(_NAMES) if not name.startswith(".")}
_BY_ENDING = {name: (rank, kind) for rank, (name, kind) in enumerate(_NAMES) if name.startswith(".")}


def manifest_kind(path: str) -> PackageKind | None:
    """The kind of package that a file of this name speaks of; None for a file that is no manifest."""
    found = _found(path)
    return found[1] if found else None


def manifest_rank(path: str) -> tuple[int, str]:
    """Sorts the manifests of one directory: who comes first has the first word."""
    found = _found(path)
    return (found[0] if found else len(_NAMES), path)


def _found(path: str) -> tuple[int, PackageKind] | None:
    name = path.rpartition("/")[2]
    if name in _BY_NAME:
        return _BY_NAME[name]
    stem, dot, ending = name.rpartition(".")
    return _BY_ENDING.get(dot + ending) if stem else None
