"""A worker as others see it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentWorker:
    """A worker that said it is there. `machine` is the id of its machine, `slots` how many tasks it runs at a time."""

    owner: str
    machine: str
    host: str
    pid: int
    slots: int
    started_at: datetime
    seen_at: datetime
