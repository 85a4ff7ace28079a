"""One database: one writer, many readers."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kodit.domain.errors import DatabaseUnusable, KoditError, Locked, Refused, StorageFull

BUSY_SECONDS = 60
"""How long a statement waits for another process's write. SQLite's lock is not fair, so the wait is generous."""
READERS = 4


class Database:
    """Connections to one database, by SQLAlchemy URL.

    SQLite runs in WAL mode: writes go through one connection that takes the write lock when it begins, because a
    transaction that reads first and writes later can fail at once however long it would be willing to wait.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._writer = self._engine(size=1)
        self._readers = self._engine(size=READERS)
        if self.is_sqlite:
            event.listen(self._writer.sync_engine, "connect", _prepare_writer)
            event.listen(self._writer.sync_engine, "begin", _begin_immediately)
            event.listen(self._readers.sync_engine, "connect", _prepare_reader)
            event.listen(self._readers.sync_engine, "begin", _begin)
            for engine in (self._writer, self._readers):
                event.listen(engine.sync_engine, "invalidate", _roll_back)

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that may write."""
        with _translated():
            async with self._writer.begin() as connection:
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that only reads."""
        with _translated():
            async with self._readers.begin() as connection:
                yield connection

    async def close(self) -> None:
        """Give every connection back."""
        await self._writer.dispose()
        await self._readers.dispose()

    def _engine(self, *, size: int) -> AsyncEngine:
        arguments: dict[str, Any] = {"timeout": BUSY_SECONDS} if self.is_sqlite else {}
        return create_async_engine(
            self.url,
            pool_size=size,
            max_overflow=0,
            pool_timeout=300,
            connect_args=arguments,
            pool_reset_on_return=None,
        )


def _prepare_writer(connection: Any, _record: Any) -> None:
    # SQLAlchemy says when a transaction begins; the driver must not begin one by itself.
    connection.isolation_level = None
    _pragmas(connection, "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY")


def _prepare_reader(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    _pragmas(connection, "query_only=ON", "mmap_size=268435456", "temp_store=MEMORY")


def _roll_back(connection: Any, _record: Any, _error: Any) -> None:
    # A statement cancelled half way makes SQLAlchemy close its connection, but SQLite keeps a closed connection,
    # and its lock, for as long as a statement of it is in memory.
    with suppress(Exception):
        connection.rollback()


def _pragmas(connection: Any, *pragmas: str) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediately(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.DatabaseError) as error:
        raise translated(error) from error


def translated(error: DatabaseError | DBAPIError | sqlite3.DatabaseError) -> Exception:
    """A driver's error in the words of the domain; one that only a bug can cause is given back as it is."""
    text = str(getattr(error, "orig", None) or error).lower()
    known: list[tuple[tuple[str, ...], type[KoditError], str, str]] = [
        (("locked", "busy"), Locked, "the database is locked by another process", "try again in a moment"),
        (("disk is full", "no space left"), StorageFull, "the disk is full", "free some space and try again"),
        (
            ("malformed", "not a database", "file is encrypted"),
            DatabaseUnusable,
            "the database is corrupt",
            "move it away and index again, or restore a copy",
        ),
        (
            ("readonly", "read-only", "unable to open"),
            Refused,
            "the database cannot be opened for writing",
            "check the permissions of the data directory, or choose another with --data-dir",
        ),
    ]
    for signs, kind, message, remedy in known:
        if any(sign in text for sign in signs):
            return kind(message, remedy=remedy)
    return error
