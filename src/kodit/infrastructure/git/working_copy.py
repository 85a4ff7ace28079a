"""Git repositories, mirrored and read at a commit."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from kodit.domain.errors import Locked, NotFound, Unavailable
from kodit.domain.sources.changes import TreeChanges
from kodit.domain.sources.file import FileEntry
from kodit.domain.sources.history import History
from kodit.domain.sources.source import Source
from kodit.infrastructure.git.blobs import BlobReader
from kodit.infrastructure.git.commit_log import history
from kodit.infrastructure.git.difference import changes_between
from kodit.infrastructure.git.mirror import Mirror, gone
from kodit.infrastructure.git.process import Git, GitLimits
from kodit.infrastructure.git.tree import Tree

FEW = 500
"""Paths that are looked up one by one; of more the whole tree is listed."""
_LOCK_POLL_SECONDS = 0.05


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

    async def changes_since(self, commit: str) -> TreeChanges | None:
        """See `WorkingCopy.changes_since`."""
        return await changes_between(self._mirror, commit, self._commit) if self._commit else None

    async def history(self, since: str | None) -> History:
        """See `WorkingCopy.history`."""
        return await history(self._mirror, self._commit, since) if self._commit else History()

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


class GitWorkingCopies:
    """`WorkingCopies` for sources of the kind GIT; the mirrors lie in `mirrors`, one directory each."""

    def __init__(self, mirrors: Path, limits: GitLimits | None = None) -> None:
        self._mirrors = mirrors.absolute()
        self._git = Git(limits or GitLimits())

    async def refresh(self, source: Source) -> GitWorkingCopy:
        """Fetch, and open at the commit that is selected; without a selection the remote HEAD is followed.

        Raises Unavailable, Refused, NotFound, InvalidInput, RateLimited, StorageFull, and Locked when another
        process has been refreshing the same mirror for too long.
        """
        mirror = self._mirror(source)
        async with self._locked(mirror):
            return GitWorkingCopy(mirror, await mirror.update(source.selection, source.depth))

    async def open(self, source: Source) -> GitWorkingCopy:
        """Open at `source.commit`, or at what was last fetched; the network is asked only for what is missing.

        Raises NotFound when the remote has lost the commit too, else what `refresh` raises.
        """
        mirror = self._mirror(source)
        commit = await (mirror.at(source.selection) if source.commit is None else mirror.resolved(source.commit))
        if commit is None and (source.commit is not None or not mirror.exists):
            refreshed = await self.refresh(source)
            if source.commit is None:
                return refreshed
            commit = await mirror.resolved(source.commit)
            if commit is None:
                raise gone(source.commit, source.repository)
        return GitWorkingCopy(mirror, commit)

    async def discard(self, source: Source) -> None:
        """Delete the mirror. Raises Locked as `refresh` does."""
        mirror = self._mirror(source)
        async with self._locked(mirror):
            await asyncio.to_thread(mirror.delete)

    def _mirror(self, source: Source) -> Mirror:
        # All that is selected of one repository is read from one mirror.
        name = hashlib.sha256(source.repository.encode()).hexdigest()[:32]
        return Mirror(self._git, self._mirrors / f"{name}.git", source.repository)

    @asynccontextmanager
    async def _locked(self, mirror: Mirror) -> AsyncIterator[None]:
        limit = self._git.limits.lock.total_seconds()
        try:
            self._mirrors.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"{self._mirrors} cannot be written: {error.strerror}.") from error
        lock = FileLock(f"{mirror.path}.lock", thread_local=False)
        waiting_until = time.monotonic() + limit
        # Tried again and again instead of waited for in a thread: a thread that gets the lock after its caller was
        # cancelled would keep it for ever.
        while not _taken(lock):
            if time.monotonic() >= waiting_until:
                raise Locked(f"{mirror.location} is being refreshed by another process for over {limit:g} seconds.")
            await asyncio.sleep(_LOCK_POLL_SECONDS)
        try:
            yield
        finally:
            lock.release()


def _taken(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True
