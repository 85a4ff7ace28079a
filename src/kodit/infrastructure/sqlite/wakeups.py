"""Wake-ups between the processes that share one SQLite file."""

import asyncio
import sqlite3
from pathlib import Path

POLL_SECONDS = 0.01
"""How often the file is asked whether it changed: `PRAGMA data_version` takes about five microseconds."""


class SqliteWakeups:
    """Implements Wakeups by watching the database's version, which every commit of another connection changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._event = asyncio.Event()
        self._connection: sqlite3.Connection | None = None
        self._seen: int | None = None

    def notify(self) -> None:
        """See the port."""
        self._event.set()

    def announce(self) -> None:
        """See the port. Other processes see that the database has changed."""
        self.notify()

    async def wait(self, seconds: float) -> None:
        """See the port."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not self._event.is_set() and not self._changed() and loop.time() < until:
            try:
                async with asyncio.timeout(min(POLL_SECONDS, max(until - loop.time(), 0))):
                    await self._event.wait()
            except TimeoutError:
                continue
        self._event.clear()

    def close(self) -> None:
        """Stop watching."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _changed(self) -> bool:
        before, self._seen = self._seen, self._version()
        return before is not None and before != self._seen

    def _version(self) -> int:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, isolation_level=None)
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version
