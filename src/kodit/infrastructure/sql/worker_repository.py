"""The workers that are there, as SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from kodit.domain.tasks.presence import PresentWorker
from kodit.infrastructure.sql.insertion import insert_for
from kodit.infrastructure.sql.rows import to_domain, to_row
from kodit.infrastructure.sql.tables import workers


class SqlWorkerRepository:
    """Implements WorkerRepository on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def seen(self, worker: PresentWorker) -> None:
        """See the port."""
        statement = insert_for(self._connection, workers).values(to_row(worker))
        seen = {"seen_at": worker.seen_at, "alive_until": worker.alive_until}
        again = statement.on_conflict_do_update(index_elements=["owner"], set_=seen)
        await self._connection.execute(again)

    async def left(self, owner: str) -> None:
        """See the port."""
        await self._connection.execute(delete(workers).where(workers.c.owner == owner))

    async def present(self, *, since: datetime) -> Sequence[PresentWorker]:
        """See the port."""
        statement = select(workers).where(workers.c.seen_at >= since).order_by(workers.c.started_at, workers.c.owner)
        return [to_domain(PresentWorker, row) for row in await self._connection.execute(statement)]

    async def prune(self, *, before: datetime) -> None:
        """See the port."""
        await self._connection.execute(delete(workers).where(workers.c.seen_at < before))
