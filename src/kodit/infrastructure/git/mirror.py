"""One bare copy of a remote repository: its branches, its tags and its HEAD."""

import asyncio
import errno
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from kodit.domain.errors import KoditError, NotFound, StorageFull, Unavailable
from kodit.infrastructure.git.process import Git

_BRANCHES_AND_TAGS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_DETACHED = "refs/kodit/head"

# Asked for by name, for a HEAD that points to a branch that was never pushed.
_USUAL_BRANCHES = ("refs/heads/main", "refs/heads/master")


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

    async def update(self) -> str | None:
        """Fetch what is new, making the mirror first if there is none; the commit at HEAD, None when empty.

        Raises Unavailable, Refused, NotFound, InvalidInput, RateLimited or StorageFull.
        """
        head = await self._remote_head()
        try:
            if self.exists:
                await asyncio.to_thread(_sweep, self.path)
                await self._fetch(self.path, head)
            else:
                await self._create(head)
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
        said = await self.git.answer("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", mirror=self.path)
        return None if said is None else said.decode("ascii").strip()

    async def _create(self, head: RemoteHead) -> None:
        """Make it under another name, so that a killed process leaves nothing that looks like a mirror."""
        partial = self._partial
        try:
            await asyncio.to_thread(shutil.rmtree, partial, ignore_errors=True)
            await self.git.local("init", "--quiet", "--bare", "--template=", mirror=partial)
            await self._fetch(partial, head)
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

    async def _fetch(self, path: Path, head: RemoteHead) -> None:
        wanted = [*_BRANCHES_AND_TAGS]
        if head.commit and not head.branch:
            wanted.append(f"+HEAD:{_DETACHED}")
        # A shallow clone, as build machines make them, is mirrored as far as it goes.
        flags = ("--quiet", "--prune", "--update-shallow", "--no-write-fetch-head", "--no-show-forced-updates")
        what = f"Fetching {self.location}"
        await self.git.remote("fetch", *flags, "--", self.location, *wanted, what=what, mirror=path)
        if head.branch:
            await self.git.local("symbolic-ref", "HEAD", head.branch, mirror=path)
        elif head.commit:
            await self.git.local("update-ref", "--no-deref", "HEAD", _DETACHED, mirror=path)


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
