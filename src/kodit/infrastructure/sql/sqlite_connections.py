"""Connections to SQLite: one writer, many readers.

WAL mode; writes go through one connection that takes the write lock when it begins, because a transaction that reads
first and writes later can fail at once however long it would be willing to wait.
"""

import asyncio
import sqlite3
from contextlib import AbstractAsyncContextManager, closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import SingletonThreadPool

from kodit.domain.errors import DatabaseBusy, DatabaseUnusable, KoditError, Refused, StorageFull
from kodit.infrastructure.sql.sqlite_thread import BUSY_SECONDS, TransactionThread

READERS = 4
TRIES = 10
"""How often a new database is asked to keep a write-ahead log."""


class SqliteConnections:
    """Implements Connections for a file of SQLite's."""

    def __init__(self, url: URL) -> None:
        self.writers = _engine(url, size=1)
        self.readers = _engine(url, size=READERS)
        event.listen(self.writers.sync_engine, "connect", _prepare_writer)
        event.listen(self.writers.sync_engine, "begin", _begin_immediately)
        event.listen(self.readers.sync_engine, "connect", _prepare_reader)
        event.listen(self.readers.sync_engine, "begin", _begin)
        self._opened: tuple[int, int] | None = None
        for engine in (self.writers, self.readers):
            event.listen(engine.sync_engine, "connect", self._remember)
            event.listen(engine.sync_engine, "invalidate", _roll_back)
            event.listen(engine.sync_engine, "reset", _end_what_is_left)
        self._url = url
        self._turn = asyncio.Lock()
        self._thread: TransactionThread | None = None

    def turn(self) -> AbstractAsyncContextManager[None]:
        """See the port. Two connections of one process would only find out by waiting that the other writes."""
        return self._turn

    @property
    def short(self) -> TransactionThread:
        """See the port."""
        if self._thread is None:
            engine = _engine_at_once(self._url)
            event.listen(engine, "connect", self._remember)
            self._thread = TransactionThread(engine)
        return self._thread

    def is_in_place(self) -> bool:
        """See the port."""
        return self._opened is None or self._file() == self._opened

    async def close(self) -> None:
        """See the port."""
        await self.writers.dispose()
        await self.readers.dispose()
        if self._thread is not None:
            await self._thread.close()

    def _remember(self, _connection: Any, _record: Any) -> None:
        # That of the first connection: from the moment on that the file is another, the others are what is wrong.
        if self._opened is None:
            self._opened = self._file()

    def _file(self) -> tuple[int, int] | None:
        """What tells a file from another at the same place; None where there is none."""
        try:
            found = Path(self._url.database or "").stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def translated(self, error: Exception) -> Exception:
        """See the port."""
        if not isinstance(error, DBAPIError | sqlite3.DatabaseError):
            return error
        text = str(getattr(error, "orig", None) or error).lower()
        known: list[tuple[tuple[str, ...], type[KoditError], str, str]] = [
            (("locked", "busy"), DatabaseBusy, "the database is locked by another process", "try again in a moment"),
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


def _engine_at_once(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite"),
        poolclass=SingletonThreadPool,
        connect_args={"timeout": BUSY_SECONDS},
        pool_reset_on_return=None,
    )
    event.listen(engine, "connect", _prepare_writer)
    return engine


def _engine(url: URL, *, size: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=300,
        connect_args={"timeout": BUSY_SECONDS},
        pool_reset_on_return=None,
    )


def _prepare_writer(connection: Any, _record: Any) -> None:
    # SQLAlchemy says when a transaction begins; the driver must not begin one by itself.
    connection.isolation_level = None
    # Indexing writes hundreds of megabytes: a page that is changed again soon should not be written in between.
    cache = ("cache_size=-65536", "wal_autocheckpoint=8000")
    _use_a_write_ahead_log(connection)
    _pragmas(connection, "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", *cache)


def _use_a_write_ahead_log(connection: Any) -> None:
    for _ in range(TRIES):
        try:
            _pragmas(connection, "journal_mode=WAL")
        except (DBAPIError, sqlite3.OperationalError):
            # Of several who make the switch at once, SQLite refuses some without waiting. Beginning to write waits.
            with closing(connection.cursor()) as cursor:
                cursor.execute("BEGIN IMMEDIATE")
                cursor.execute("COMMIT")
        else:
            return
    _pragmas(connection, "journal_mode=WAL")


def _prepare_reader(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    _pragmas(connection, "query_only=ON", "mmap_size=268435456", "temp_store=MEMORY")


def _roll_back(connection: Any, _record: Any, _error: Any) -> None:
    # A statement cancelled half way makes SQLAlchemy close its connection, but SQLite keeps a closed connection,
    # and its lock, for as long as a statement of it is in memory.
    with suppress(Exception):
        connection.rollback()


def _end_what_is_left(connection: Any, _record: Any, _state: Any) -> None:
    # A commit that SQLite refuses leaves its transaction open, and SQLAlchemy leaves it to the pool to end it.
    if connection.driver_connection.in_transaction:
        connection.rollback()


def _pragmas(connection: Any, *pragmas: str) -> None:
    # A statement that was refused keeps its lock until its cursor is closed.
    with closing(connection.cursor()) as cursor:
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")


def _begin_immediately(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")
