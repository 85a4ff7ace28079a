"""Short transactions on PostgreSQL, by asyncpg itself.

What SQLAlchemy does around a transaction of three statements takes longer than the transaction: its pool, its own
cursors, and a change of stacks for each word to the driver. So a few of its connections are kept, transactions on them
are begun and ended here, and prepared statements go to asyncpg as they are; whatever else a repository executes goes
through SQLAlchemy, in the same transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kodit.domain.errors import DatabaseBusy
from kodit.infrastructure.sql.at_once import Work
from kodit.infrastructure.sql.connector import Connector

T = TypeVar("T")

MOST = 8
"""Connections of one process. The same few stay warm, and the others are not opened at all."""
WAIT_SECONDS = 60
"""How long work waits until a connection is free."""
UNTRIED_SECONDS = 5
"""A connection that was not used for longer is tried before it is. SQLAlchemy would try each time, and that is three
round trips before every transaction."""
ANSWER_SECONDS = 10
"""How long the server may take to say that it is there, or that it has undone something."""


@dataclass(slots=True)
class _Kept:
    """A connection, and the one of asyncpg's within it."""

    connection: AsyncConnection
    driver: Any
    used_at: float


class _Rows(list[Any]):
    """What a statement returned."""

    def fetchall(self) -> Sequence[Any]:
        """All of it."""
        return self


class Direct:
    """Answers like an AsyncConnection; what is in the driver's own words goes straight to the driver.

    With `transacts` a transaction is begun with the first statement that does not end one by itself.
    """

    def __init__(self, kept: _Kept, *, transacts: bool) -> None:
        self.dialect = kept.connection.dialect
        self._connection = kept.connection
        self._driver = kept.driver
        self._transacts = transacts
        self.has_begun = False

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        """The statement's result."""
        await self._begin()
        return await self._connection.execute(statement, parameters)

    async def scalar(self, statement: Any, parameters: Any = None) -> Any:
        """The first column of the first row."""
        await self._begin()
        return await self._connection.scalar(statement, parameters)

    async def scalars(self, statement: Any, parameters: Any = None) -> Any:
        """The first column of every row."""
        await self._begin()
        return await self._connection.scalars(statement, parameters)

    async def exec_whole(self, statement: str, parameters: Sequence[Any]) -> Sequence[Any]:
        """The rows of a statement after which nothing follows, unless it did nothing.

        Where nothing came before it, it needs no transaction around it: it is one.
        """
        found: Sequence[Any] = await self._driver.fetch(statement, *parameters)
        return found

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> _Rows:
        """The rows that a statement returns; none of one that is executed for each of a list of parameters."""
        await self._begin()
        if isinstance(parameters, list):
            await self._driver.executemany(statement, parameters)
            return _Rows()
        return _Rows(await self._driver.fetch(statement, *(parameters or ())))

    async def _begin(self) -> None:
        if self._transacts and not self.has_begun:
            await self._driver.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            self.has_begun = True


class DirectTransactions:
    """Implements ShortTransactions on connections of an engine that begins no transaction by itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connector = Connector()
        self._seats = asyncio.Semaphore(MOST)
        self._free: list[_Kept] = []

    async def run(self, work: Work[T], *, lasting: bool = True) -> T:
        """See the port. Everything lasts."""
        async with self._lent() as kept:
            connection = Direct(kept, transacts=True)
            try:
                done = await work(cast("AsyncConnection", connection))
                ended = await kept.driver.execute("COMMIT") if connection.has_begun else "COMMIT"
            except BaseException as error:
                await _undo(kept.driver)
                if _is_given_up(error):
                    raise ConnectionResetError("the driver gave the connection up") from error
                raise
            if ended != "COMMIT":
                raise RuntimeError("a statement had failed, and all that was written with it is undone")
            return done

    async def glance(self, work: Work[T]) -> T:
        """See the port."""
        async with self._lent() as kept:
            return await work(cast("AsyncConnection", Direct(kept, transacts=False)))

    async def close(self) -> None:
        """See the port."""
        await self._connector.close()
        for kept in self._free:
            await _let_go(kept)
        self._free.clear()
        await self._engine.dispose()

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[_Kept]:
        async with self._seat():
            kept = await self._sound()
            try:
                yield kept
            finally:
                if kept.driver.is_closed() or kept.connection.invalidated:
                    await _let_go(kept)
                else:
                    kept.used_at = monotonic()
                    self._free.append(kept)

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._seats.acquire()
        except TimeoutError:
            raise DatabaseBusy("every connection to the database is in use", remedy="try again in a moment") from None
        try:
            yield
        finally:
            self._seats.release()

    async def _sound(self) -> _Kept:
        """A connection that answers: one that is kept, or else a new one."""
        while self._free:
            kept = self._free.pop()
            try:
                if await _answers(kept):
                    return kept
            except BaseException:
                # Who is cancelled meanwhile leaves it to the next, who tries it again.
                self._free.append(kept)
                raise
            await _let_go(kept)
        connection = await self._connector.connected(self._engine)
        raw = await connection.get_raw_connection()
        return _Kept(connection, raw.driver_connection, monotonic())


async def _answers(kept: _Kept) -> bool:
    if kept.driver.is_closed():
        return False
    if monotonic() - kept.used_at <= UNTRIED_SECONDS:
        return True
    try:
        await kept.driver.execute("SELECT 1", timeout=ANSWER_SECONDS)
    except Exception:  # noqa: BLE001 - whatever it says, it is no answer
        return False
    return True


def _is_given_up(error: BaseException) -> bool:
    """Whether it is asyncpg that cancels, as it does with what waits on a connection that it gives up."""
    task = asyncio.current_task()
    return isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling()


async def _undo(driver: Any) -> None:
    """Roll back; a connection that cannot be brought to it is given up, and the server does it."""
    try:
        with suppress(Exception):
            await driver.execute("ROLLBACK", timeout=ANSWER_SECONDS)
    except asyncio.CancelledError as error:
        if not _is_given_up(error):
            raise
    finally:
        if not driver.is_closed() and driver.is_in_transaction():
            driver.terminate()


async def _let_go(kept: _Kept) -> None:
    with suppress(Exception):
        if kept.driver.is_closed():
            await kept.connection.invalidate()
        await kept.connection.close()
