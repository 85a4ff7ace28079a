"""Whole transactions in one thread, without a word to the event loop in between.

A statement takes SQLite microseconds, and the way to its thread and back ten times as long. So what needs nothing but
its own statements is sent there as a whole: the repositories' coroutines are run to their end by a connection that
never lets them wait.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")

GLANCES = "glances"
"""The execution option of connections whose statements are in no transaction, whatever SQLAlchemy takes them for."""


class Immediate:
    """Answers like an AsyncConnection, at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect
        self._is_embedded = connection.dialect.name == "sqlite"
        self._cursor: Any = connection.connection.cursor()

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        """The statement's result."""
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> Any:
        """The result of a statement in the driver's own words, without what SQLAlchemy does around it."""
        try:
            if isinstance(parameters, list):
                self._cursor.executemany(statement, parameters)
            else:
                self._cursor.execute(statement, parameters or ())
        except Exception:
            if not self._is_embedded:
                # It would find out whether the connection, and what is prepared on it, can still be used.
                self._connection.invalidate()
            raise
        return self._cursor

    async def scalar(self, statement: Any, parameters: Any = None) -> Any:
        """The first column of the first row."""
        return self._connection.scalar(statement, parameters)

    async def scalars(self, statement: Any, parameters: Any = None) -> Any:
        """The first column of every row."""
        return self._connection.scalars(statement, parameters)


def completed(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that waits for nothing but Immediate connections. RuntimeError when it waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    coroutine.close()
    raise RuntimeError("a transaction that is done at once must not wait for anything")


class TransactionThread:
    """One thread, and transactions in it, one after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._glancing = engine.execution_options(**{GLANCES: True})
        self._thread = ThreadPoolExecutor(1, "kodit-writer")

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do work in a transaction. It is done to its end, or not at all, though who waits for it be cancelled."""
        return await self._done(self._transact, work)

    async def glance(self, work: Callable[[Connection], T]) -> T:
        """Do work outside of a transaction: no lock is taken, and nothing is waited for but the thread."""
        return await self._done(self._look, work)

    async def _done(self, do: Callable[[Callable[[Connection], T]], T], work: Callable[[Connection], T]) -> T:
        doing = asyncio.get_running_loop().run_in_executor(self._thread, do, work)
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            await asyncio.wait({doing})
            raise

    async def close(self) -> None:
        """Close the connection in the thread that made it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()

    def _look(self, work: Callable[[Connection], T]) -> T:
        with self._glancing.connect() as connection:
            return work(connection)

    def _transact(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)
