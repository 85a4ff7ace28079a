"""The queue of a server: its numbers, and what changes it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from kodit.application.serving.plain import plain
from kodit.application.tasks.queue_service import Changed, TaskDetails
from kodit.application.tasks.queue_view import QueueBoard
from kodit.application.tasks.statistics import QueueStatistics
from kodit.domain.errors import PermanentError
from kodit.domain.tasks.claim import Control
from kodit.domain.tasks.run import Run
from kodit.domain.tasks.task_type import AnyTaskType
from kodit.infrastructure.remote.connection import Connection

IDS = 1000
"""How many tasks a server lets be named at once."""


class RemoteQueue:
    """As `QueueService`, as far as operators need it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def details(self, task_id: int) -> TaskDetails:
        """As `QueueService.details`."""
        return await self._connection.get(TaskDetails, "tasks", str(task_id))

    async def ago(self, span: timedelta) -> datetime:
        """As `QueueService.ago`, by the server's clock."""
        return (await RemoteOverview(self._connection).statistics()).at - span

    async def cancel_all(self, run_ids: Iterable[int]) -> Changed:
        """As `QueueService.cancel_all`."""
        done: list[int] = []
        refused: dict[int, PermanentError] = {}
        for run_id in dict.fromkeys(run_ids):
            try:
                await self._connection.send(Run, "POST", "runs", str(run_id), "cancel")
                done.append(run_id)
            except PermanentError as error:
                refused[run_id] = error
        return Changed(done, refused)

    async def retry_all(self, task_ids: Iterable[int]) -> Changed:
        """As `QueueService.retry_all`."""
        return await self._each("retry", task_ids)

    async def discard(self, task_ids: Iterable[int]) -> Changed:
        """As `QueueService.discard`."""
        return await self._each("discard", task_ids)

    async def pause(self, kind: AnyTaskType) -> None:
        """As `QueueService.pause`."""
        await self._connection.send(Control, "POST", "controls", plain(kind), "pause")

    async def resume(self, kind: AnyTaskType) -> None:
        """As `QueueService.resume`."""
        await self._connection.send(Control, "POST", "controls", plain(kind), "resume")

    async def limit(self, kind: AnyTaskType, most: int | None) -> None:
        """As `QueueService.limit`."""
        await self._connection.send(Control, "PUT", "controls", plain(kind), "limit", body={"most": most})

    async def controls(self) -> Sequence[Control]:
        """As `QueueService.controls`."""
        return await self._connection.several(Control, "controls")

    async def _each(self, change: str, task_ids: Iterable[int]) -> Changed:
        ids = list(dict.fromkeys(task_ids))
        parts = [
            await self._connection.send(Changed, "POST", "dead-letters", change, body={"ids": ids[at : at + IDS]})
            for at in range(0, len(ids), IDS)
        ]
        return Changed(
            [one for part in parts for one in part.done],
            {task_id: error for part in parts for task_id, error in part.refused.items()},
            {task_id: about for part in parts for task_id, about in part.about.items()},
            frozenset(kind for part in parts for kind in part.types),
        )


class RemoteOverview:
    """As `QueueOverview`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def statistics(self) -> QueueStatistics:
        """As `QueueOverview.statistics`."""
        return await self._connection.member(QueueStatistics, "queue", "statistics")

    async def board(self, *, limit: int = 20) -> QueueBoard:
        """As `QueueOverview.board`."""
        return await self._connection.get(QueueBoard, "board", limit=limit)
