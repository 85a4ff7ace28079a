"""Which workers of this machine are alive, told by locks that the system takes from the dead."""

import os
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout

from kodit.application.tasks.upkeep import FORGET_WORKERS
from kodit.domain.tasks.claim import Demand
from kodit.domain.tasks.presence import PresentWorker
from kodit.infrastructure.filesystem.settling import settle

_LIVES, _DEAD = ".lock", ".dead"
_GLANCE_SECONDS = 10
"""Longer than anybody who looks whether a worker is alive holds its lock."""


class LockedPresence:
    """Implements Presence with one locked file for each worker.

    Process ids are used again and clocks go wrong; a lock is given up by the system however its holder dies. Whoever
    finds a lock that nobody holds puts a mark in its place, which tells everybody else, and stays for `FORGET_WORKERS`.
    `directory` belongs to one machine: an id stored in it is part of every owner's name, so that nobody declares
    the workers of another machine dead. Of workers whose file is not there nothing is known: they may belong to a copy
    of this machine, which has the same id.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def owner(self) -> str:
        """See the port."""
        return f"{self.machine()}-{os.getpid()}-{uuid4().hex[:8]}"

    @contextmanager
    def register(self, owner: str) -> Iterator[None]:
        """See the port."""
        with FileLock(self._lock(owner), timeout=_GLANCE_SECONDS, poll_interval=0.005):
            self._mark(owner).unlink(missing_ok=True)
            # What cannot be looked at is no reason not to work.
            with suppress(OSError):
                self._forget(now=self._lock(owner).stat().st_mtime)
            yield
        self._lock(owner).unlink(missing_ok=True)
        self._mark(owner).unlink(missing_ok=True)

    def introduce(
        self, owner: str, demand: Demand, *, started_at: datetime, seen_at: datetime, alive_until: datetime
    ) -> PresentWorker:
        """See the port."""
        return PresentWorker(
            owner=owner,
            machine=self.machine(),
            host=socket.gethostname(),
            pid=os.getpid(),
            slots=demand.limit,
            types=demand.types,
            places=demand.places,
            started_at=started_at,
            seen_at=seen_at,
            alive_until=alive_until,
        )

    def gone(self, owners: Collection[str]) -> frozenset[str]:
        """See the port."""
        ours = [owner for owner in owners if owner.startswith(f"{self.machine()}-")]
        return frozenset(owner for owner in ours if self._is_alive(owner) is False)

    def alive(self) -> frozenset[str]:
        """See the port."""
        if not self._directory.is_dir():
            return frozenset()
        names = sorted(path.name.removesuffix(_LIVES) for path in self._directory.glob(f"*{_LIVES}"))
        return frozenset(owner for owner in names if self._is_alive(owner))

    def _is_alive(self, owner: str) -> bool | None:
        """None for a worker of which nothing tells: it left, died long ago, or belongs to a copy of this machine."""
        path = self._lock(owner)
        if not path.exists():
            return False if self._mark(owner).exists() else None
        try:
            with FileLock(path, timeout=0):
                self._mark(owner).touch()
                # While the lock is held: a worker that is just registering notices, and makes the file again.
                path.unlink(missing_ok=True)
        except Timeout:
            return True
        return False

    def _forget(self, *, now: float) -> None:
        """Remove what tells of workers that were found dead long ago. `now` is in seconds, as the directory counts."""
        self.alive()
        for mark in self._directory.glob(f"*{_DEAD}"):
            if mark.stat().st_mtime <= now - FORGET_WORKERS.total_seconds():
                mark.unlink(missing_ok=True)

    def _lock(self, owner: str) -> Path:
        return self._directory / f"{owner}{_LIVES}"

    def _mark(self, owner: str) -> Path:
        return self._directory / f"{owner}{_DEAD}"

    def machine(self) -> str:
        """See the port."""
        file = self._directory / "machine"
        if not (named := _written(file)):
            self._directory.mkdir(parents=True, exist_ok=True)
            # Of several processes that start at once, one gives the name.
            with FileLock(naming := file.with_suffix(".naming"), timeout=_GLANCE_SECONDS, poll_interval=0.005):
                if not (named := _written(file)):
                    named = uuid4().hex[:12]
                    _write(file, named)
                naming.unlink()
        return named


def _written(file: Path) -> str:
    """What is in it, if anything is: a power cut may leave an empty file, or one of zeros."""
    with suppress(FileNotFoundError):
        return file.read_text(encoding="ascii").strip("\0 \n")
    return ""


def _write(file: Path, content: str) -> None:
    """So that after a power cut it has been written as a whole, or not at all."""
    fresh = file.with_suffix(".new")
    with fresh.open("w", encoding="ascii") as writing:
        writing.write(content)
        writing.flush()
        os.fsync(writing.fileno())
    fresh.replace(file)
    settle(file.parent)
