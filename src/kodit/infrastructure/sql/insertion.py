"""INSERT ... ON CONFLICT, which both databases have and SQLAlchemy spells twice."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

_INSERT: dict[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_for(connection: AsyncConnection, table: Table) -> Any:
    """The dialect's own INSERT, with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return _INSERT[connection.dialect.name](table)
