"""A repository read together with its submodules, each at the commit that it names."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Protocol

from kodit.domain.errors import NotFound
from kodit.domain.sources.changes import TreeChanges
from kodit.domain.sources.file import FileEntry
from kodit.domain.sources.history import History
from kodit.domain.sources.submodule import Submodule
from kodit.infrastructure.git.blobs import BlobReader
from kodit.infrastructure.git.mirror import Mirror
from kodit.infrastructure.git.working_copy import GitWorkingCopy


class Part(Protocol):
    """A working copy of git that others can be read together with."""

    async def entries(self) -> Sequence[FileEntry]: ...  # noqa: D102 - as in the port
    async def history(self, since: str | None) -> History: ...  # noqa: D102
    async def submodules(self) -> Sequence[Submodule]: ...  # noqa: D102
    async def blobs(self, paths: Sequence[str]) -> Mapping[str, tuple[Mirror, str]]: ...  # noqa: D102


class Superproject:
    """`main` with `parts` in the places of the submodules that are followed; `known` are all that it names."""

    __slots__ = ("_known", "_main", "_parts")

    def __init__(self, main: GitWorkingCopy, parts: Mapping[str, Part], known: Sequence[Submodule]) -> None:
        self._main = main
        self._parts = parts
        self._known = known

    @property
    def commit(self) -> str | None:
        """The commit of the outermost repository: it names all others."""
        return self._main.commit

    async def entries(self) -> Sequence[FileEntry]:
        """See `WorkingCopy.entries`. The outer rules hold for what is inside, too."""
        inside = [
            replace(entry, path=f"{place}/{entry.path}")
            for place, part in self._parts.items()
            for entry in await part.entries()
        ]
        return await self._main.entries_with(inside)

    async def changes_since(self, commit: str) -> TreeChanges | None:
        """See `WorkingCopy.changes_since`: where a submodule differs, only a listing can tell."""
        return await self._main.changes_since(commit)

    async def history(self, since: str | None) -> History:
        """See `WorkingCopy.history`. Without `since` also of the submodules; with it they have not changed."""
        history = await self._main.history(since)
        if history.follows:
            return history
        touches = dict(history.touches)
        for place, part in self._parts.items():
            inside = await part.history(None)
            touches |= {f"{place}/{path}": touch for path, touch in inside.touches.items()}
        return replace(history, touches=touches)

    async def submodules(self) -> Sequence[Submodule]:
        """See `WorkingCopy.submodules`; with those inside the ones that are followed."""
        found = list(self._known)
        for place, part in self._parts.items():
            found += [replace(one, path=f"{place}/{one.path}") for one in await part.submodules()]
        return sorted(found, key=lambda one: one.path)

    async def hash_of(self, path: str) -> str:
        """The id of the blob. Raises NotFound for a path that leads to no regular file."""
        if (found := (await self.blobs([path])).get(path)) is None:
            raise NotFound(f"{path} is not in commit {self.commit}.")
        return found[1]

    async def read(self, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes | None]]:
        """See `WorkingCopy.read`; one git process for each repository that is read from."""
        wanted = list(paths)
        blobs = await self.blobs(wanted)
        ids: dict[Mirror, list[str]] = {}
        for path in wanted:
            if path in blobs:
                mirror, blob = blobs[path]
                ids.setdefault(mirror, []).append(blob)
        async with AsyncExitStack() as stack:
            readers = {mirror: await stack.enter_async_context(BlobReader(mirror, own)) for mirror, own in ids.items()}
            for path in wanted:
                yield path, (await readers[blobs[path][0]].next() if path in blobs else None)

    async def blobs(self, paths: Sequence[str]) -> Mapping[str, tuple[Mirror, str]]:
        """The mirror and the blob of each of these paths that leads to a regular file."""
        by_part: dict[str | None, list[str]] = {}
        for path in paths:
            by_part.setdefault(self._place_of(path), []).append(path)
        found: dict[str, tuple[Mirror, str]] = {}
        for place, own in by_part.items():
            if place is None:
                found |= await self._main.blobs(own)
            else:
                inside = await self._parts[place].blobs([path[len(place) + 1 :] for path in own])
                found |= {f"{place}/{path}": blob for path, blob in inside.items()}
        return found

    def _place_of(self, path: str) -> str | None:
        """The submodule that a path lies in."""
        at = path.find("/")
        while at >= 0:
            if path[:at] in self._parts:
                return path[:at]
            at = path.find("/", at + 1)
        return None
