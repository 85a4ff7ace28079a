"""Lists the files of a commit, leaving out what `.noindex` files and kodit's own rules exclude."""

import asyncio
from collections.abc import Iterator, Mapping, Set
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


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of one commit in a mirror."""

    mirror: Mirror
    commit: str

    async def entries(self) -> list[FileEntry]:
        """Every regular file that no rule leaves out, ordered by path."""
        listing = await self.mirror.git.local(
            "ls-tree", "-r", "-l", "-z", "--full-tree", "--end-of-options", self.commit, mirror=self.mirror.path
        )
        committed = await asyncio.to_thread(lambda: list(_committed(listing)))
        noindexes = [entry for entry in committed if entry.path.rsplit("/", 1)[-1] == ignore.NOINDEX]
        texts: dict[str, str] = {}
        if noindexes:
            async with BlobReader(self.mirror, [entry.content_hash or "" for entry in noindexes]) as contents:
                for entry in noindexes:
                    content = await contents.next() or b""
                    texts[_directory_of(entry.path)] = content.decode("utf-8", "surrogateescape")
        return await asyncio.to_thread(_indexed, committed, texts)


def _committed(listing: bytes) -> Iterator[FileEntry]:
    """Reads records of the form `<mode> <type> <id> <size>`, a tab, the path, a zero byte."""
    for record in listing.split(b"\0"):
        facts, _, name = record.partition(b"\t")
        if not facts.startswith(_REGULAR_FILE):
            continue
        try:
            path = name.decode()
        except UnicodeDecodeError:
            _LOG.warning("file left out", path=name, reason="its name is not UTF-8")
            continue
        # A tree made by hand may name anything; such names would lead out of the source.
        if not {"", ".", "..", ignore.GIT}.intersection(path.split("/")):
            _, _, blob, size = facts.split()
            yield FileEntry(path=path, size=int(size), content_hash=blob.decode("ascii"))


def _indexed(committed: list[FileEntry], noindexes: Mapping[str, str]) -> list[FileEntry]:
    environments = {_directory_of(entry.path) for entry in committed if entry.path.endswith("/pyvenv.cfg")}
    scopes = _Scopes(noindexes, environments)
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
        name = directory.rsplit("/", 1)[-1]
        inside = ("pyvenv.cfg",) if directory in self._environments else ()
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
