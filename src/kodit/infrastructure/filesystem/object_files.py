"""Brings what an object store has to a file of this machine."""

import os
from asyncio import to_thread
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from kodit.domain.artifacts.object_store import ObjectStore, StoredObject
from kodit.domain.errors import Unavailable
from kodit.infrastructure.filesystem.failures import told

FRUITLESS = 3
"""How often in a row it is tried to go on without getting any further."""


async def downloaded(store: ObjectStore, stored: StoredObject, path: str) -> None:
    """Have the content lie at `path`, whole or not at all.

    Where the store stops answering, it goes on from the byte that it has got to. Raises what the store raises, and
    Unavailable where what has come is not what was stored.
    """
    target = Path(path)
    with told(f"write {path}"):
        await to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", suffix=".part", delete=False) as file:
            try:
                await _received(store, stored, file)
                await to_thread(_settled, file, target)
            finally:
                await to_thread(Path(file.name).unlink, missing_ok=True)


async def _received(store: ObjectStore, stored: StoredObject, file: IO[bytes]) -> None:
    digest, fruitless = sha256(), 0
    while True:
        before = file.tell()
        try:
            async for chunk in store.read(stored, offset=before):
                digest.update(chunk)
                await to_thread(file.write, chunk)
            break
        except Unavailable:
            fruitless = fruitless + 1 if file.tell() == before else 0
            if fruitless == FRUITLESS:
                raise
    if file.tell() != stored.size or digest.hexdigest() != (stored.sha256 or digest.hexdigest()):
        raise Unavailable(f"what came of {stored.key} is not what was stored")


def _settled(file: IO[bytes], target: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    written = Path(file.name)
    # Temporary files are for their owner alone.
    written.chmod(0o644)
    written.replace(target)
