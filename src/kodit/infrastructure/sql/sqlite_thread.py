"""Whole transactions of SQLite in one thread.

A statement takes SQLite microseconds, and the way to its thread and back ten times as long. So what needs nothing but
its own statements is sent there as a whole. What SQLAlchemy does around each transaction would take as long as the
transaction, so one connection of its own is kept for all of them, and they are begun and ended here.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, sleep
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.infrastructure.sql.at_once import Immediate, Work, completed

T = TypeVar("T")

BUSY_SECONDS = 60
"""How long a statement waits for another process's write. SQLite's lock is not fair, so the wait is generous."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.0002, 0.002
"""Between two tries at the lock of another process; each is twice the last. SQLite itself would ask ever more seldom,
and notice a lock that is free again after a tenth of a second."""


class TransactionThread:
    """Implements ShortTransactions by one thread, and transactions in it, one after the other.

    `engine` makes connections that can write, and never begins a transaction by itself.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "kodit-writer")
        self._connection: Connection | None = None

    async def run(self, work: Work[T], *, lasting: bool = True) -> T:
        """Do work in a transaction. It is done to its end, or not at all, though who waits for it be cancelled.

        Nobody waits for the disk where it is not `lasting`: then a power cut may undo it.
        """
        return await self._done(self._transact if lasting else self._transact_soon, work)

    async def glance(self, work: Work[T]) -> T:
        """Do work outside of a transaction: no lock is taken, and nothing is waited for but the thread."""
        return await self._done(self._look, work)

    async def close(self) -> None:
        """Close the connection in the thread that made it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    async def _done(self, do: Callable[[Work[T]], T], work: Work[T]) -> T:
        doing = asyncio.get_running_loop().run_in_executor(self._thread, do, work)
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            await asyncio.wait({doing})
            raise

    def _transact(self, work: Work[T]) -> T:
        connection = self._opened()
        driver = _driver(connection)
        _persistently(lambda: driver.execute("BEGIN IMMEDIATE"))
        try:
            done = _done(work, connection)
            driver.execute("COMMIT")
        except BaseException:
            # A commit that is refused leaves its transaction open; one that the disk refused has ended it.
            if driver.in_transaction:
                driver.rollback()
            raise
        return done

    def _transact_soon(self, work: Work[T]) -> T:
        driver = _driver(self._opened())
        driver.execute("PRAGMA synchronous=NORMAL")
        try:
            return self._transact(work)
        finally:
            driver.execute("PRAGMA synchronous=FULL")

    def _look(self, work: Work[T]) -> T:
        connection = self._opened()
        return _persistently(lambda: _done(work, connection))

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            _driver(self._connection).execute("PRAGMA busy_timeout=0")
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()


def _done(work: Work[T], connection: Connection) -> T:
    # What the repositories ask of a connection, it answers.
    return completed(work(cast("AsyncConnection", Immediate(connection))))


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _persistently(step: Callable[[], T]) -> T:
    """What a step gives, tried again while another process has the lock that it needs."""
    until, pause = monotonic() + BUSY_SECONDS, FIRST_PAUSE_SECONDS
    while True:
        try:
            return step()
        except (DBAPIError, sqlite3.OperationalError) as error:
            if not _is_busy(error) or monotonic() >= until:
                raise
        sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def _is_busy(error: Exception) -> bool:
    # The rest of the number says why.
    code: int = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_BUSY
