"""What synchronising needs from the world."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Protocol

from kodit.domain.sources.file import FileEntry
from kodit.domain.sources.source import Source


class WorkingCopy(Protocol):
    """One source, readable as it was at one moment. Held to tests/contracts/test_working_copy.py."""

    @property
    def commit(self) -> str | None:
        """The git commit it is read at; None for a directory."""
        ...

    async def entries(self) -> Sequence[FileEntry]:
        """Every regular file that no ignore rule excludes, ordered by path.

        Symbolic links are not followed and not listed.
        """
        ...

    async def hash_of(self, path: str) -> str:
        """The content hash of one file (see `File.content_hash`).

        Raises NotFound when it is gone, Refused when it cannot be read.
        """
        ...

    def read(self, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes | None]]:
        """Each file's bytes, in the order asked for; None for one that is gone or unreadable by now."""
        ...


class WorkingCopies(Protocol):
    """Gives a source's working copy, refreshed. One implementation for each kind of source."""

    async def refresh(self, source: Source) -> WorkingCopy:
        """Bring the source up to date (fetch, for git) and open it.

        Raises Unavailable for a network that does not answer, Refused for denied access, NotFound for a
        location that does not exist.
        """
        ...

    async def open(self, source: Source) -> WorkingCopy:
        """Open it at `source.commit` without bringing it up to date, refreshing only what this machine lacks."""
        ...

    async def discard(self, source: Source) -> None:
        """Delete what kodit itself keeps of the source on disk. Never touches the user's files."""
        ...
