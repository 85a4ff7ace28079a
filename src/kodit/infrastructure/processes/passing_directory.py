"""A directory for one program, which is gone when the program is, however it ends."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "kodit-job-"
_LOCK = ".lock"


@contextmanager
def passing_directory(parent: Path | None = None) -> Iterator[Path]:
    """A new directory in `parent` (by default where the system keeps what is temporary), removed at the end.

    What earlier programs left that were killed is removed as well: each holds a lock beside its directory, and the
    system takes that from whoever dies.
    """
    parent = Path(tempfile.gettempdir()) if parent is None else parent
    for lock in parent.glob(f"{PREFIX}*{_LOCK}"):
        _remove(lock)
    directory = parent / f"{PREFIX}{uuid.uuid4().hex[:8]}"
    lock = directory.with_suffix(_LOCK)
    with FileLock(lock):
        # Nobody else shall read what is indexed.
        directory.mkdir(mode=0o700)
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)
            lock.unlink(missing_ok=True)


def _remove(lock: Path) -> None:
    """Remove the directory of a lock that nobody holds, and the lock; somebody else's are left alone."""
    with suppress(Timeout, OSError), FileLock(lock, timeout=0):
        shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
        lock.unlink(missing_ok=True)
