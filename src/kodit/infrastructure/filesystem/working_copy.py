"""Local directories, read in place."""

import asyncio
import errno
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kodit.domain.errors import NotFound, Refused, Unavailable, Unreadable
from kodit.domain.sources.file import FileEntry
from kodit.domain.sources.history import History
from kodit.domain.sources.source import Source
from kodit.domain.sources.submodule import Submodule
from kodit.infrastructure.filesystem.listing import list_files
from kodit.infrastructure.filesystem.reading import SafeOpener

# One hop to a thread costs as much as reading a small file, so files are read by the batch; a batch ends early when
# it holds this many bytes, so that large files do not pile up.
_BATCH_FILES = 128
_BATCH_BYTES = 4 * 1024 * 1024

_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class DirectoryWorkingCopy:
    """A directory as it is now. `root` is absolute and resolved; `excluded` are directories that are left out."""

    root: Path
    excluded: frozenset[str] = frozenset()

    @property
    def commit(self) -> None:
        """A directory is read as it lies there, at no commit."""
        return

    async def entries(self) -> Sequence[FileEntry]:
        """See `WorkingCopy.entries`. Raises NotFound, InvalidInput, Refused or Unavailable for the root."""
        return await asyncio.to_thread(list_files, self.root, self.excluded)

    async def changes_since(self, commit: str) -> None:
        """A directory has no commits to compare."""
        return

    async def history(self, since: str | None) -> History:
        """Of a directory nobody knows who changed it."""
        return History()

    async def submodules(self) -> Sequence[Submodule]:
        """The files of submodules lie in the directory like others."""
        return ()

    async def hash_of(self, path: str) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return await asyncio.to_thread(self._hash, path)

    async def read(self, paths: Iterable[str]) -> AsyncIterator[tuple[str, bytes | None]]:
        """See `WorkingCopy.read`; a thread reads ahead of the caller by one batch at most."""
        waiting = iter(list(paths))
        while batch := await asyncio.to_thread(self._read_batch, waiting):
            for item in batch:
                yield item

    def _hash(self, path: str) -> str:
        try:
            with SafeOpener(self.root) as opener, opener.open(path) as file:
                digest = hashlib.sha256()
                # Until there is no more, or none now: some that the kernel shows as files would have us wait for it.
                while piece := file.read(_PIECE):
                    digest.update(piece)
                return digest.hexdigest()
        except OSError as error:
            raise _read_error(path, error) from error

    def _read_batch(self, waiting: Iterator[str]) -> list[tuple[str, bytes | None]]:
        batch: list[tuple[str, bytes | None]] = []
        size = 0
        try:
            opener = SafeOpener(self.root)
        except OSError:
            return [(path, None) for path in islice(waiting, _BATCH_FILES)]
        with opener:
            for path in islice(waiting, _BATCH_FILES):
                content = _content(opener, path)
                batch.append((path, content))
                size += len(content or b"")
                if size >= _BATCH_BYTES:
                    break
        return batch


@dataclass(frozen=True, slots=True)
class DirectoryWorkingCopies:
    """`WorkingCopies` for sources of the kind DIRECTORY.

    `excluded` are kodit's own directories: they are left out where they lie inside a source.
    """

    excluded: tuple[Path, ...] = ()

    async def refresh(self, source: Source) -> DirectoryWorkingCopy:
        """A directory is always up to date. Raises NotFound when it is gone, Unavailable when the disk fails."""
        return await asyncio.to_thread(self._opened, source.location)

    async def open(self, source: Source) -> DirectoryWorkingCopy:
        """The same as `refresh`: a directory has only its present."""
        return await self.refresh(source)

    async def discard(self, source: Source) -> None:
        """Nothing is kept of a directory, so nothing is deleted."""

    def _opened(self, location: str) -> DirectoryWorkingCopy:
        try:
            root = Path(location).resolve(strict=True)
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symbolic links
            raise _location_error(location, error) from error
        return DirectoryWorkingCopy(root, frozenset(str(path.resolve()) for path in self.excluded))


def _content(opener: SafeOpener, path: str) -> bytes | None:
    try:
        with opener.open(path) as file:
            return file.read()
    except OSError:
        return None


def _read_error(path: str, error: OSError) -> Exception:
    if isinstance(error, PermissionError):
        return Refused(f"{path} may not be read.", remedy="give the user that runs kodit the right to read it")
    if error.errno == errno.EIO:
        return Unreadable(f"{path} cannot be read: {error.strerror}.")
    if error.errno in (errno.EMFILE, errno.ENFILE, errno.ESTALE):
        return Unavailable(f"{path} cannot be read: {error.strerror}.")
    return NotFound(f"{path} is gone, or is no regular file any more.")


def _location_error(location: str, error: OSError | RuntimeError) -> Exception:
    if isinstance(error, PermissionError):
        return Refused(f"{location} may not be read.", remedy="give the user that runs kodit the right to read it")
    if isinstance(error, OSError) and error.errno in (errno.EIO, errno.ESTALE):
        return Unavailable(f"{location} cannot be read: {error.strerror}.")
    return NotFound(f"{location} does not exist.", remedy="if it was moved, index its new place")
