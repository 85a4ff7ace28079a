"""Which source a task is about. The tasks of other programs are about none, whatever their payloads say."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.errors import NotFound
from kodit.domain.tasks.task import said
from kodit.domain.tasks.task_type import FREE_FROM
from kodit.infrastructure.sql.tables import sources, tasks


async def source_names(connection: AsyncConnection, rows: Iterable[Row[Any]]) -> Mapping[int, str]:
    """The names of the sources that tasks are about, by the tasks' ids; `rows` have `id`, `type` and `payload`."""
    # Other programs' payloads may name anything as they like.
    about = {row.id: said(row.payload, "index_id") for row in rows if row.type < FREE_FROM}
    ids = {index_id for index_id in about.values() if isinstance(index_id, int)}
    found = await connection.execute(select(sources.c.id, sources.c.name).where(sources.c.id.in_(ids)))
    names = {row.id: row.name for row in found}
    return {task_id: names[index_id] for task_id, index_id in about.items() if index_id in names}


async def about_source(connection: AsyncConnection, name: str) -> ColumnElement[bool]:
    """Holds of the tasks about a source. Raises NotFound."""
    index_id = await connection.scalar(select(sources.c.id).where(sources.c.name == name))
    if index_id is None:
        raise NotFound(f"there is no source named {name}", remedy="list them: kodit sources")
    return tasks.c.dedup_key.startswith(f"index:{index_id}:")
