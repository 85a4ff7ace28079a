"""Lists of packages that somebody has evaluated: of a channel's release, from a file or over HTTP."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kodit.domain.errors import InvalidInput, NotFound, Unreadable
from kodit.domain.nixpkgs.release import Release, ReleaseForm
from kodit.domain.nixpkgs.walk import Evaluated
from kodit.infrastructure.channels.measuring import CHUNK, measured
from kodit.infrastructure.channels.package_entries import entries
from kodit.infrastructure.channels.release_names import release_name
from kodit.infrastructure.channels.unpacking import Limits, Unpacker

BATCH = 200
"""Entries that are handed over at a time."""


async def fetched(location: str, directory: Path | str, limits: Limits | None = None) -> Release:
    """The list at a location: a file, which stays where it is, or a URL, whose list is brought into a folder.

    The folder belongs to this one location. Of a list that has not changed since it was last fetched nothing is
    transferred. Raises NotFound, InvalidInput for what is no list or a larger one than it may be, and for a URL what
    `downloaded` raises.
    """
    limits = limits or Limits()
    if location.lower().startswith(("http://", "https://")):
        # The client's library takes a tenth of a second to load, and files do without.
        from kodit.infrastructure.channels.downloads import downloaded

        return await downloaded(location, Path(directory), limits)
    return await asyncio.to_thread(_of_file, _path(location), limits)


async def read(path: str | Path, limits: Limits | None = None) -> AsyncGenerator[Evaluated, None]:
    """The entries of a list, in its order; it is parsed in a thread, no faster than they are taken.

    Raises what `entries` raises, and NotFound.
    """
    batches = _Batches(Path(path), limits or Limits())
    try:
        while batch := await asyncio.to_thread(batches.next):
            for entry in batch:
                yield entry
    finally:
        # Whoever is cancelled leaves a thread behind that may be in the middle of a batch: this comes after it.
        asyncio.get_running_loop().run_in_executor(None, batches.close)


class _Batches:
    """The entries of a list, for one thread at a time."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._turn = threading.Lock()
        self._entries = entries(_unpacked(path, limits))

    def next(self) -> list[Evaluated]:
        """Some more, none at the end."""
        with self._turn:
            return list(islice(self._entries, BATCH))

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._entries.close()


def _unpacked(path: Path, limits: Limits) -> Iterator[bytes]:
    unpacker = Unpacker(limits)
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield from unpacker.feed(chunk)
        yield from unpacker.finish()
    except OSError as error:
        raise _unreadable(path, error) from error


def _of_file(path: Path, limits: Limits) -> Release:
    try:
        path = path.expanduser().resolve()
        return Release(
            id=measured(path, limits), form=ReleaseForm.LIST, path=str(path), name=release_name(path.parts[:-1])
        )
    except OSError as error:
        raise _unreadable(path, error) from error


def _path(location: str) -> Path:
    if not location.lower().startswith("file:"):
        return Path(location)
    parts = urlsplit(location)
    if parts.netloc not in ("", "localhost"):
        raise InvalidInput(f"the file of {location} is on another machine", remedy="give the path of a file here")
    return Path(unquote(parts.path))


def _unreadable(path: Path, error: OSError) -> NotFound | InvalidInput | Unreadable:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return NotFound(f"there is no file {path}")
        case IsADirectoryError():
            return InvalidInput(f"{path} is a folder, and no list of packages")
    return Unreadable(f"{path} cannot be read: {error.strerror or type(error).__name__}")
