"""Lists of a server's queue."""

from collections.abc import Collection, Sequence

from kodit.application.views import DeadFilter, DeadLetter, TaskRow
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import AnyTaskType
from kodit.infrastructure.remote.connection import Connection


class RemoteViews:
    """As `Views`, as far as operators need it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tasks(
        self,
        *,
        states: Collection[TaskState] = (),
        kind: AnyTaskType | None = None,
        source: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[TaskRow]:
        """As `Views.tasks`."""
        return await self._connection.items(
            TaskRow,
            "tasks",
            state=tuple(states),
            type=kind and kind.name,
            source=source,
            before=before,
            limit=limit,
        )

    async def dead(self, which: DeadFilter, *, limit: int | None = 50) -> Sequence[DeadLetter]:
        """As `Views.dead`; without a limit, all of them."""
        return await self._connection.items(
            DeadLetter,
            "dead-letters",
            type=which.type and which.type.name,
            source=which.source,
            since=which.earliest_at and which.earliest_at.isoformat(),
            limit=limit,
        )

    async def dead_ids(self, which: DeadFilter) -> Sequence[int]:
        """As `Views.dead_ids`."""
        return [letter.id for letter in reversed(await self.dead(which, limit=None))]
