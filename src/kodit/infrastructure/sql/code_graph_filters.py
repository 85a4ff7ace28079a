"""Which files are asked about."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.search.globs import matches
from kodit.domain.search.query import Filters
from kodit.infrastructure.sql.prepared import one_of
from kodit.infrastructure.sql.tables import files


async def filtered(
    connection: AsyncConnection, statement: Select[Any], filters: Filters
) -> tuple[Select[Any], Mapping[str, Any]]:
    """The statement for the chosen files only, and the values that it is given."""
    if filters.index_ids:
        statement = statement.where(files.c.index_id.in_(sorted(filters.index_ids)))
    if filters.languages:
        statement = statement.where(files.c.language.in_(sorted(filters.languages)))
    if not filters.paths:
        return statement, {}
    every = select(files.c.id, files.c.path)
    if filters.index_ids:
        every = every.where(files.c.index_id.in_(sorted(filters.index_ids)))
    found = await connection.execute(every)
    chosen = [file_id for file_id, path in found if any(matches(pattern, path) for pattern in filters.paths)]
    return statement.where(one_of(files.c.id, "chosen")), {"chosen": chosen}


def at_end(ending: str) -> ColumnElement[bool]:
    """Whether a path is this one, or ends in it after a `/`."""
    return or_(files.c.path == ending, files.c.path.endswith(f"/{ending}", autoescape=True))
