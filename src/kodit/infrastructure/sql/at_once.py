"""Whole transactions without a word to the event loop in between.

The repositories' coroutines are run to their end by a connection that never lets them wait.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


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
