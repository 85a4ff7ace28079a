"""Wake-ups between the processes that share one SQLite file."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kodit.application.tasks.waiters import Sharing, Waiter, Waiters
from kodit.infrastructure.sqlite.bell import Bell, ring

TASKS = "tasks"
WATCH_SECONDS = 0.5
"""How often the file is asked whether it changed, beside the bell: somebody else may have written to it."""
POLL_SECONDS = 0.01
"""How often it is asked where nobody can ring: `PRAGMA data_version` takes about five microseconds."""
GAP_SECONDS = 0.001
"""Least time between two rings of one process; those who announce more often are heard all the same."""


class SqliteWakeups:
    """Implements Wakeups by a bell for each process that waits, rung by whoever has committed.

    As the safety net, and where there can be no bells, the database's version is watched, which every commit of
    another connection changes. `about` is what is announced, in one word: other announcements ring other bells.
    The first wait ends at once: what was announced before it was not heard.
    """

    def __init__(self, path: Path, about: str = TASKS) -> None:
        self._path = path
        self._about = about
        self._bells = path.parent / "workers"
        self._waiters = Waiters()
        self._own = self._waiters.new()
        self._awaiting = 0
        self._connection: sqlite3.Connection | None = None
        self._bell: Bell | None = None
        self._deaf = False
        self._seen: int | None = None
        self._looked_at = self._rang_at = float("-inf")
        self._ringing: asyncio.TimerHandle | None = None

    def another(self) -> Sharing:
        """See the port."""
        return Sharing(self._waiters, self.announce, self._wait_as)

    def notify(self) -> None:
        """See the port."""
        self._own.wake()

    def announce(self) -> None:
        """See the port. Many within `GAP_SECONDS` are told others as one."""
        self._waiters.tell()
        if self._ringing is not None:
            return
        if time.monotonic() - self._rang_at >= GAP_SECONDS:
            self._ring()
        else:
            self._ringing = asyncio.get_running_loop().call_later(GAP_SECONDS, self._ring)

    async def wait(self, seconds: float) -> bool:
        """See the port."""
        return await self._wait_as(self._own, seconds)

    async def _wait_as(self, waiter: Waiter, seconds: float) -> bool:
        until = time.monotonic() + seconds
        pause = self._listening()
        self._hear()
        is_woken = waiter.is_woken
        while not is_woken and not self._changed(pause) and (now := time.monotonic()) < until:
            with self._awake(), suppress(TimeoutError):
                async with asyncio.timeout(min(self._looked_at + pause, until) - now):
                    is_woken = await waiter.woken()
        return waiter.told()

    async def close(self) -> None:
        """Tell what is still to be told, and stop listening."""
        if self._ringing is not None:
            self._ringing.cancel()
            self._ring()
        if self._bell is not None:
            self._bell.close()
            self._bell = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _listening(self) -> float:
        """Hang up a bell, if there can be one; gives the seconds between two looks at the file."""
        if self._bell is None and not self._deaf:
            try:
                self._bell = Bell(self._bells, self._about)
            except OSError:
                self._deaf = True
            self._changed(0)
            # What was announced before could not be heard.
            self._waiters.wake()
        return POLL_SECONDS if self._bell is None else WATCH_SECONDS

    @contextmanager
    def _awake(self) -> Iterator[None]:
        """Hear the bell while the block runs: whoever is at work would only be disturbed by it."""
        if (bell := self._bell) is None:
            yield
            return
        loop = asyncio.get_running_loop()
        if self._awaiting == 0:
            loop.add_reader(bell.descriptor, self._hear)
        self._awaiting += 1
        try:
            yield
        finally:
            self._awaiting -= 1
            if self._awaiting == 0:
                loop.remove_reader(bell.descriptor)

    def _hear(self) -> None:
        if self._bell is not None and self._bell.heard():
            self._waiters.tell()

    def _ring(self) -> None:
        self._ringing = None
        self._rang_at = time.monotonic()
        ring(self._bells, self._about, but=self._bell)

    def _changed(self, pause: float) -> bool:
        """Whether somebody has committed since the last look, which may be due only later."""
        now = time.monotonic()
        if now - self._looked_at < pause:
            return False
        self._looked_at = now
        before = self._seen
        try:
            self._seen = self._version()
        except sqlite3.Error:
            # Short of descriptors, say. Who waits looks at the tasks himself in the end, and is told there.
            return False
        if before is None or before == self._seen:
            return False
        self._waiters.wake()
        return True

    def _version(self) -> int:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, isolation_level=None)
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version
