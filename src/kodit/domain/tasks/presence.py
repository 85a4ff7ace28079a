"""A worker as others see it."""

from dataclasses import dataclass
from datetime import datetime

from kodit.domain.tasks.task_type import AnyTaskType


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a worker did not see the queue, both ends included."""

    began_at: datetime
    ended_at: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether a moment is in it."""
        return self.began_at <= moment <= self.ended_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentWorker:
    """A worker that said it is there.

    `machine` is the id of its machine, `slots` how many tasks it runs at a time, `types` what it has handlers for,
    `places` those whose tasks it can carry out. Who has not been seen again by `alive_until` is dead or silent.
    """

    owner: str
    machine: str
    host: str
    pid: int
    slots: int
    types: tuple[AnyTaskType, ...]
    places: tuple[str, ...]
    started_at: datetime
    seen_at: datetime
    alive_until: datetime
