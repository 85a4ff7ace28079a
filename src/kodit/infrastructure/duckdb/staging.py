"""Building beside the place where a file shall lie, so that it is there whole or not at all."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from kodit.domain.errors import InvalidInput, NotFound, Refused
from kodit.infrastructure.duckdb.failures import translated

_SUFFIX = ".building"
_LOCK = "lock"
_GLANCE_SECONDS = 10
"""Longer than anybody who looks whether a builder lives holds its lock."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A file on its way: where it is built, where what memory has no room for goes, and where it shall lie."""

    path: Path
    scratch: Path
    target: Path

    @property
    def directory(self) -> Path:
        """All that is gone when the building is over."""
        return self.path.parent


@contextmanager
def staged(target: Path) -> Iterator[Staged]:
    """A place beside the target, of the builder's own, that is gone afterwards.

    Those of builders that have died are taken away first. The system gives up the lock of whoever dies, however that
    comes to pass.
    """
    target = target.resolve()
    with translated(str(target)):
        _sweep(target)
        # Under another name until it is locked, so that nobody takes it for that of a dead builder.
        unlocked = target.with_name(f".{target.name}.{uuid4().hex[:12]}.new")
        directory = unlocked.with_suffix(_SUFFIX)
        unlocked.mkdir()
    try:
        with FileLock(unlocked / _LOCK, timeout=_GLANCE_SECONDS):
            unlocked.rename(directory)
            (directory / "scratch").mkdir()
            yield Staged(directory / "artifact.duckdb", directory / "scratch", target)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        shutil.rmtree(unlocked, ignore_errors=True)


def moved_into_place(files: Sequence[Staged]) -> None:
    """Make all of them safe on disk first, then let each take the place of its target.

    Raises StorageFull or Refused.
    """
    for file in files:
        with translated(str(file.target)):
            _synced(file.path)
    for file in files:
        with translated(str(file.target)):
            file.path.replace(file.target)
            _synced(file.target.parent)


def check_place(target: Path) -> None:
    """Raises NotFound, InvalidInput or Refused where no file can lie at the target."""
    directory = target.resolve().parent
    if not directory.is_dir():
        raise NotFound(f"there is no directory {directory}", remedy=f"make it: mkdir -p {directory}")
    if target.is_dir():
        raise InvalidInput(f"{target} is a directory", remedy="name a file in it")
    if not os.access(directory, os.W_OK | os.X_OK):
        raise Refused(f"{directory} cannot be written to", remedy="choose another place, or have its owner allow it")


def _sweep(target: Path) -> None:
    for left in target.parent.glob(f".{_escaped(target.name)}.*{_SUFFIX}"):
        with ExitStack() as held:
            try:
                held.enter_context(FileLock(left / _LOCK, timeout=0))
            except (Timeout, FileNotFoundError):
                continue
            shutil.rmtree(left, ignore_errors=True)


def _escaped(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _synced(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
