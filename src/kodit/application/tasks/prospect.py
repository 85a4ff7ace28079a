"""What the queue has for one worker: whether claiming is worth it, what it asks for, and how long it may rest."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from kodit.application.tasks.ports import Clock
from kodit.application.tasks.terms import Terms
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.tasks.claim import Demand, Ending
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import AnyTaskType

SHARE = 4
"""Of so many tasks that are claimed, one is the one that waits longest, once it has aged."""
SHORTEST_REST = 0.01
"""Seconds that a worker rests at least, so that a clock that differs a little from the server's does not spin it."""


class Prospect:
    """Remembers between two looks when the queue needs the next one."""

    def __init__(self, *, storage: Storage, clock: Clock, terms: Terms, types: tuple[AnyTaskType, ...]) -> None:
        self._storage = storage
        self._clock = clock
        self._terms = terms
        self._types = types
        self._claimed = 0
        self._told = False
        self._trusts = True
        self._due: datetime | None = None

    def heard(self, *, told: bool) -> None:
        """The worker was woken; `told` that there are tasks."""
        self._told = told

    async def finds(self, free: int) -> bool:
        """Whether claiming for so many slots is worth a transaction that writes. Raises TransientError.

        What was told is believed without a look, as long as there was something to claim the last time.
        """
        if self._told and self._trusts:
            return True
        now = self._clock.now()
        demand = self.demand(free, now)

        async def look(unit: UnitOfWork) -> tuple[datetime | None, bool]:
            # What is due already and not for us is another program's affair.
            return await unit.tasks.next_due(after=now), await unit.tasks.awaits(demand, now=now)

        due, awaits = await self._storage.glance(look)
        # A moment that came since the last look is still to be heeded.
        if self._due is None or self._due > now:
            self._due = due
        return awaits

    def demand(self, free: int, now: datetime) -> Demand:
        """What to claim for so many slots."""
        aged = self._terms.ageing
        # Counted over all claims, so that a worker with one slot keeps the share too.
        oldest = (self._claimed + free) // SHARE - self._claimed // SHARE
        return Demand(
            limit=free,
            types=self._types,
            places=self._terms.places,
            oldest=oldest if aged is not None else 0,
            aged_until=now - aged if aged is not None else None,
        )

    def claimed(self, tasks: int, *, of: int) -> None:
        """So many were, `of` as many as there were slots for.

        Of several idle workers that are told of one task, those who come too late look first the next time.
        """
        if of <= 0:
            return
        self._claimed += tasks
        self._trusts = tasks > 0 or (self._trusts and not self._told)
        self._told = False

    def settled(self, endings: Iterable[Ending]) -> None:
        """So they were: what is to be tried again has a moment that no look has seen."""
        known = {ending.settled.ready_at for ending in endings if ending.settled.state is TaskState.SCHEDULED}
        self._due = min(known | {self._due} if self._due else known, default=None)

    def is_past(self, now: datetime) -> bool:
        """Whether the moment has come at which a task is due or a lease runs out."""
        return self._due is not None and self._due < now

    def forget(self) -> None:
        """Nothing is known of such a moment until the next look."""
        self._due = None

    def patience(self, longest: timedelta) -> float:
        """Seconds until the queue needs a look, unless something wakes the worker."""
        if self._due is None:
            return longest.total_seconds()
        return min(max((self._due - self._clock.now()).total_seconds(), SHORTEST_REST), longest.total_seconds())
