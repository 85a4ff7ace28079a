"""What the indexes need of the application's database."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from enum import IntEnum
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.errors import Locked

_LOCK_NOT_AVAILABLE = "55P03"


class Connections(Protocol):
    """Transactions on one PostgreSQL database, that other parts of the application use too."""

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection in a transaction that only reads."""
        ...

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection in a transaction that may write: committed at the block's end, or nothing when it raises."""
        ...


class Lock(IntEnum):
    """First keys of advisory locks; the second is an index id, or 0. Any numbers do that nobody else takes."""

    KEYWORDS = 0x6B6F6401
    KEYWORD_SEGMENTS = 0x6B6F6402
    CODE_VECTORS = 0x6B6F6403
    TEXT_VECTORS = 0x6B6F6404
    VECTOR_GRAPHS = 0x6B6F6405


@asynccontextmanager
async def writing_alone(
    connections: Connections, lock: Lock, index_id: int, patience: timedelta
) -> AsyncIterator[AsyncConnection]:
    """A transaction that holds a lock until its end. Raises Locked when another holds it for longer than `patience`."""
    async with connections.write() as connection:
        milliseconds = str(max(1, round(patience.total_seconds() * 1_000)))
        await connection.execute(
            text("SELECT set_config('lock_timeout', :milliseconds, true)"), {"milliseconds": milliseconds}
        )
        try:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(:lock, :index_id)"), {"lock": int(lock), "index_id": index_id}
            )
        except DBAPIError as error:
            if not _tells(error, _LOCK_NOT_AVAILABLE):
                raise
            message = f"another worker has been writing index {index_id} for {patience.total_seconds():.0f} s"
            raise Locked(message, remedy="it is tried again; look for another kodit that hangs") from error
        yield connection


async def taken(connection: AsyncConnection, lock: Lock) -> bool:
    """Take a lock until the transaction's end, unless another has it."""
    got = await connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock, 0)"), {"lock": int(lock)})
    return bool(got)


def _tells(error: DBAPIError, state: str) -> bool:
    chain: list[Any] = [error.orig, getattr(error.orig, "__cause__", None)]
    return any(getattr(one, "sqlstate", None) == state for one in chain)
