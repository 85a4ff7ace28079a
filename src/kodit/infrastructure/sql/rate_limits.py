"""Rate limits that everybody shares who uses the database."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.rate import PATIENCE, Rate, Reservation, held_longer, possible, reserved
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.tables import rate_limits


class SqlRateLimits:
    """Implements RateLimits, each call in a transaction of its own: who waits for a turn keeps nobody from theirs.

    Until when everybody is held back is a row of its own, written only when somebody is asked to wait. Whoever writes
    it has locked the row of the rate before.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, name: str, rate: Rate, units: int, *, now: datetime, until: datetime) -> Reservation:
        """See the port."""
        if not rate.per_minute:
            # Nothing is taken, so that nothing has to be written either.
            free_at = possible(now, await self.held(name), rate, units, now=now)
            return reserved(free_at, rate, units, now=now, until=until)[0]
        async with self._database.write() as connection:
            stored = await _locked(connection, name, now)
            # What is no farther away than anybody may reserve is possible, whether somebody is held back or not.
            held = await _moment(connection, _hold(name)) if stored > now + PATIENCE else None
            free_at = possible(stored, held, rate, units, now=now)
            reservation, free_at = reserved(free_at, rate, units, now=now, until=until)
            if free_at != stored:
                await _put(connection, name, free_at)
        return reservation

    async def hold_back(self, name: str, *, until: datetime, now: datetime) -> None:
        """See the port."""
        async with self._database.write() as connection:
            if await _locked(connection, name, until) < until:
                await _put(connection, name, until)
            before = await _locked(connection, _hold(name), until)
            if (longer := held_longer(before, until, now=now)) != before:
                await _put(connection, _hold(name), longer)

    async def held(self, name: str) -> datetime | None:
        """See the port."""
        return await self._database.glance(lambda connection: _moment(connection, _hold(name)))


def _hold(name: str) -> str:
    return f"held: {name}"


async def _moment(connection: AsyncConnection, name: str) -> datetime | None:
    found = await connection.execute(select(rate_limits.c.free_at).where(rate_limits.c.name == name))
    return found.scalar_one_or_none()


async def _locked(connection: AsyncConnection, name: str, otherwise: datetime) -> datetime:
    """When the next unit is free; nobody else can change that before the transaction ends."""
    new = insert_for(connection, rate_limits).values(name=name, free_at=otherwise)
    # Writing what is there already locks the row, whether it was there before or not.
    statement = new.on_conflict_do_update(index_elements=["name"], set_={"free_at": rate_limits.c.free_at})
    free_at: datetime = (await connection.execute(statement.returning(rate_limits.c.free_at))).scalar_one()
    return free_at


async def _put(connection: AsyncConnection, name: str, free_at: datetime) -> None:
    await connection.execute(update(rate_limits).where(rate_limits.c.name == name).values(free_at=free_at))
