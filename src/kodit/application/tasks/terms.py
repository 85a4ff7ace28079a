"""How a worker works."""

from dataclasses import dataclass, field
from datetime import timedelta

from kodit.application.tasks.upkeep import Keeping
from kodit.domain.tasks.claim import ANYWHERE

LEASE = timedelta(seconds=60)
"""How long a silent worker keeps its tasks. Dead workers of the same machine are found sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a worker works: `slots` tasks at a time, each leased for `lease` and for longer while it runs.

    A task that has been ready for longer than `ageing` has aged; None for never. `places` are those whose tasks it
    can carry out.
    """

    slots: int = 3
    lease: timedelta = LEASE
    ageing: timedelta | None = timedelta(minutes=10)
    places: tuple[str, ...] = (ANYWHERE,)
    keeping: Keeping = field(default_factory=Keeping)
