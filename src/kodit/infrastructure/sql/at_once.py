"""Short transactions: work that waits for nothing but its own statements.

Where the database is embedded, the repositories' coroutines are run to their end by a connection that never lets them
wait, without a word to the event loop in between.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
Work = Callable[[AsyncConnection], Coroutine[Any, Any, T]]
"""It waits for nothing but what it asks of the connection."""


class ShortTransactions(Protocol):
    """Does work that waits for nothing but the statements of the connection that it is given."""

    async def run(self, work: Work[T], *, lasting: bool = True) -> T:
        """Do work in a transaction that may write. See Storage.transact."""
        ...

    async def glance(self, work: Work[T]) -> T:
        """Do work that only reads, outside of a transaction. See Storage.glance."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


class Immediate:
    """Answers like an AsyncConnection, at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect
        self._cursor: Any = connection.connection.cursor()

    async def execute(self, statement: Any, parameters: Any = None) -> Any:
        """The statement's result."""
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: Any = None) -> Any:
        """The result of a statement in the driver's own words, without what SQLAlchemy does around it."""
        if isinstance(parameters, list):
            self._cursor.executemany(statement, parameters)
        else:
            self._cursor.execute(statement, parameters or ())
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
