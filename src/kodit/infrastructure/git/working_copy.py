"""A git repository, mirrored and read at a commit."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from kodit.domain.errors import NotFound
from kodit.domain.sources.changes import TreeChanges
from kodit.domain.sources.file import FileEntry
from kodit.domain.sources.history import History
from kodit.domain.sources.submodule import Submodule
from kodit.infrastructure.git.blobs import BlobReader
from kodit.infrastructure.git.commit_log import history
from kodit.infrastructure.git.difference import changes_between
from kodit.infrastructure.git.gitlinks import submodules
from kodit.infrastructure.git.mirror import Mirror
from kodit.infrastructure.git.tree import Tree

FEW = 500
"""Paths that are looked up one by one; of more the whole tree is listed."""


class GitWorkingCopy:
    """A mirror at one commit. A commit never changes, so its tree is listed once."""

    __slots__ = ("_commit", "_entries", "_mirror")

    def __init__(self, mirror: Mirror, commit: str | None) -> None:
        self._mirror = mirror
        self._commit = commit
        self._entries: dict[str, FileEntry] | None = None

    @property
    def commit(self) -> str | None:
        """The commit that it is read at; None for a repository that has none yet."""
        return self._commit

    async def entries(self) -> Sequence[FileEntry]:
        """See `WorkingCopy.entries`. Submodules are left out; so are names that are not UTF-8."""
        return list((await self._by_path()).values())

    async def entries_with(self, others: Sequence[FileEntry]) -> Sequence[FileEntry]:
        """The entries, and those of the others that the same rules do not leave out."""
        if self._commit is None or not others:
            return await self.entries()
        return await Tree(self._mirror, self._commit).entries(others)

    async def changes_since(self, commit: str) -> TreeChanges | None:
        """See `WorkingCopy.changes_since`."""
        return await changes_between(self._mirror, commit, self._commit) if self._commit else None

    async def history(self, since: str | None) -> History:
        """See `WorkingCopy.history`."""
        return await history(self._mirror, self._commit, since) if self._commit else History()

    async def submodules(self) -> Sequence[Submodule]:
        """See `WorkingCopy.submodules`."""
        return await submodules(self._mirror, self._commit) if self._commit else ()

    async def blobs(self, paths: Sequence[str]) -> Mapping[str, tuple[Mirror, str]]:
        """The mirror and the blob of each of these paths that leads to a regular file."""
        return {path: (self._mirror, blob) for path, blob in (await self._ids(paths)).items()}

    async def hash_of(self, path: str) -> str:
        """The id of the blob. Raises NotFound for a path that leads to no regular file."""
        if (blob := (await self._ids([path])).get(path)) is None:
            raise NotFound(f"{path} is not in commit {self._commit}.")
        return blob

    async def read(self, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes | None]]:
        """See `WorkingCopy.read`; one git process gives all the contents."""
        wanted = list(paths)
        ids = await self._ids(wanted)
        async with BlobReader(self._mirror, [ids[path] for path in wanted if path in ids]) as contents:
            for path in wanted:
                yield path, (await contents.next() if path in ids else None)

    async def _ids(self, paths: Sequence[str]) -> Mapping[str, str]:
        """The blobs of these paths: looked up one by one while they are few."""
        if self._entries is None and self._commit and len(paths) <= FEW:
            return await Tree(self._mirror, self._commit).ids(paths)
        entries = await self._by_path()
        return {path: entry.content_hash or "" for path in paths if (entry := entries.get(path))}

    async def _by_path(self) -> dict[str, FileEntry]:
        if self._entries is None:
            listed = await Tree(self._mirror, self._commit).entries() if self._commit else []
            self._entries = {entry.path: entry for entry in listed}
        return self._entries
