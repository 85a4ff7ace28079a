"""One database, by its URL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from importlib.util import find_spec
from typing import Protocol, TypeVar

from sqlalchemy import URL, DateTime, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kodit.domain.errors import InvalidInput
from kodit.infrastructure.sql.at_once import ShortTransactions, Work
from kodit.infrastructure.sql.connector import Connector
from kodit.infrastructure.sql.write_turns import WriteTurns

T = TypeVar("T")

_SPELLINGS = "postgresql://user:password@server/database, or leave KODIT_DATABASE_URL empty for SQLite"


class Connections(Protocol):
    """What one kind of database has of its own."""

    @property
    def writers(self) -> AsyncEngine:
        """Connections whose transactions may write."""
        ...

    @property
    def readers(self) -> AsyncEngine:
        """Connections whose transactions have one consistent view, and cannot write."""
        ...

    def turn(self) -> AbstractAsyncContextManager[None]:
        """What every writing transaction of this process holds from its beginning to its end."""
        ...

    @property
    def short(self) -> ShortTransactions:
        """Where what waits for nothing but its statements is done."""
        ...

    def is_in_place(self) -> bool:
        """Whether what is open is what somebody would open now; it may look at the disk."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...

    def translated(self, error: Exception) -> Exception:
        """A driver's error in the words of the domain; one that only a bug can cause is given back as it is."""
        ...


class Database:
    """Connections to one database, by SQLAlchemy URL, or as PostgreSQL's own programs write it.

    Raises InvalidInput for a URL that makes no sense, and where the driver is not installed. Nothing is connected to
    before it is used.
    """

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self._connections = _connections(self.url)
        self._writer = self._connections.writers
        self._readers = self._connections.readers
        self._turns = WriteTurns(self._connections.turn)
        self._connector = Connector()

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    async def is_in_place(self) -> bool:
        """False when another file has taken the place of the one that is open: what is written then would be lost."""
        return await asyncio.to_thread(self._connections.is_in_place)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that may write. Raises Conflict within another one, see Storage.write."""
        async with self._turns.next(), self._transaction(self._writer) as connection:
            yield connection

    async def at_once(self, work: Work[T], *, lasting: bool = True) -> T:
        """What `work` returns, done in one transaction that may write. It waits for nothing but its statements.

        See Storage.transact for `lasting`.
        """
        async with self._turns.next():
            with self._translated():
                return await self._connections.short.run(work, lasting=lasting)

    async def glance(self, work: Work[T]) -> T:
        """What `work` returns, which reads without a transaction. It waits for nothing but its statements."""
        with self._translated():
            return await self._connections.short.glance(work)

    async def check_nesting(self) -> None:
        """See Storage.check_nesting."""
        await self._turns.check()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that only reads."""
        async with self._transaction(self._readers) as connection:
            yield connection

    async def time(self) -> datetime:
        """The present moment by the server's own clock. Raises what `read` raises."""
        async with self.read() as connection:
            return (await connection.execute(select(func.clock_timestamp(type_=DateTime(timezone=True))))).scalar_one()

    async def close(self) -> None:
        """Give every connection back."""
        await self._connector.close()
        await self._connections.close()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        with self._translated():
            async with AsyncExitStack() as stack:
                connection = await self._connector.connected(engine)
                stack.push_async_exit(connection)
                await stack.enter_async_context(connection.begin())
                yield connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if (known := self._connections.translated(error)) is error:
                raise
            raise known from error


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # What was given is not shown: it may hold a password.
        raise InvalidInput("the database's URL makes no sense", remedy=_SPELLINGS) from None
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+asyncpg")
    return parsed.set(drivername="sqlite+aiosqlite") if parsed.drivername == "sqlite" else parsed


def _connections(url: URL) -> Connections:
    # Only what is used is imported: each dialect takes longer than a search.
    match url.drivername:
        case "sqlite+aiosqlite":
            from kodit.infrastructure.sql.sqlite_connections import SqliteConnections

            return SqliteConnections(url)
        case "postgresql+asyncpg":
            if find_spec("asyncpg") is None:
                raise InvalidInput("PostgreSQL needs asyncpg", remedy="pip install 'kodit[postgres]'")
            from kodit.infrastructure.sql.postgres_connections import PostgresConnections

            return PostgresConnections(url)
        case other:
            raise InvalidInput(f"kodit cannot store in {other}", remedy=_SPELLINGS)
