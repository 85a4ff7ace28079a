"""One bare copy of a remote repository: its branches, its tags and its HEAD."""

import asyncio
import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from kodit.domain.errors import KoditError, NotFound, StorageFull, Unavailable
from kodit.domain.sources.selection import is_commit
from kodit.infrastructure.git.process import Git
from kodit.infrastructure.git.refs import PINNED, commit_at, missing

_BRANCHES_AND_TAGS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_DETACHED = "refs/kodit/head"

# Asked for by name, for a HEAD that points to a branch that was never pushed.
_USUAL_BRANCHES = ("refs/heads/main", "refs/heads/master")

_LIMITED = "kodit-depth"
"""A file in a mirror that was made with less than the whole history, though the remote has more."""

_COMPLETE = "--unshallow"


@dataclass(frozen=True, slots=True)
class RemoteHead:
    """What a remote repository shows first: a branch, or a commit by itself; neither when it is empty."""

    branch: str | None
    commit: str | None


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror on disk. Whoever changes it holds its lock; reading needs none."""

    git: Git
    path: Path
    location: str

    @property
    def exists(self) -> bool:
        """True once a first fetch was completed: until then the mirror has another name."""
        return (self.path / "HEAD").is_file()

    async def update(self, selection: str | None = None, depth: int | None = None) -> str | None:
        """Fetch what is new, making the mirror first if there is none; the commit selected, None for an empty HEAD.

        With `depth`, a new mirror is made with so many commits of history; without, one that was is completed.
        Raises Unavailable, Refused, NotFound, InvalidInput, RateLimited or StorageFull.
        """
        if selection is not None and is_commit(selection) and await self._has(selection, depth):
            return selection  # it will be the same for ever
        head = await self._remote_head()
        try:
            if self.exists:
                await asyncio.to_thread(_sweep, self.path)
                await self._fetch(self.path, head, *self._completing(depth))
            else:
                await self._create(head, depth)
            if selection is not None:
                return await self._selected(selection, depth if self._is_limited else None)
        except OSError as error:
            raise _disk_error(self.path, error) from error
        if head.commit is None:
            return None
        commit = await self.resolved("HEAD")
        if commit is None:  # never to be taken for an empty repository, whose files are all deleted
            raise Unavailable(f"{self.location} changed its HEAD while it was fetched.")
        return commit

    async def resolved(self, name: str) -> str | None:
        """The commit that HEAD or an id stands for, as last fetched; None when the mirror has no such commit."""
        if not self.exists or not name.isalnum():
            return None
        return await commit_at(self.git, self.path, name)

    async def at(self, selection: str | None) -> str | None:
        """The commit that a selection, or the HEAD, stands for, as last fetched; None when the mirror has no such."""
        if selection is None or not self.exists:
            return await self.resolved("HEAD")
        return await commit_at(self.git, self.path, selection)

    async def _selected(self, selection: str, depth: int | None) -> str:
        """The commit selected, kept from now on; a commit that no branch and no tag holds is asked for by its id."""
        if (commit := await self.at(selection)) is None and is_commit(selection):
            what = f"Fetching commit {selection} of {self.location}"
            flags = ["--quiet", "--no-write-fetch-head", *([f"--depth={depth}"] if depth else [])]
            wanted = f"+{selection}:{PINNED}{selection}"
            try:
                await self.git.remote("fetch", *flags, "--", self.location, wanted, what=what, mirror=self.path)
            except NotFound as error:
                raise gone(selection, self.location) from error
            commit = await self.at(selection)
        if commit is None:
            raise await missing(self.git, self.path, selection, self.location)
        if is_commit(selection):
            await self.git.local("update-ref", f"{PINNED}{commit}", commit, mirror=self.path)
        return commit

    async def _has(self, commit: str, depth: int | None) -> bool:
        """True when nothing is to be fetched for a commit."""
        if not self.exists or (self._is_limited and depth is None):
            return False
        return await commit_at(self.git, self.path, f"{PINNED}{commit}") is not None

    @property
    def _is_limited(self) -> bool:
        return (self.path / _LIMITED).exists()

    async def _create(self, head: RemoteHead, depth: int | None) -> None:
        """Make it under another name, so that a killed process leaves nothing that looks like a mirror."""
        partial = self._partial
        try:
            await asyncio.to_thread(shutil.rmtree, partial, ignore_errors=True)
            await self.git.local("init", "--quiet", "--bare", "--template=", mirror=partial)
            if depth is not None:
                (partial / _LIMITED).touch()
            await self._fetch(partial, head, *([] if depth is None else [f"--depth={depth}"]))
            partial.rename(self.path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    @property
    def _partial(self) -> Path:
        return self.path.with_name(f"{self.path.name}.partial")

    def delete(self) -> None:
        """Remove it from the disk. What is gone already is no error."""
        for path in (self.path, self._partial):
            shutil.rmtree(path, ignore_errors=True)

    async def _remote_head(self) -> RemoteHead:
        _check_local(self.location)
        what = f"Reading {self.location}"
        said = await self.git.remote("ls-remote", "--symref", "--", self.location, "HEAD", *_USUAL_BRANCHES, what=what)
        commits: dict[str, str] = {}
        branch = None
        for line in said.decode("utf-8", "surrogateescape").splitlines():
            value, _, name = line.partition("\t")
            if not value.startswith("ref: "):
                commits[name] = value
            elif name == "HEAD":
                branch = value.removeprefix("ref: ")
        if branch is None and "HEAD" not in commits:
            branch = next((usual for usual in _USUAL_BRANCHES if usual in commits), None)
        return RemoteHead(branch, commits.get("HEAD") or commits.get(branch or ""))

    async def _fetch(self, path: Path, head: RemoteHead, *more_flags: str) -> None:
        wanted = [*_BRANCHES_AND_TAGS]
        if head.commit and not head.branch:
            wanted.append(f"+HEAD:{_DETACHED}")
        # A shallow clone, as build machines make them, is mirrored as far as it goes.
        flags = ("--quiet", "--prune", "--update-shallow", "--no-write-fetch-head", "--no-show-forced-updates")
        what = f"Fetching {self.location}"
        await self.git.remote("fetch", *flags, *more_flags, "--", self.location, *wanted, what=what, mirror=path)
        if _COMPLETE in more_flags:
            (path / _LIMITED).unlink()
        if head.branch:
            await self.git.local("symbolic-ref", "HEAD", head.branch, mirror=path)
        elif head.commit:
            await self.git.local("update-ref", "--no-deref", "HEAD", _DETACHED, mirror=path)

    def _completing(self, depth: int | None) -> list[str]:
        """Asks for the history that a mirror was made without; what is new is fetched in any case."""
        return [_COMPLETE] if depth is None and self._is_limited and (self.path / "shallow").exists() else []


def _sweep(path: Path) -> None:
    """Delete what a killed fetch left: locks, which would stop every later one, and half a pack."""
    for leftover in [*path.glob("*.lock"), *(path / "refs").rglob("*.lock"), *path.glob("objects/pack/tmp_*")]:
        leftover.unlink(missing_ok=True)


def _disk_error(path: Path, error: OSError) -> KoditError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"No space is left for {path}.")
    return Unavailable(f"{path} cannot be written: {error.strerror}.")


def _check_local(location: str) -> None:
    """Raises NotFound for a path of this machine where nothing is: git does not tell that from no repository."""
    path = unquote(location.removeprefix("file://"))
    if path.startswith("/") and not os.path.lexists(path):
        raise NotFound(f"{path} does not exist.", remedy="if it was moved, index its new place")


def gone(commit: str, location: str) -> NotFound:
    """The error for a commit that the remote repository has no more."""
    return NotFound(f"Commit {commit} is no longer in {location}.", remedy="index the source again")
