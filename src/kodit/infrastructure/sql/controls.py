"""What is paused or limited, as SQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.claim import Control
from kodit.domain.tasks.task_type import AnyTaskType, task_type
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.tables import controls, is_running, tasks

_ALL = select(controls.c.type, controls.c.paused, controls.c.most).order_by(controls.c.type)
_RUNNING = select(tasks.c.type, func.count()).where(is_running).group_by(tasks.c.type)
_UNHOLD = delete(controls).where(
    controls.c.type == bindparam("kind"), controls.c.paused.is_(False), controls.c.most.is_(None)
)


class SqlControls:
    """The controls on one connection; what is not held back has no row."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> Sequence[Control]:
        """What is held back, by type."""
        found = await self._connection.execute(_ALL)
        return [Control(type=task_type(row.type), paused=row.paused, most=row.most) for row in found]

    async def change(self, kind: AnyTaskType, **changes: Any) -> None:
        """Replace some of what is said of a type; the rest stays, though another changes it at this moment."""
        row = {"type": int(kind), "paused": False, "most": None, **changes}
        statement = insert_for(self._connection, controls).values(row)
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["type"], set_=changes))
        await self._connection.execute(_UNHOLD, {"kind": int(kind)})

    async def running(self) -> Mapping[int, int]:
        """How many tasks of each type are leased: counted, because a counter that is kept can go wrong."""
        return {row[0]: row[1] for row in await self._connection.execute(_RUNNING)}
