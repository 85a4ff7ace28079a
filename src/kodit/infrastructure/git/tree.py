"""The files of a commit, leaving out what `.noindex` files and kodit's own rules exclude."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import structlog

from kodit.domain.sources import ignore
from kodit.domain.sources.file import FileEntry
from kodit.domain.sources.ignore import IgnoreScope
from kodit.infrastructure.git.blobs import BlobReader
from kodit.infrastructure.git.mirror import Mirror

_LOG = structlog.get_logger(__name__)

_REGULAR_FILE = b"100"
"""How the modes of regular files begin; links are 120000, submodules 160000."""
SUBMODULE = b"160000"
ENVIRONMENT = "pyvenv.cfg"
"""The file that marks a Python environment."""
_PATHS_AT_ONCE = 500
"""Paths in one command, whose length the system limits."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of one commit in a mirror."""

    mirror: Mirror
    commit: str

    async def entries(self, others: Sequence[FileEntry] = ()) -> list[FileEntry]:
        """Every regular file that no rule leaves out, ordered by path; the others are taken for files of the tree."""
        listing = await self._listing("-r", "-l")
        committed = await asyncio.to_thread(lambda: list(_committed(listing)))
        scopes = await self._scopes(committed)
        return await asyncio.to_thread(_kept, [*committed, *others], scopes)

    async def at(self, paths: Iterable[str]) -> list[FileEntry]:
        """Those of the files at these paths that no rule leaves out, ordered by path; no other file is looked at."""
        wanted = sorted(path for path in set(paths) if is_inside(path))
        around = {folder for path in wanted for folder in ("", *ignore.parents(path))}
        ruling = {_below(folder, name) for folder in around for name in (ignore.NOINDEX, ENVIRONMENT)}
        committed = await self._committed_at(sorted(ruling.union(wanted)))
        scopes = await self._scopes(committed)
        return _kept([entry for entry in committed if entry.path in frozenset(wanted)], scopes)

    async def ids(self, paths: Sequence[str]) -> Mapping[str, str]:
        """The blobs of those of these paths that lead to a regular file, whatever the rules say."""
        found = await self._committed_at([path for path in paths if is_inside(path)])
        return {entry.path: entry.content_hash or "" for entry in found}

    async def _committed_at(self, paths: Sequence[str]) -> list[FileEntry]:
        committed: list[FileEntry] = []
        for start in range(0, len(paths), _PATHS_AT_ONCE):
            listing = await self._listing("-l", paths=paths[start : start + _PATHS_AT_ONCE])
            committed += _committed(listing)
        return committed

    async def _listing(self, *flags: str, paths: Sequence[str] = ()) -> bytes:
        ls_tree = ("--literal-pathspecs", "ls-tree", *flags, "-z", "--full-tree", "--end-of-options", self.commit)
        return await self.mirror.git.local(*ls_tree, *(("--", *paths) if paths else ()), mirror=self.mirror.path)

    async def _scopes(self, committed: Sequence[FileEntry]) -> "_Scopes":
        noindexes = [entry for entry in committed if _name_of(entry.path) == ignore.NOINDEX]
        texts: dict[str, str] = {}
        if noindexes:
            async with BlobReader(self.mirror, [entry.content_hash or "" for entry in noindexes]) as contents:
                for entry in noindexes:
                    content = await contents.next() or b""
                    texts[_directory_of(entry.path)] = content.decode("utf-8", "surrogateescape")
        environments = {_directory_of(entry.path) for entry in committed if entry.path.endswith(f"/{ENVIRONMENT}")}
        return _Scopes(texts, environments)


def path_of(name: bytes) -> str | None:
    """A name in a tree as the path of a file, None for one that is left out."""
    path = path_in(name)
    if path is None:
        _LOG.warning("file left out", path=name, reason="its name is not UTF-8")
        return None
    return path if is_inside(path) else None


def path_in(name: bytes) -> str | None:
    """A name as a path, None for one that is not UTF-8."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return None


def is_inside(path: str) -> bool:
    """False for a name that would lead out of the source, or into what git keeps: a tree made by hand may hold any."""
    return not {"", ".", "..", ignore.GIT}.intersection(path.split("/")) and "\0" not in path


def is_regular(mode: bytes) -> bool:
    """True for the mode of a regular file."""
    return mode.startswith(_REGULAR_FILE)


def decides_about_others(path: str) -> bool:
    """True for a file that rules over which other files are listed."""
    return _name_of(path) in (ignore.NOINDEX, ENVIRONMENT)


def _committed(listing: bytes) -> Iterator[FileEntry]:
    """Reads records of the form `<mode> <type> <id> <size>`, a tab, the path, a zero byte."""
    for record in listing.split(b"\0"):
        facts, _, name = record.partition(b"\t")
        if not is_regular(facts):
            continue
        if (path := path_of(name)) is not None:
            _, _, blob, size = facts.split()
            yield FileEntry(path=path, size=int(size), content_hash=blob.decode("ascii"))


def _kept(committed: Iterable[FileEntry], scopes: "_Scopes") -> list[FileEntry]:
    kept = []
    for entry in committed:
        scope = scopes.around(entry.path)
        if scope is not None and not scope.excludes(entry.path, is_directory=False):
            kept.append(entry)
    return sorted(kept, key=lambda entry: entry.path)


class _Scopes:
    """The rules in force in each directory; None for one that is left out."""

    def __init__(self, noindexes: Mapping[str, str], environments: Set[str]) -> None:
        self._noindexes = noindexes
        self._environments = environments
        self._known: dict[str, IgnoreScope | None] = {"": self._inside("", IgnoreScope())}

    def around(self, path: str) -> IgnoreScope | None:
        """The rules in the directory that `path` lies in."""
        directory = _directory_of(path)
        if directory not in self._known:
            for parent in ignore.parents(path):
                if parent not in self._known:
                    self._known[parent] = self._below(parent)
        return self._known[directory]

    def _below(self, directory: str) -> IgnoreScope | None:
        above = self._known[_directory_of(directory)]
        name = _name_of(directory)
        inside = (ENVIRONMENT,) if directory in self._environments else ()
        if above is None or ignore.is_never_entered(name) or ignore.is_virtual_environment(name, inside):
            return None
        return None if above.excludes(directory, is_directory=True) else self._inside(directory, above)

    def _inside(self, directory: str, above: IgnoreScope) -> IgnoreScope | None:
        noindex = self._noindexes.get(directory)
        if noindex is not None and ignore.leaves_out_its_directory(noindex):
            return None
        return above.within(directory, noindex=noindex)


def _directory_of(path: str) -> str:
    return path.rpartition("/")[0]


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
