"""What may turn out to be impossible without undoing the whole transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

_UNIQUE_VIOLATION = "23505"


class Taken(Exception):
    """Another transaction has stored what may be stored only once, and was committed."""


@asynccontextmanager
async def unless_taken(connection: AsyncConnection) -> AsyncIterator[None]:
    """Raises Taken where the block finds that out, with what it wrote undone.

    SQLite's one writer sees beforehand what the others have stored.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    await connection.exec_driver_sql("SAVEPOINT unless_taken")
    try:
        yield
    except Exception as error:
        # SQLAlchemy's error has the driver's own within it.
        if getattr(getattr(error, "orig", error), "sqlstate", None) != _UNIQUE_VIOLATION:
            raise
        await connection.exec_driver_sql("ROLLBACK TO SAVEPOINT unless_taken")
        raise Taken from error
    await connection.exec_driver_sql("RELEASE SAVEPOINT unless_taken")
