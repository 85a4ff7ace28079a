"""What was carried out, counted across processes."""

import asyncio
import mmap
import time
from pathlib import Path

COUNTER = 8
"""Bytes of one worker's counter."""


class Tally:
    """A file with a counter for each worker and a mark for each job, shared by mapping it into memory.

    It has ended when `jobs` were carried out in all, or `seconds` after `start`.
    """

    def __init__(self, path: Path, *, worker: int, workers: int, jobs: int, seconds: float) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), size(workers, jobs))
        self._counters = memoryview(self._map)[: workers * COUNTER].cast("q")
        self._marks = memoryview(self._map)[workers * COUNTER :]
        self._worker = worker
        self._jobs = jobs
        self._seconds = seconds
        self._until = float("inf")
        self.count = 0
        self.last = 0.0
        self.pause = 0.005
        """Seconds between two looks whether it has ended; longer where an idle process is measured."""
        self.pickups: list[float] = []
        """Seconds from enqueueing to here, of those jobs that say when they were enqueued."""

    def start(self) -> None:
        """The clock runs from here."""
        self._until = time.monotonic() + self._seconds

    def done(self, number: int, at: float = 0.0) -> None:
        """A handler was called: this is all that it does."""
        self.last = time.monotonic()
        self.count += 1
        self._counters[self._worker] = self.count
        if number >= 0:
            self._marks[number] = 1
        if at:
            self.pickups.append(self.last - at)

    @property
    def over(self) -> bool:
        """True when the workers should stop."""
        return sum(self._counters) >= self._jobs or time.monotonic() > self._until

    async def ended(self) -> None:
        """Return when the workers should stop."""
        while not self.over:
            await asyncio.sleep(self.pause)


def size(workers: int, jobs: int) -> int:
    """Bytes of a tally's file."""
    return workers * COUNTER + max(jobs, 1)


def distinct(path: Path, workers: int) -> int:
    """How many different jobs were carried out."""
    return path.read_bytes()[workers * COUNTER :].count(1)
