"""INSERT ... ON CONFLICT, which both databases have and SQLAlchemy spells twice."""

from importlib import import_module
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_for(connection: AsyncConnection, table: Table) -> Any:
    """The dialect's own INSERT, with `on_conflict_do_nothing` and `on_conflict_do_update`."""
    # By name, because importing every database's dialect would slow each command down.
    return import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)
