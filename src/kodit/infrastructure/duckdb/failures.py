"""Tells from what DuckDB and the disk say why they failed."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kodit.domain.errors import (
    Damaged,
    DatabaseUnusable,
    InvalidInput,
    KoditError,
    Locked,
    NotFound,
    Refused,
    StorageFull,
)

REMEDY = "pip install 'kodit[artifacts]'"
"""What to do where DuckDB or one of its extensions is missing."""

DAMAGED_REMEDY = "build it again, or fetch it again"

_FULL = ("no space left", "disk quota", "file too large", "max_temp_directory_size")
_NO_ARTIFACT = ("not a valid duckdb database", "is not a duckdb", "cannot open a file with version", "is a directory")
_DAMAGED = {
    "corrupt database file": "its checksums do not match",
    "could not read enough bytes": "a part of it is missing",
}
_SYSTEM_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def translated(path: str) -> Iterator[None]:
    """What goes wrong with the file at a path, as one of kodit's errors."""
    try:
        yield
    except OSError as error:
        raise of_system(error, path) from error
    except Exception as error:
        # Whoever has not loaded DuckDB cannot have had an error of it, and it may not be there.
        if (duckdb := sys.modules.get("duckdb")) is None or not isinstance(error, duckdb.Error):
            raise
        raise _of_duckdb(error, path) from error


def of_system(error: OSError, path: str) -> KoditError:
    """What the system says of a file."""
    why = (error.strerror or str(error)).lower()
    if error.errno in _SYSTEM_FULL:
        return StorageFull(f"cannot write {path}: {why}", remedy="free some space, or choose another place")
    if isinstance(error, FileNotFoundError):
        return NotFound(f"there is no {error.filename or path}")
    return Refused(f"cannot write {path}: {why}", remedy="choose another place, or have its owner allow it")


def _of_duckdb(error: Exception, path: str) -> KoditError:
    import duckdb

    said = str(error)
    lower = said.lower()
    if isinstance(error, duckdb.OutOfMemoryException) and not any(words in lower for words in _FULL):
        return DatabaseUnusable(f"{path} takes more memory than it may: {_first_line(said)}")
    if any(words in lower for words in _FULL):
        return StorageFull(f"cannot write {path}: no space left", remedy="free some space, or choose another place")
    if "could not set lock" in lower:
        return Locked(f"another process writes {path}", remedy="wait until it is done")
    if any(words in lower for words in _NO_ARTIFACT):
        return InvalidInput(f"{path} is no artifact", remedy="make one: kodit artifact build")
    if isinstance(error, duckdb.IOException) and "permission denied" in lower:
        return Refused(f"cannot open {path}: permission denied")
    for words, why in _DAMAGED.items():
        if words in lower:
            return Damaged(f"{path} is damaged: {why}", remedy=DAMAGED_REMEDY)
    return DatabaseUnusable(f"{path}: {_first_line(said)}")


def _first_line(said: str) -> str:
    return said.strip().partition("\n")[0][:300]
