"""Claiming as SQL: look what there is, and lease the best of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.claim import Demand, rooms
from kodit.domain.tasks.task import Lease, Task
from kodit.domain.tasks.task_type import AnyTaskType
from kodit.infrastructure.sql.claiming import (
    BEGIN_RUNS,
    MAKE_READY,
    NEXT_DUE,
    claim_statement,
    outlook_statement,
    waiting_statement,
    wanted,
)
from kodit.infrastructure.sql.controls import SqlControls
from kodit.infrastructure.sql.strokes import settle_and_claim
from kodit.infrastructure.sql.tables import progress
from kodit.infrastructure.sql.task_rows import task_of
from kodit.infrastructure.sql.turns import Turn, take_turn

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_Place = tuple[AnyTaskType, str]
"""A type and a place: what one look into the index is for."""


@dataclass(frozen=True, slots=True)
class _Outlook:
    """What there is to be claimed."""

    due: bool
    held_back: bool
    ready: Sequence[_Place]
    aged: Sequence[_Place]


class SqlClaims:
    """The claims on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._controls = SqlControls(connection)
        self._begins_with_them = connection.dialect.name == "postgresql"

    async def claim(self, lease: Lease, demand: Demand, *, now: datetime) -> Sequence[Task]:
        """See TaskRepository."""
        # One at a time, so that order and limits are exact.
        await take_turn(self._connection, Turn.CLAIM)
        if not demand.types:
            return []
        claimed = await settle_and_claim(self._connection, (), lease, demand, now=now)
        return await self._look_and_claim(lease, demand, now) if claimed is None else claimed

    async def awaits(self, demand: Demand, *, now: datetime) -> bool:
        """See TaskRepository."""
        if not demand.types:
            return False
        statement = waiting_statement(len(demand.types), len(demand.places))
        given = wanted(demand.types, demand.places) | {"now": now}
        [(waits,)] = await statement.rows(self._connection, given)
        return bool(waits)

    async def next_due(self, *, after: datetime | None) -> datetime | None:
        """See TaskRepository."""
        [found] = await NEXT_DUE.rows(self._connection, {"after": after or _LONG_AGO})
        return min((moment for moment in found if moment), default=None)

    async def _look_and_claim(self, lease: Lease, demand: Demand, now: datetime) -> Sequence[Task]:
        outlook = await self._outlook(demand, now)
        if outlook.due:
            await self._connection.execute(MAKE_READY, {"now": now})
            # What has just become ready may have been due for long.
            outlook = await self._outlook(demand, now)
        if not outlook.ready:
            return []
        held = await self._controls.all() if outlook.held_back else ()
        limited = any(control.most is not None for control in held)
        room = rooms(demand, held, await self._controls.running() if limited else {})
        given = {"owner": lease.owner, "token": lease.token, "until": lease.until, "now": now}
        claimed: list[Task] = []
        if outlook.aged:
            oldest = given | {"aged_until": demand.aged_until}
            claimed = await self._lease(outlook.aged, room, demand.oldest, oldest, aged=True)
            for task in claimed:
                room[task.type] -= 1
        claimed += await self._lease(outlook.ready, room, demand.limit - len(claimed), given)
        await self._begin(claimed, now)
        return claimed

    async def _outlook(self, demand: Demand, now: datetime) -> _Outlook:
        aged = demand.oldest > 0 and demand.aged_until is not None
        statement = outlook_statement(len(demand.types), len(demand.places), aged=aged)
        given = wanted(demand.types, demand.places) | {"now": now, "aged_until": demand.aged_until}
        [(due, held_back, *found)] = await statement.rows(self._connection, given)
        looks = list(product(demand.types, demand.places))
        ready = [look for look, some in zip(looks, found, strict=False) if some]
        # Where nobody asked for the aged, there is no second half.
        old = [look for look, some in zip(looks, found[len(looks) :], strict=False) if some]
        return _Outlook(due, held_back, ready, old)

    async def _lease(
        self,
        looks: Sequence[_Place],
        room: Mapping[AnyTaskType, int],
        limit: int,
        given: Mapping[str, Any],
        *,
        aged: bool = False,
    ) -> list[Task]:
        open_looks = [(kind, place) for kind, place in looks if room.get(kind, 0) > 0]
        if not open_looks or limit <= 0:
            return []
        kinds = list(dict.fromkeys(kind for kind, _ in open_looks))
        shape = [sum(kind is one for one, _ in open_looks) for kind in kinds]
        statement = claim_statement(shape, limit, aged=aged, begins=self._begins_with_them)
        values: dict[str, Any] = {f"most_{number}": min(room[kind], limit) for number, kind in enumerate(kinds)}
        for number, (kind, place) in enumerate(open_looks):
            values |= {f"type_{number}": kind, f"place_{number}": place}
        claimed = [task_of(row) for row in await statement.rows(self._connection, {**given, **values, "limit": limit})]
        # RETURNING keeps no order.
        if aged:
            return sorted(claimed, key=lambda task: (task.ready_at, task.id))
        return sorted(claimed, key=lambda task: (-task.priority, task.created_at, task.id))

    async def _begin(self, claimed: Sequence[Task], now: datetime) -> None:
        """Let the runs show that they are under way, and forget the progress of earlier attempts."""
        # An attempt that was given back does not count, but it had begun.
        if again := [task.id for task in claimed if task.attempts > 1 or task.started_at != now]:
            await self._connection.execute(delete(progress).where(progress.c.task_id.in_(again)))
        if claimed and not self._begins_with_them:
            await BEGIN_RUNS.once(self._connection, {"ids": sorted({task.run_id for task in claimed}), "now": now})
