"""Whether a database is sound."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.infrastructure.sql.database import Database


async def faults(database: Database) -> Sequence[str]:
    """What SQLite finds wrong with its file, in its own words; nothing for a sound one.

    Other databases look after themselves.
    """
    if not database.is_sqlite:
        return []
    async with database.read() as connection:
        return [*await _broken_pages(connection), *await _dangling_references(connection)]


async def _broken_pages(connection: AsyncConnection) -> list[str]:
    found = (await connection.execute(text("PRAGMA integrity_check"))).scalars().all()
    return [str(fault) for fault in found if fault != "ok"]


async def _dangling_references(connection: AsyncConnection) -> list[str]:
    found = await connection.execute(text("PRAGMA foreign_key_check"))
    return [f"row {row.rowid} of {row.table} refers to a row of {row.parent} that does not exist" for row in found]
