"""What the queue needs from the world."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from kodit.domain.tasks.policy import Outcome
from kodit.domain.tasks.run import NewRun, Run
from kodit.domain.tasks.task import Lapsed, Lease, Task


class TaskRepository(Protocol):
    """Where runs and their tasks are kept. Held to tests/contracts/test_task_repository.py.

    Each verb is atomic by itself; inside a unit of work several are atomic together.
    """

    async def enqueue(self, new: NewRun) -> Run:
        """Store a run with its tasks, or merge it into the live run with the same dedup key.

        Merging raises the priority and never lowers it, ends the wait for another try, and lets a run that has
        begun be followed by another.
        """
        ...

    async def claim(self, lease: Lease, *, limit: int, now: datetime) -> Sequence[Task]:
        """Lease ready tasks to one caller only: highest priority first, then the oldest, then the lowest id.

        Scheduled tasks whose moment has come are ready.
        """
        ...

    async def settle(self, claimed: Task, settled: Task, outcome: Outcome, *, now: datetime) -> Run:
        """Store an attempt's end, move the followers and the run, and start the run that was asked for meanwhile.

        Raises LeaseLost, and changes nothing, when the lease of `claimed` is no longer the stored one.
        """
        ...

    async def extend(self, token: str, *, until: datetime, now: datetime) -> Sequence[Task]:
        """Prolong every unexpired lease with this token; what is returned is still held."""
        ...

    async def rescue(self, *, now: datetime, gone: Collection[str] = ()) -> Lapsed:
        """Take tasks from workers that let their lease run out, or that are known to be `gone`.

        They are ready again, or dead when their attempts are used up.
        """
        ...

    async def cancel(self, run_id: int, *, now: datetime) -> Run:
        """Cancel what waits and ask what runs to stop. Raises NotFound; Conflict when the run is over."""
        ...

    async def retry(self, task_id: int, *, now: datetime) -> Run:
        """Give a dead or cancelled task its attempts back, and let its followers wait for it again.

        Raises NotFound; IllegalMove when it is in another state; Conflict when a newer run has taken its place.
        """
        ...

    async def get(self, task_id: int) -> Task:
        """Raises NotFound."""
        ...

    async def run(self, run_id: int) -> Run:
        """Raises NotFound."""
        ...

    async def tasks_of(self, run_id: int) -> Sequence[Task]:
        """The tasks of one run, by id."""
        ...

    async def live_run(self, dedup_key: str) -> Run | None:
        """The run with this key that is not over yet."""
        ...

    async def forget(self, dedup_key: str) -> None:
        """Remove every run with this key, and its tasks. Raises Conflict while one of them is running."""
        ...

    async def owners(self) -> frozenset[str]:
        """Who holds leases."""
        ...

    async def next_due(self) -> datetime | None:
        """The earliest moment at which a scheduled task becomes ready or a lease runs out."""
        ...
