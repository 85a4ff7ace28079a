"""The mirrors of all git sources, and how they are brought up to date."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from kodit.domain.errors import Locked, PermanentError, Unavailable
from kodit.domain.sources.source import Source
from kodit.domain.sources.submodule import DEEPEST, Submodule
from kodit.infrastructure.git.mirror import Mirror, gone
from kodit.infrastructure.git.process import Git, GitLimits
from kodit.infrastructure.git.superproject import Part, Superproject
from kodit.infrastructure.git.working_copy import GitWorkingCopy

_LOCK_POLL_SECONDS = 0.05


class GitWorkingCopies:
    """`WorkingCopies` for sources of the kind GIT; the mirrors lie in `mirrors`, one directory each."""

    def __init__(self, mirrors: Path, limits: GitLimits | None = None) -> None:
        self._mirrors = mirrors.absolute()
        self._git = Git(limits or GitLimits())

    async def refresh(self, source: Source) -> GitWorkingCopy | Superproject:
        """Fetch, and open at the commit that is selected; without a selection the remote HEAD is followed.

        Raises Unavailable, Refused, NotFound, InvalidInput, RateLimited, StorageFull, and Locked when another
        process has been refreshing the same mirror for too long.
        """
        return await self._whole(source, await self._refreshed(source.repository, source.selection, source.depth))

    async def open(self, source: Source) -> GitWorkingCopy | Superproject:
        """Open at `source.commit`, or at what was last fetched; the network is asked only for what is missing.

        Raises NotFound when the remote has lost the commit too, else what `refresh` raises.
        """
        mirror = self._mirror(source.repository)
        commit = await (mirror.at(source.selection) if source.commit is None else mirror.resolved(source.commit))
        if commit is None and (source.commit is not None or not mirror.exists):
            refreshed = await self.refresh(source)
            if source.commit is None:
                return refreshed
            commit = await mirror.resolved(source.commit)
            if commit is None:
                raise gone(source.commit, source.repository)
        return await self._whole(source, GitWorkingCopy(mirror, commit))

    async def discard(self, source: Source) -> None:
        """Delete the mirror. Raises Locked as `refresh` does."""
        mirror = self._mirror(source.repository)
        async with self._locked(mirror):
            await asyncio.to_thread(mirror.delete)

    async def _refreshed(self, repository: str, selection: str | None, depth: int | None) -> GitWorkingCopy:
        mirror = self._mirror(repository)
        async with self._locked(mirror):
            return GitWorkingCopy(mirror, await mirror.update(selection, depth))

    async def _whole(self, source: Source, copy: GitWorkingCopy) -> GitWorkingCopy | Superproject:
        if not source.follows_submodules or copy.commit is None:
            return copy
        return await self._with_submodules(copy, source.depth, within=())

    async def _with_submodules(
        self, copy: GitWorkingCopy, depth: int | None, within: tuple[Submodule, ...]
    ) -> Superproject:
        """With the submodules that can be had; a submodule that cannot costs its own files, and is told with why."""
        parts: dict[str, Part] = {}
        known = []
        for submodule in await copy.submodules():
            try:
                if submodule.url is not None:
                    parts[submodule.path] = await self._part(submodule, submodule.url, depth, within)
                known.append(submodule)
            except PermanentError as error:
                known.append(replace(submodule, problem=str(error)))
        return Superproject(copy, parts, known)

    async def _part(self, submodule: Submodule, url: str, depth: int | None, within: tuple[Submodule, ...]) -> Part:
        inside = await self._refreshed(url, submodule.commit, depth)
        if len(within) >= DEEPEST or any((one.url, one.commit) == (url, submodule.commit) for one in within):
            return inside
        return await self._with_submodules(inside, depth, (*within, submodule))

    def _mirror(self, repository: str) -> Mirror:
        # All that is selected of one repository is read from one mirror.
        name = hashlib.sha256(repository.encode()).hexdigest()[:32]
        return Mirror(self._git, self._mirrors / f"{name}.git", repository)

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
