"""Waiting for runs until they are over."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from kodit.application.reports import RunProgress
from kodit.application.tasks.statistics import QueueStatistics
from kodit.application.unit_of_work import Storage
from kodit.domain.tasks.claim import ANYWHERE
from kodit.domain.tasks.run import LIVE_RUNS
from kodit.domain.tasks.task import LIVE
from kodit.domain.tasks.task_type import FREE_FROM

LOOKS = 10
"""After how many looks at a run it is asked whether anybody still works on it."""
FOLLOW_SECONDS = 0.1
"""How often a run is looked at while somebody waits for it."""

Watcher = Callable[[RunProgress], None]


def is_worked_on(queue: QueueStatistics, place: str = ANYWHERE) -> bool:
    """Whether a worker is alive that carries out what kodit queues, and not the tasks of other programs alone.

    With a `place`, it is one that can carry out the tasks there.
    """
    return any(
        kind < FREE_FROM and place in (ANYWHERE, *worker.places) for worker in queue.workers for kind in worker.types
    )


def place_of(progress: RunProgress) -> str:
    """Where what is left of a run can be carried out: a machine's id, or anywhere."""
    return next((task.place for task in progress.tasks if task.state in LIVE), ANYWHERE)


class FollowedRuns:
    """Follows runs from outside; `watch` is called with the progress at every look.

    Who is `patient` follows a run that waits for another try, too, however long that is.
    """

    def __init__(
        self,
        storage: Storage,
        progress: Callable[[int], Awaitable[RunProgress]],
        watch: Watcher | None,
        *,
        patient: bool = False,
    ) -> None:
        self._storage = storage
        self._progress = progress
        self._watch = watch
        self._patient = patient

    async def after(self, run_id: int, *, served_by: Callable[[], Collection[Any]] | None = None) -> list[int] | None:
        """The run and those that follow it, once they are over; None when they are `served_by` nobody any more."""
        followed = [run_id]
        looks = 0
        while True:
            # Whoever was at it may have been another `kodit index`, which ends with its own run.
            if served_by is not None and looks % LOOKS == 0 and not served_by():
                return None
            looks += 1
            progress = await self._progress(followed[-1])
            if self._watch is not None:
                self._watch(progress)
            if progress.pauses and not self._patient:
                return followed
            if progress.run.state in LIVE_RUNS:
                await asyncio.sleep(FOLLOW_SECONDS)
                continue
            async with self._storage.read() as unit:
                successor = await unit.tasks.live_run(progress.run.dedup_key)
            if successor is None:
                return followed
            followed.append(successor.id)
