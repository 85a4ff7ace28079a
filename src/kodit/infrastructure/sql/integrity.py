"""Whether a database is sound."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ForeignKey, Select, exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.infrastructure.sql.code_tables import metadata
from kodit.infrastructure.sql.database import Database

_UNFINISHED_INDEXES = text(
    "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "WHERE NOT (i.indisvalid AND i.indisready) AND c.relnamespace = current_schema()::regnamespace ORDER BY 1"
)
_BROKEN_PAGES = text("SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()")
# Texts are sorted by a library of the operating system. When an upgrade of it sorts otherwise, indexes on texts no
# longer find what they hold.
_SORTED_OTHERWISE = text(
    "SELECT datcollversion, pg_database_collation_actual_version(oid) AS actual FROM pg_database "
    "WHERE datname = current_database() AND datcollversion <> pg_database_collation_actual_version(oid)"
)


async def faults(database: Database) -> Sequence[str]:
    """What is wrong with the database as such, one sentence each; nothing for a sound one.

    SQLite reads its whole file. PostgreSQL watches over its own, and is asked what it has noticed.
    """
    async with database.read() as connection:
        if database.is_sqlite:
            return [*await _bad_pages_of_sqlite(connection), *await _dangling_references_in_sqlite(connection)]
        return [*await _noticed_by_postgres(connection), *await _dangling_references(connection)]


async def _bad_pages_of_sqlite(connection: AsyncConnection) -> list[str]:
    found = (await connection.execute(text("PRAGMA integrity_check"))).scalars().all()
    return [str(fault) for fault in found if fault != "ok"]


async def _dangling_references_in_sqlite(connection: AsyncConnection) -> list[str]:
    found = await connection.execute(text("PRAGMA foreign_key_check"))
    return [f"row {row.rowid} of {row.table} refers to a row of {row.parent} that does not exist" for row in found]


async def _noticed_by_postgres(connection: AsyncConnection) -> list[str]:
    unfinished = [
        f"index {name} was never finished: REINDEX INDEX {name}"
        for name in await connection.scalars(_UNFINISHED_INDEXES)
    ]
    if broken := await connection.scalar(_BROKEN_PAGES):
        unfinished.append(f"{broken} pages on the server's disk did not have the checksum that they were written with")
    if (sorting := (await connection.execute(_SORTED_OTHERWISE)).one_or_none()) is not None:
        unfinished.append(
            f"indexes were sorted by version {sorting.datcollversion} of the server's collation, which is at "
            f"{sorting.actual}: REINDEX DATABASE, then ALTER DATABASE ... REFRESH COLLATION VERSION"
        )
    return unfinished


async def _dangling_references(connection: AsyncConnection) -> list[str]:
    """Left by a restored dump, or by a session that switched the checks off."""
    found = []
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
            if number := await connection.scalar(_dangling(key)):
                found.append(
                    f"{number} rows of {table.name} refer to rows of {key.column.table.name} that do not exist"
                )
    return found


def _dangling(key: ForeignKey) -> Select[Any]:
    child, parent = key.parent, key.column
    return select(func.count()).select_from(child.table).where(child.is_not(None), ~exists().where(parent == child))
