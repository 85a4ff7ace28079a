"""What an operator sees of the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kodit.application.tasks.statistics import QueueStatistics
from kodit.application.views import TaskRow
from kodit.domain.tasks.progress import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTask:
    """A task in a worker's hands.

    `begun_at` is when the attempt under way began, None while that is not known. `step` is what it last reported.
    """

    task: TaskRow
    begun_at: datetime | None
    step: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueBoard:
    """The queue at one moment: its numbers, and the tasks that somebody may want to look at.

    `running` by how long they run, `retries` by when they are due, `dead` by when they died, the last one first.
    """

    statistics: QueueStatistics
    running: Sequence[RunningTask]
    retries: Sequence[TaskRow]
    dead: Sequence[TaskRow]


class QueueView(Protocol):
    """The queue seen from outside. Held to tests/contracts/test_queue_view.py.

    What it costs grows with what is live, never with what is over. Both raise Locked or DatabaseUnusable.
    """

    async def statistics(self, *, now: datetime) -> QueueStatistics:
        """The queue in numbers."""
        ...

    async def board(self, *, now: datetime, limit: int = 20) -> QueueBoard:
        """The queue in numbers, and at most `limit` tasks of each list."""
        ...
