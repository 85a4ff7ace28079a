"""Reading an SQLite file by the standard library alone."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

Values = Sequence[Any] | Mapping[str, Any]
AnsweredRows = Callable[[str, Mapping[str, Any]], Awaitable[Sequence[tuple[Any, ...]]]]


class ReadingConnection:
    """One connection for all threads, opened when something is first asked. Nothing can be written through it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reading = Lock()
        self._connection: sqlite3.Connection | None = None

    def rows(self, statement: str, values: Values) -> list[Any]:
        """What a statement gives; each is a transaction of its own, one after the other. Raises sqlite3.Error."""
        with self._reading:
            if self._connection is None:
                self._connection = _opened(self._path)
            return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        """Give the connection back; the next question opens another."""
        with self._reading:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


class SqliteRows:
    """Carries out statements on such a connection, in threads.

    What goes wrong is left to `otherwise`, which carries out the same and knows how to say what it was.
    """

    def __init__(self, path: Path, otherwise: Callable[[], AnsweredRows]) -> None:
        self._connection = ReadingConnection(path)
        self._otherwise = otherwise

    async def __call__(self, statement: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """The rows of a statement with named values."""
        try:
            return await asyncio.to_thread(self._connection.rows, statement, values)
        except sqlite3.Error:
            return await self._otherwise()(statement, values)

    async def close(self) -> None:
        """Give the connection back."""
        await asyncio.to_thread(self._connection.close)


def _opened(path: Path) -> sqlite3.Connection:
    # Each question is a transaction of its own; the lock keeps them one after the other.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only=ON")
    connection.execute("PRAGMA mmap_size=268435456")
    return connection
