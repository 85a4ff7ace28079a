"""An object store in a folder: every key is a file below it."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TypeVar

from filelock import FileLock

from kodit.domain.artifacts.object_store import Expected, StoredObject, checked_key
from kodit.domain.errors import Conflict, InvalidInput
from kodit.infrastructure.filesystem.failures import told
from kodit.infrastructure.filesystem.settling import settle

T = TypeVar("T")

CHUNK = 1024 * 1024
"""Bytes that are read at a time."""

OWN = ".kodit"
"""The folder's own folder: what is not written to its end, and the lock that writers take turns by."""


class FolderObjectStore:
    """Implements ObjectStore with the files below a folder, which is made when something is first written.

    A file is written beside all others, compared, and moved into its place; whoever moves one holds a lock, as
    otherwise two could each find what they expected.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / OWN

    async def put(self, key: str, path: str, *, expected: Expected | None = None) -> StoredObject:
        """See the port."""
        return await _in_thread(f"store {path}", lambda: self._put(self._place(key), key, Path(path), expected))

    async def write(self, key: str, content: bytes, *, expected: Expected | None = None) -> StoredObject:
        """See the port."""
        return await _in_thread(f"store {key}", lambda: self._write(self._place(key), key, content, expected))

    async def head(self, key: str) -> StoredObject:
        """See the port."""
        return await _in_thread(f"look at {key}", lambda: _stored(self._place(key), key))

    async def read(self, stored: StoredObject, *, offset: int = 0) -> AsyncGenerator[bytes, None]:
        """See the port."""
        what = f"read {stored.key}"
        file = await _in_thread(what, lambda: self._opened(stored, offset))
        try:
            while chunk := await _in_thread(what, lambda: file.read(CHUNK)):
                yield chunk
        finally:
            file.close()

    async def listed(self, prefix: str = "") -> AsyncGenerator[StoredObject, None]:
        """See the port."""
        for stored in await _in_thread("list what is stored", lambda: sorted(self._below(prefix), key=_by_key)):
            yield stored

    async def copy(self, source: StoredObject, key: str) -> StoredObject:
        """See the port."""

        def copied() -> StoredObject:
            place = self._place(source.key)
            if _stored(place, source.key, digest=False).etag != source.etag:
                raise Conflict(f"{source.key} has changed meanwhile")
            return self._put(self._place(key), key, place, None)

        return await _in_thread(f"copy {source.key}", copied)

    async def delete(self, key: str) -> None:
        """See the port."""
        await _in_thread(f"delete {key}", lambda: self._place(key).unlink(missing_ok=True))

    async def sweep(self, names: Collection[str], *, before: datetime) -> int:
        """See the port; what lies in the folder's own folder is its own, whatever it was to be called."""
        return await _in_thread("sweep", lambda: self._swept(before.timestamp()))

    def _place(self, key: str) -> Path:
        if checked_key(key).partition("/")[0] == OWN:
            raise InvalidInput(f"{key} is the folder's own")
        return self._folder / key

    def _put(self, place: Path, key: str, path: Path, expected: Expected | None) -> StoredObject:
        digest = _digest(path)
        if _holds(place, path.stat().st_size, digest):
            return _stored(place, key)
        with self._beside() as file, path.open("rb") as source:
            shutil.copyfileobj(source, file, CHUNK)
            return self._moved(file, place, key, digest, expected)

    def _write(self, place: Path, key: str, content: bytes, expected: Expected | None) -> StoredObject:
        if place.is_file() and place.read_bytes() == content:
            return _stored(place, key)
        with self._beside() as file:
            file.write(content)
            return self._moved(file, place, key, None, expected)

    @contextmanager
    def _beside(self) -> Iterator[IO[bytes]]:
        """A file on the same disk that is gone afterwards, unless it was moved."""
        self._own.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._own, suffix=".part", delete=False) as file:
            try:
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)

    def _moved(
        self, file: IO[bytes], place: Path, key: str, digest: str | None, expected: Expected | None
    ) -> StoredObject:
        file.flush()
        os.fsync(file.fileno())
        written = Path(file.name)
        if digest is not None and _digest(written) != digest:
            raise Conflict(f"the file changed while it was stored as {key}")
        # Temporary files are for their owner alone; this is to be read by others.
        written.chmod(0o644)
        with FileLock(self._own / "lock"):
            there = _stored(place, key, digest=False).etag if place.is_file() else None
            if expected is not None and there != expected.etag:
                raise Conflict(f"{key} is not as it was expected to be")
            place.parent.mkdir(parents=True, exist_ok=True)
            written.replace(place)
            settle(place.parent)
            return _stored(place, key)

    def _opened(self, stored: StoredObject, offset: int) -> IO[bytes]:
        file = self._place(stored.key).open("rb")
        if _etag(os.fstat(file.fileno())) != stored.etag:
            file.close()
            raise Conflict(f"{stored.key} has changed meanwhile")
        file.seek(offset)
        return file

    def _below(self, prefix: str) -> Iterator[StoredObject]:
        for directory, _, names in os.walk(self._folder):
            for name in names:
                place = Path(directory, name)
                key = place.relative_to(self._folder).as_posix()
                if key.startswith(prefix) and not key.startswith(f"{OWN}/"):
                    # Who deletes does not wait for who lists.
                    with suppress(FileNotFoundError):
                        yield _stored(place, key, digest=False)

    def _swept(self, before: float) -> int:
        swept = 0
        for path in self._own.glob("*.part"):
            # Whoever writes it may be done with it just now.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    swept += 1
        return swept


async def _in_thread(what: str, work: Callable[[], T]) -> T:
    def tried() -> T:
        with told(what):
            return work()

    return await asyncio.to_thread(tried)


def _by_key(stored: StoredObject) -> str:
    return stored.key


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _holds(place: Path, size: int, digest: str) -> bool:
    return place.is_file() and place.stat().st_size == size and _digest(place) == digest


def _stored(place: Path, key: str, *, digest: bool = True) -> StoredObject:
    # One look at one file, whatever is moved into its place meanwhile.
    with place.open("rb") as file:
        status = os.fstat(file.fileno())
        sha256 = file_digest(file, "sha256").hexdigest() if digest else None
    return StoredObject(key=key, size=status.st_size, etag=_etag(status), sha256=sha256)


def _etag(status: os.stat_result) -> str:
    # A moved file is another inode, and one that is written to gets another time.
    return f"{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"
