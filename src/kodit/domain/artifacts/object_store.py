"""Places that keep files by a key: a folder, or a bucket of S3."""

from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kodit.domain.errors import InvalidInput

KEY_BYTES = 1024
"""Length of a key in UTF-8; "Creating object key names" of Amazon S3's guide."""

PART_BYTES = 255
"""Length of the part of a key between two slashes: what file systems take for a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """What lies under a key; `size` is in bytes.

    `etag` is another one when the content is. `sha256` is the content's, in hexadecimal; None where the store was
    never told, or was only asked for a list.
    """

    key: str
    size: int
    etag: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What must lie under a key for it to be written: an object with this etag, or nothing."""

    etag: str | None = None


NOTHING_THERE = Expected(None)
"""Only where nothing lies under the key."""


class ObjectStore(Protocol):
    """Keeps files by a key. Held to tests/contracts/test_object_store.py.

    Keys are such as `checked_key` lets through. A key has the old content or the new one at any time, never a part of
    one, and what was written is what is read: both ways it is compared by SHA-256.

    Every verb raises NotFound for a store that does not exist, Refused where it lets nobody in, RateLimited and
    Unavailable for one that does not answer, and StorageFull.
    """

    async def put(self, key: str, path: str, *, expected: Expected | None = None) -> StoredObject:
        """Store the file at `path`. Where the same content lies there already, nothing is sent.

        Raises Conflict where something else lies there than is `expected`, or the file changed meanwhile, and NotFound
        where there is no such file.
        """
        ...

    async def write(self, key: str, content: bytes, *, expected: Expected | None = None) -> StoredObject:
        """The same for a few bytes."""
        ...

    async def head(self, key: str) -> StoredObject:
        """What lies there. Raises NotFound."""
        ...

    def read(self, stored: StoredObject, *, offset: int = 0) -> AsyncGenerator[bytes, None]:
        """The content from a byte on. Raises Conflict where the key has another one by now, and NotFound."""
        ...

    def listed(self, prefix: str = "") -> AsyncGenerator[StoredObject, None]:
        """All whose key begins with the prefix, by key."""
        ...

    async def copy(self, source: StoredObject, key: str) -> StoredObject:
        """Store the same content under another key as well, without sending it. Raises NotFound and Conflict."""
        ...

    async def delete(self, key: str) -> None:
        """Forget what lies there, if anything does."""
        ...

    async def sweep(self, names: Collection[str], *, before: datetime) -> int:
        """Take away what uploads of files with these names left behind that began before then and never ended.

        Gives how many there were. A bucket may be somebody else's, too, whose uploads are left alone.
        """
        ...


def checked_key(key: str) -> str:
    """The key, where a folder and a bucket would mean the same by it. Raises InvalidInput."""
    # What stands for bytes that are no text is not printable, and has no bytes in UTF-8.
    if not key.isprintable() or "\\" in key:
        raise InvalidInput(f"{key[:100]!r} has signs that a key may not have", remedy="leave them out")
    parts = key.split("/")
    if (
        any(part in ("", ".", "..") or len(part.encode()) > PART_BYTES for part in parts)
        or len(key.encode()) > KEY_BYTES
    ):
        raise InvalidInput(f"{key[:100]!r} is no key", remedy="a key looks like snapshots/fdnix.duckdb")
    return key
