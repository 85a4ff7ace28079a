"""When sources are due, as SQL."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.errors import NotFound
from kodit.domain.sources.schedule import Schedule
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.rows import to_domain, to_row
from kodit.infrastructure.sql.tables import schedules


class SqlScheduleRepository:
    """Implements ScheduleRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, index_id: int) -> Schedule:
        """See the port."""
        found = await self._connection.execute(select(schedules).where(schedules.c.index_id == index_id))
        row = found.one_or_none()
        return Schedule(index_id=index_id) if row is None else to_domain(Schedule, row)

    async def all(self) -> Mapping[int, Schedule]:
        """See the port."""
        found = await self._connection.execute(select(schedules))
        return {row.index_id: to_domain(Schedule, row) for row in found}

    async def move(self, before: Schedule, after: Schedule) -> bool:
        """See the port."""
        held, changed = to_row(before), to_row(after)
        del changed["index_id"]
        statement = update(schedules).where(*(_still(name, held[name]) for name in held)).values(changed)
        if before == Schedule(index_id=before.index_id):
            # Nothing may be stored, or exactly this.
            new = insert_for(self._connection, schedules).values(to_row(after))
            statement = new.on_conflict_do_update(
                index_elements=["index_id"], set_=changed, where=statement.whereclause
            )
        try:
            moved = await self._connection.execute(statement.returning(schedules.c.index_id))
        except IntegrityError as error:
            raise NotFound(f"there is no source {before.index_id}", remedy="list them: kodit sources") from error
        return moved.one_or_none() is not None


def _still(name: str, value: object) -> ColumnElement[bool]:
    column: ColumnElement[object] = schedules.c[name]
    return column.is_not_distinct_from(value)
