"""What a worker asks of the queue, and what the queue is told to hold back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from kodit.domain.tasks.policy import Outcome
from kodit.domain.tasks.task import Task
from kodit.domain.tasks.task_type import AnyTaskType, OtherTaskType

ANYWHERE = ""
"""The place of a task that every machine can carry out."""
EVERYTHING = OtherTaskType(0)
"""Stands for all types in a control."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a worker can take: at most `limit` tasks of these types, that can be carried out at one of these places.

    `oldest` of them at most are those that have waited longest, whatever their priority, if they have been ready
    since before `aged_until`: so that no stream of urgent work keeps the rest from ever being done.
    """

    limit: int
    types: tuple[AnyTaskType, ...]
    places: tuple[str, ...] = (ANYWHERE,)
    oldest: int = 0
    aged_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What an operator holds back: a type, or EVERYTHING.

    While `paused`, nothing of it is claimed; what runs goes on. `most` is how many of its tasks may run at a time, on
    all machines together; None for as many as there are slots.
    """

    type: AnyTaskType
    paused: bool = False
    most: int | None = None


def rooms(demand: Demand, controls: Iterable[Control], running: Mapping[int, int]) -> dict[AnyTaskType, int]:
    """How many tasks of each type may be claimed now; a type that is paused or at its limit is left out.

    `running` counts the leased tasks by type.
    """
    held = {control.type: control for control in controls}
    everything = held.get(EVERYTHING)
    if everything is not None and everything.paused:
        return {}
    found = {}
    for kind in demand.types:
        control = held.get(kind, Control(type=kind))
        room = demand.limit if control.most is None else min(demand.limit, control.most - running.get(kind, 0))
        if room > 0 and not control.paused:
            found[kind] = room
    return found


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended: the task as it was claimed, as it shall be, and why."""

    claimed: Task
    settled: Task
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Settlement:
    """What settling did: the tasks that were no longer leased to the worker, and how many others became ready."""

    lost: frozenset[int] = frozenset()
    readied: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Which runs are kept once they are over.

    Those that finished before `finished_until` go, and of the others all but the newest `keep`. Failed ones are dead
    letters: they go only when they are older than `failed_until`.
    """

    finished_until: datetime
    failed_until: datetime
    keep: int
