"""What only one transaction at a time may do, on a database where many write at once."""

from enum import IntEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KODIT = 0x6B6F6469
"""The first half of the keys of kodit's advisory locks, "kodi" in ASCII, so that they meet no other program's."""


class Turn(IntEnum):
    """The second half of the key."""

    MIGRATE = 1
    NAME_SOURCES = 2
    CLAIM = 3


async def take_turn(connection: AsyncConnection, turn: Turn) -> None:
    """Wait until nobody else has this turn, and keep it until the transaction ends.

    SQLite's one writer has every turn already. Raises Locked when another keeps it for too long.
    """
    if connection.dialect.name == "postgresql":
        # Literals: the keys say in pg_locks and in the server's log who waits for what.
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({KODIT}, {int(turn)})"))
