"""The paths of a source, as the rules for imports look at them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from kodit.domain.sources.manifest import PackageKind

ROOT_KINDS = frozenset((PackageKind.GO, PackageKind.NPM, PackageKind.CARGO, PackageKind.COMPOSER))
"""The kinds of packages by whose names imports find them: `SourceTree.packages` is asked for no others."""


class PackageRoot(NamedTuple):
    """A directory that a manifest gives a name: that of a Go module, of a crate, of an npm package."""

    kind: PackageKind
    path: str
    name: str


class Lead(NamedTuple):
    """An import leads to this file; `inside` is the qualified name of the module within it, "" for the file itself."""

    path: str
    inside: str = ""


class Outside(NamedTuple):
    """An import leads out of the source, to what bears this name."""

    name: str


Destination = Lead | Outside | None
"""Where an import leads; None when nobody can tell."""


class SourceTree:
    """The paths of all files of a source, and its packages. Directories have no slash at the end; "" is the root.

    `name` is what the root itself is called where it lies, "" where nobody knows.
    """

    def __init__(self, paths: Iterable[str], packages: Iterable[PackageRoot] = (), name: str = "") -> None:
        self.name = name
        self.packages = tuple(sorted(packages))
        self._paths = frozenset(paths)
        self.remembered: dict[object, Any] = {}
        """What the rules of a language found out about this tree, by keys of their own."""
        self._by_directory: defaultdict[str, list[str]] = defaultdict(list)
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(self._paths):
            directory, name = split(path)
            self._by_directory[directory].append(path)
            self._by_name[name].append(path)
        self._directories = {above for directory in self._by_directory for above in ancestors(directory)}
        self._by_directory_name: dict[str, list[str]] | None = None

    def __contains__(self, path: str) -> bool:
        """True for the path of a file."""
        return path in self._paths

    def existing(self, path: str | None) -> str | None:
        """This path, if it is that of a file."""
        return path if path in self._paths else None

    def has_directory(self, directory: str) -> bool:
        """True for a directory with files in it, or below it."""
        return directory in self._directories

    def files_in(self, directory: str) -> Sequence[str]:
        """The files of a directory, without those below it, in order."""
        return self._by_directory.get(directory, ())

    def below(self, directory: str) -> Sequence[str]:
        """The files of a directory and of those below it."""
        beginning = f"{directory}/" if directory else ""
        return [path for path in self._paths if path.startswith(beginning)]

    def first(self, candidates: Iterable[str]) -> str | None:
        """The first of these paths that there is."""
        return next((path for path in candidates if path in self._paths), None)

    def ending(self, suffix: str) -> Sequence[str]:
        """The files whose last parts are these, in order."""
        name = suffix.rpartition("/")[2]
        return [path for path in self._by_name.get(name, ()) if path == suffix or path.endswith(f"/{suffix}")]

    def directories_ending(self, suffix: str) -> Sequence[str]:
        """The directories with files in them whose last parts are these, in order."""
        if self._by_directory_name is None:
            by_name: defaultdict[str, list[str]] = defaultdict(list)
            for directory in sorted(self._by_directory):
                by_name[directory.rpartition("/")[2]].append(directory)
            self._by_directory_name = by_name
        found = self._by_directory_name.get(suffix.rpartition("/")[2], ())
        return [directory for directory in found if directory == suffix or directory.endswith(f"/{suffix}")]


def split(path: str) -> tuple[str, str]:
    """The directory and the name of a file."""
    directory, _, name = path.rpartition("/")
    return directory, name


def join(*parts: str) -> str:
    """A path from parts, of which any may be empty."""
    return "/".join(part for part in parts if part)


def ancestors(directory: str) -> Sequence[str]:
    """A directory and those above it, from inside out, the root last."""
    found = [directory]
    while directory:
        directory = directory.rpartition("/")[0]
        found.append(directory)
    return found


def normalised(directory: str, relative: str) -> str | None:
    """The path that a relative one means in a directory; None for one that leads out of the source."""
    parts = directory.split("/") if directory else []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def nearest(directory: str, candidates: Sequence[str]) -> str | None:
    """Of these paths the one that shares most directories with this one; None when two share as many."""
    if len(candidates) <= 1:
        return candidates[0] if candidates else None
    ranked = sorted(candidates, key=lambda path: -_shared(directory, path))
    first, second = (_shared(directory, path) for path in ranked[:2])
    return ranked[0] if first > second else None


def _shared(directory: str, path: str) -> int:
    shared = 0
    for one, other in zip(directory.split("/"), path.split("/"), strict=False):
        if one != other:
            break
        shared += 1
    return shared
