"""Whether the database can be used now."""

import asyncio
from pathlib import Path

from kodit.infrastructure.sql import migrations
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.schema import SCHEMA

SECONDS = 5
"""How long it may take to answer before it counts as not answering; who asks gives up at ten or so."""


async def database_fault(database: Database, file: Path | None) -> str | None:
    """What is wrong, in a few words that name no place; `file` is that of an SQLite database."""
    if file is not None and not await asyncio.to_thread(file.exists):
        # What is open could still be read, and would be lost.
        return "is gone"
    if not await database.is_in_place():
        return "was replaced: restart the server"
    try:
        async with asyncio.timeout(SECONDS), database.read() as connection:
            found = await migrations.version(connection)
    except Exception:  # noqa: BLE001 - whatever it is, the database cannot be used
        return "does not answer"
    if found is None:
        # Whoever opens a file that is gone makes a new one.
        return "is empty"
    return None if found == SCHEMA else "is of another version"
