"""An object store within one process: the specification."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from kodit.domain.artifacts.object_store import Expected, StoredObject, checked_key
from kodit.domain.errors import Conflict, NotFound

CHUNK = 64 * 1024
"""Bytes that are read at a time."""


class MemoryObjectStore:
    """Implements ObjectStore for one process; each verb is atomic by never waiting between looking and writing."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    async def put(self, key: str, path: str, *, expected: Expected | None = None) -> StoredObject:
        """See the port."""
        try:
            content = await asyncio.to_thread(Path(path).read_bytes)
        except FileNotFoundError as error:
            raise NotFound(f"there is no file {path}") from error
        return await self.write(key, content, expected=expected)

    async def write(self, key: str, content: bytes, *, expected: Expected | None = None) -> StoredObject:
        """See the port."""
        there = self._contents.get(checked_key(key))
        if there != content:
            if expected is not None and expected.etag != (None if there is None else _etag(there)):
                raise Conflict(f"{key} is not as it was expected to be")
            self._contents[key] = content
        return _stored(key, content)

    async def head(self, key: str) -> StoredObject:
        """See the port."""
        return _stored(key, self._found(key))

    async def read(self, stored: StoredObject, *, offset: int = 0) -> AsyncGenerator[bytes, None]:
        """See the port."""
        content = self._found(stored.key)
        if _etag(content) != stored.etag:
            raise Conflict(f"{stored.key} has changed meanwhile")
        for start in range(offset, len(content), CHUNK):
            yield content[start : start + CHUNK]

    async def listed(self, prefix: str = "") -> AsyncGenerator[StoredObject, None]:
        """See the port."""
        for key in sorted(self._contents):
            if key.startswith(prefix):
                yield _stored(key, self._contents[key])

    async def copy(self, source: StoredObject, key: str) -> StoredObject:
        """See the port."""
        content = self._found(source.key)
        if _etag(content) != source.etag:
            raise Conflict(f"{source.key} has changed meanwhile")
        return await self.write(key, content)

    async def delete(self, key: str) -> None:
        """See the port."""
        self._contents.pop(checked_key(key), None)

    async def sweep(self, names: Collection[str], *, before: datetime) -> int:
        """See the port: nothing is ever half written."""
        return 0

    def _found(self, key: str) -> bytes:
        try:
            return self._contents[checked_key(key)]
        except KeyError:
            raise NotFound(f"there is no {key}") from None


def _etag(content: bytes) -> str:
    return sha256(content).hexdigest()


def _stored(key: str, content: bytes) -> StoredObject:
    return StoredObject(key=key, size=len(content), etag=_etag(content), sha256=_etag(content))
