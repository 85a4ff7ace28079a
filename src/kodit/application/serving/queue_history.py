"""How the queue was over the last hour, as a server saw it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog

from kodit.application.tasks.statistics import QueueStatistics
from kodit.domain.errors import KoditError
from kodit.domain.tasks.task import TaskState

EVERY = 5.0
"""Seconds between two looks."""
KEPT = 720
"""Looks remembered: an hour of them, some 100 kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSample:
    """The queue at one moment.

    `depth` are the tasks that wait for a worker, `running` those in a worker's hands, `dead` the dead letters.
    `per_minute` is how many were finished within the minute before, `error_rate` the share of attempts that failed
    within the hour before, from 0 to 1.
    """

    at: datetime
    depth: int
    running: int
    dead: int
    per_minute: float
    error_rate: float


class QueueHistory:
    """Looks at the queue every `EVERY` seconds for as long as a server runs, and remembers the last hour.

    It lives in one process and is lost with it: what must be known for longer is read from the metrics.
    """

    def __init__(self, look: Callable[[], Awaitable[QueueStatistics]], *, every: float = EVERY) -> None:
        self._look = look
        self._every = every
        self._samples: deque[QueueSample] = deque(maxlen=KEPT)
        self._stop = asyncio.Event()

    @property
    def samples(self) -> Sequence[QueueSample]:
        """What was seen, the oldest first."""
        return tuple(self._samples)

    async def run(self) -> None:
        """Look until `stop`. A look that fails is left out."""
        while not self._stop.is_set():
            try:
                self.add(await self._look())
            except KoditError as error:
                structlog.get_logger(__name__).debug("the queue could not be looked at", reason=str(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), self._every)

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    async def abandon(self) -> None:
        """Look no more."""
        self.stop()

    def add(self, queue: QueueStatistics) -> None:
        """Remember how the queue is."""
        states = queue.by_state
        self._samples.append(
            QueueSample(
                at=queue.at,
                depth=queue.depth,
                running=states.get(TaskState.RUNNING, 0),
                dead=states.get(TaskState.DEAD, 0),
                per_minute=queue.per_minute[0],
                error_rate=queue.error_rate,
            )
        )
