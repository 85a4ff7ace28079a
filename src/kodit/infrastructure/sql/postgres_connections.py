"""Connections to PostgreSQL: writers that wait for rows and not for each other, readers with one view each."""

import socket
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from time import monotonic
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import URL, String, event
from sqlalchemy.dialects.postgresql.asyncpg import AsyncpgString
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from kodit.domain.errors import DatabaseBusy
from kodit.infrastructure.sql.escapes import escaped, from_json, to_json, unescaped
from kodit.infrastructure.sql.postgres_errors import of_connecting, of_state, unreachable
from kodit.infrastructure.sql.postgres_short import MOST, UNTRIED_SECONDS, WAIT_SECONDS, DirectTransactions

WRITERS = 8
READERS = 4
CONNECT_SECONDS = 10
LOCK_SECONDS = 60
"""How long a statement waits for rows that another transaction holds."""
IDLE_SECONDS = 30
"""How long a transaction may do nothing. A worker that was stopped half way holds locks that others wait for."""
SILENT_SECONDS = 30
"""A server that acknowledges nothing for so long is gone; without saying so, Linux waits a quarter of an hour."""


class PostgresConnections:
    """Implements Connections for a PostgreSQL database, through asyncpg.

    The URL is read by asyncpg itself, so that `sslmode` and its like mean what they mean to every PostgreSQL program.
    A proxy that lends connections by the transaction has to know prepared statements (PgBouncer from 1.21 on).
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        limits = (
            f"SET lock_timeout = '{LOCK_SECONDS}s'",
            f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'",
        )
        self.writers = self._engine(WRITERS, "READ COMMITTED", *limits)
        self.readers = self._engine(READERS, "REPEATABLE READ")
        # For a statement that is its own transaction nobody else names what it may see.
        sees = "SET default_transaction_isolation = 'read committed'"
        self.short = DirectTransactions(self._engine(MOST, "AUTOCOMMIT", *limits, sees))
        event.listen(self.readers.sync_engine, "connect", _only_read)
        self._driver_errors: tuple[type[Exception], ...] = (
            self.writers.dialect.loaded_dbapi.Error,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            OSError,
        )

    def turn(self) -> AbstractAsyncContextManager[None]:
        """See the port. Many may write at the same time."""
        return nullcontext()

    def is_in_place(self) -> bool:
        """See the port. Whoever connects anew reaches the same server."""
        return True

    async def close(self) -> None:
        """See the port."""
        await self.writers.dispose()
        await self.readers.dispose()
        await self.short.close()

    def translated(self, error: Exception) -> Exception:
        """See the port."""
        if isinstance(error, PoolExhausted):
            return DatabaseBusy("every connection to the database is in use", remedy="try again in a moment")
        if not isinstance(error, (DBAPIError, *self._driver_errors)):
            return error
        orig = error.orig if isinstance(error, DBAPIError) else error
        # SQLAlchemy's own error for a stale statement has no code, but its cause has.
        told = (orig, getattr(orig, "__cause__", None))
        is_invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
        if is_invalidated or any(_is_farewell(one) for one in told):
            return unreachable(self._url, "the connection broke")
        state = next((state for one in told if (state := getattr(one, "sqlstate", None))), None)
        return of_state(self._url, state) or error

    def _engine(self, size: int, isolation: Any, *settings: str) -> AsyncEngine:
        async def connect(*_args: Any, **_options: Any) -> Any:
            return await self._connect(settings)

        engine = create_async_engine(
            self._url,
            isolation_level=isolation,
            pool_size=size,
            max_overflow=0,
            pool_timeout=WAIT_SECONDS,
            # The same few stay warm, and the others are not opened at all.
            pool_use_lifo=True,
            connect_args={"async_creator_fn": connect},
            json_serializer=to_json,
            json_deserializer=from_json,
        )
        engine.sync_engine.dialect.colspecs = {**engine.dialect.colspecs, String: EveryText}
        event.listen(engine.sync_engine, "checkin", _remember)
        event.listen(engine.sync_engine, "checkout", _look_alive)
        return engine

    async def _connect(self, settings: tuple[str, ...]) -> Any:
        named = {"application_name": "kodit", **self._url.query}
        dsn = self._url.set(drivername="postgresql", query=named).render_as_string(hide_password=False)
        try:
            connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
            notice_silence(connection)
            if settings:
                # Not as parameters of the connection, which a proxy in between would refuse.
                await connection.execute("; ".join(settings))
        except (TimeoutError, OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise of_connecting(self._url, error) from error
        return connection


class EveryText(AsyncpgString):
    """Texts with what PostgreSQL refuses, see `escapes`."""

    def bind_processor(self, dialect: Any) -> Any:
        """To the database."""
        return lambda value: None if value is None else escaped(value)

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        """From the database."""
        return lambda value: None if value is None else unescaped(value)


def notice_silence(connection: Any) -> None:
    """Have the kernel find out that the other machine is gone."""
    # asyncpg gives its socket to nobody.
    transport = getattr(connection, "_transport", None)
    held = transport.get_extra_info("socket") if transport is not None else None
    if held is None or held.family == socket.AF_UNIX:
        return
    wanted = {
        "TCP_KEEPIDLE": SILENT_SECONDS // 3,
        "TCP_KEEPINTVL": SILENT_SECONDS // 6,
        "TCP_KEEPCNT": 4,
        "TCP_USER_TIMEOUT": SILENT_SECONDS * 1_000,
    }
    with suppress(OSError):
        held.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in wanted.items():
            if hasattr(socket, name):
                held.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _is_farewell(error: object) -> bool:
    """Whether the server is gone; asyncpg's own fault stands for that too, once the server has said good-bye."""
    if isinstance(error, (asyncpg.InternalClientError, OSError)):
        return True
    return isinstance(error, asyncpg.InterfaceError) and "closed" in str(error)


def _only_read(connection: Any, _record: Any) -> None:
    connection.readonly = True


def _remember(_connection: Any, record: Any) -> None:
    record.info["used"] = monotonic()


def _look_alive(connection: Any, record: Any, _proxy: Any) -> None:
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError
    if monotonic() - record.info.get("used", monotonic()) > UNTRIED_SECONDS:
        try:
            connection.ping()
        except Exception as error:
            raise InvalidatePoolError from error
