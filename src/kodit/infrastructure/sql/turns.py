"""What only one transaction at a time may do, on a database where many write at once."""

from enum import IntEnum

from sqlalchemy.ext.asyncio import AsyncConnection

KODIT = 0x6B6F6469
"""The first half of the keys of kodit's advisory locks, "kodi" in ASCII, so that they meet no other program's."""

CLAIM_IDLE_SECONDS = 5
"""How long whoever claims may leave the server waiting for its next statement. It has nothing else to do meanwhile, so
a worker that takes longer was stopped or cut off, and nobody else gets a task until the server ends its turn."""


class Turn(IntEnum):
    """The second half of the key."""

    MIGRATE = 1
    NAME_SOURCES = 2
    CLAIM = 3


def key_of(turn: Turn) -> str:
    """The key of a turn's advisory lock; literals, because it says in pg_locks and in logs who waits for what."""
    return f"{KODIT}, {int(turn)}"


async def take_turn(connection: AsyncConnection, turn: Turn) -> None:
    """Wait until nobody else has this turn, and keep it until the transaction ends.

    SQLite's one writer has every turn already. Raises Locked when another keeps it for too long.
    """
    if connection.dialect.name == "postgresql":
        waiting = f"pg_advisory_xact_lock({key_of(turn)})"
        if turn is Turn.CLAIM:
            limit = f"set_config('idle_in_transaction_session_timeout', '{round(CLAIM_IDLE_SECONDS * 1_000)}', true)"
            waiting = f"{limit}, {waiting}"
        await connection.exec_driver_sql(f"SELECT {waiting}")
