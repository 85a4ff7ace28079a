"""Rate limits that everybody shares who uses the database."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.rate import Rate, Reservation, reserved
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.tables import rate_limits


class SqlRateLimits:
    """Implements RateLimits, each call in a transaction of its own: who waits for a turn keeps nobody from theirs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, name: str, rate: Rate, units: int, *, now: datetime, until: datetime) -> Reservation:
        """See the port."""
        async with self._database.write() as connection:
            held = await _locked(connection, name, now)
            reservation, free_at = reserved(held, rate, units, now=now, until=until)
            if free_at != held:
                await _put(connection, name, free_at)
        return reservation

    async def hold_back(self, name: str, *, until: datetime) -> None:
        """See the port."""
        async with self._database.write() as connection:
            if await _locked(connection, name, until) < until:
                await _put(connection, name, until)


async def _locked(connection: AsyncConnection, name: str, otherwise: datetime) -> datetime:
    """When the next unit is free; nobody else can change that before the transaction ends."""
    new = insert_for(connection, rate_limits).values(name=name, free_at=otherwise)
    # Writing what is there already locks the row, whether it was there before or not.
    statement = new.on_conflict_do_update(index_elements=["name"], set_={"free_at": rate_limits.c.free_at})
    free_at: datetime = (await connection.execute(statement.returning(rate_limits.c.free_at))).scalar_one()
    return free_at


async def _put(connection: AsyncConnection, name: str, free_at: datetime) -> None:
    await connection.execute(update(rate_limits).where(rate_limits.c.name == name).values(free_at=free_at))
