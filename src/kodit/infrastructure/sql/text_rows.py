"""Statements that are text, carried out on any database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from kodit.infrastructure.sql.database import Database


class DatabaseRows:
    """Carries out statements with named values (`:name`), each in a reading transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, statement: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """The rows, with what the driver makes of their columns."""
        async with self._database.read() as connection:
            return [tuple(row) for row in await connection.execute(text(statement), values)]
