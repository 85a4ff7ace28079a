"""Who changed which files, and when: one walk over the commits, as far as the mirror has them."""

from asyncio import StreamReader
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Iterator, Set
from datetime import UTC, datetime
from typing import NamedTuple, cast

from kodit.domain.errors import Unavailable
from kodit.domain.sources.history import History, Touch
from kodit.infrastructure.git.mirror import Mirror
from kodit.infrastructure.git.tree import path_in

_PIECE = 256 * 1024
_LONGEST_AUTHOR = 200
"""In characters. A longer one is cut: it is shown, and searched for by a part of it."""
_HEADER = b"\x01"
# A merge counts as a change of the files that it leaves unlike any of its parents.
_LOG = ("log", "--encoding=UTF-8", "--no-renames", "--diff-merges=combined", "--name-status", "-z")
_FORMAT = "--format=%x01%H %ct%x00%an <%ae>%x00"


class _Commit(NamedTuple):
    """One commit, and how it changed which names: `A` for added, one letter for each parent of a merge."""

    id: bytes
    committed_at: datetime | None
    author: str
    files: list[tuple[bytes, bytes]]


async def history(mirror: Mirror, commit: str, since: str | None) -> History:
    """What the commits that led to `commit` say of its files; with `since`, only those that came after that one."""
    follows = since is not None and await _is_ancestor(mirror, since, commit)
    wanted = [commit, *([f"^{since}"] if follows else [])]
    # Of a commit at the boundary nobody knows what it changed: git shows it as if it had added everything.
    boundary = _boundary(mirror)
    touches: dict[bytes, Touch] = {}
    async for one in _commits(mirror, wanted):
        if one.id not in boundary:
            _add(touches, one)
    by_path = {path: touch for name, touch in touches.items() if (path := path_in(name)) is not None}
    return History(touches=by_path, committed_at=await _committed_at(mirror, commit), follows=follows)


def _add(touches: dict[bytes, Touch], commit: _Commit) -> None:
    if commit.committed_at is None:
        return
    for status, name in commit.files:
        if b"D" in status:
            continue
        created_at = commit.committed_at if not status.strip(b"A") else None
        touch = Touch(author=commit.author, changed_at=commit.committed_at, created_at=created_at)
        known = touches.get(name)
        touches[name] = touch if known is None else touch.after(known)


async def _is_ancestor(mirror: Mirror, since: str, commit: str) -> bool:
    if await mirror.resolved(since) is None:
        return False
    return await mirror.git.answer("merge-base", "--is-ancestor", since, commit, mirror=mirror.path) is not None


def _boundary(mirror: Mirror) -> Set[bytes]:
    shallow = mirror.path / "shallow"
    return frozenset(shallow.read_bytes().split()) if shallow.exists() else frozenset()


async def _committed_at(mirror: Mirror, commit: str) -> datetime | None:
    said = await mirror.git.local("log", "-1", "--format=%ct", commit, mirror=mirror.path)
    return _moment(said.strip())


async def _commits(mirror: Mirror, wanted: list[str]) -> AsyncIterator[_Commit]:
    """The commits, newest first, as they are read."""
    git = mirror.git.conversation(*_LOG, _FORMAT, *wanted, "--", mirror=mirror.path, stdin=DEVNULL)
    async with git as process:
        reading = _Reading()
        while piece := await cast("StreamReader", process.stdout).read(_PIECE):
            for commit in reading.of(piece):
                yield commit
        for commit in reading.end():
            yield commit
        if await process.wait():
            raise Unavailable(f"git stopped while it read the history of {mirror.location}.")


class _Reading:
    """Reads `\\x01<id> <seconds>`, the author, and then a status and a name for each file, each with a zero byte."""

    def __init__(self) -> None:
        self._rest = b""
        self._commit: _Commit | None = None
        self._header = self._status = b""

    def of(self, piece: bytes) -> Iterator[_Commit]:
        """The commits that are complete with this piece."""
        *tokens, self._rest = (self._rest + piece).split(b"\0")
        for token in tokens:
            if self._header:
                if self._commit is not None:
                    yield self._commit
                self._commit = _commit(self._header, token)
                self._header = b""
            elif self._status:
                if self._commit is not None:
                    self._commit.files.append((self._status, token))
                self._status = b""
            elif token.startswith(_HEADER):
                self._header = token
            else:
                self._status = token.strip(b"\n")

    def end(self) -> Iterator[_Commit]:
        """The last commit."""
        if self._commit is not None:
            yield self._commit


def _commit(header: bytes, author: bytes) -> _Commit:
    commit, _, seconds = header.removeprefix(_HEADER).partition(b" ")
    name = "".join(char for char in author.decode("utf-8", "replace") if char.isprintable())
    return _Commit(commit, _moment(seconds), name[:_LONGEST_AUTHOR], [])


def _moment(seconds: bytes) -> datetime | None:
    """None for a time that no calendar has: a commit may say anything."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
