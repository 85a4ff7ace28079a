"""What the queue needs from the world."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from kodit.domain.tasks.claim import Control, Demand, Ending, Retention, Settlement
from kodit.domain.tasks.presence import Gap, PresentWorker
from kodit.domain.tasks.run import NewRun, Run
from kodit.domain.tasks.task import Lapsed, Lease, Task
from kodit.domain.tasks.task_type import AnyTaskType


class TaskRepository(Protocol):
    """Where runs and their tasks are kept. Held to tests/contracts/test_task_repository.py.

    Each verb is atomic by itself; inside a unit of work several are atomic together.
    """

    async def enqueue(self, news: Sequence[NewRun]) -> Sequence[Run]:
        """Store runs with their tasks, each merged into the live run with the same dedup key if there is one.

        Merging raises the priority and never lowers it, ends the wait for another try, and lets a run that has
        begun be followed by another. Returns the runs in the order given.
        """
        ...

    async def claim(self, lease: Lease, demand: Demand, *, now: datetime) -> Sequence[Task]:
        """Lease ready tasks to one caller only: highest priority first, then the oldest, then the lowest id.

        Scheduled tasks whose moment has come are ready. What is paused or at its limit stays. What the demand wants
        of the longest waiting comes first.
        """
        ...

    async def awaits(self, demand: Demand, *, now: datetime) -> bool:
        """Whether there may be something to claim, told without holding anybody up. What is paused may count."""
        ...

    async def settle(self, endings: Sequence[Ending], *, now: datetime) -> Settlement:
        """Store how attempts ended, move the followers and the runs, and start the runs asked for meanwhile.

        An ending whose lease is no longer the stored one changes nothing, and is reported as lost.
        """
        ...

    async def exchange(
        self, endings: Sequence[Ending], lease: Lease, demand: Demand, *, now: datetime
    ) -> tuple[Settlement, Sequence[Task]]:
        """Settle these, and then claim unless the limit is 0: what a worker does in each of its turns.

        Nothing comes before it in its unit of work. Of what others make ready at the same moment it may see nothing.
        """
        ...

    async def hold(self, task: Task) -> None:
        """Make sure that the task is leased as it was when claimed, and stays so until the unit of work ends.

        Raises LeaseLost. A handler's writes go through it, so that one whose lease has passed on can write nothing.
        """
        ...

    async def held(self, tokens: Collection[str]) -> Sequence[Task]:
        """The tasks that are leased with one of these tokens, by id."""
        ...

    async def extend(self, claimed: Collection[Task], *, until: datetime) -> Sequence[Task]:
        """Prolong the leases of these tasks, each as it was claimed, and of no others of the same claim.

        One that ran out is good again as long as nobody has taken the task. What is returned is still held, by id.
        """
        ...

    async def rescue(self, *, now: datetime, gone: Collection[str] = (), spared: Gap | None = None) -> Lapsed:
        """Take tasks from workers that let their lease run out, or that are known to be `gone`.

        They are ready again, or dead when their attempts are used up. A lease that ran out in the gap that is `spared`
        counts as none that did, unless its worker is gone.
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

    async def discard(self, task_id: int) -> Run:
        """Remove a dead letter, with the run that it ended. Raises NotFound; Conflict when its run did not fail."""
        ...

    async def prune(self, retention: Retention, *, most: int) -> int:
        """Remove at most `most` runs that are over and need not be kept; returns how many."""
        ...

    async def pause(self, kind: AnyTaskType, *, paused: bool) -> None:
        """Hold a type or EVERYTHING back, or let it go on; a limit stays as it is, whoever changes it meanwhile."""
        ...

    async def limit(self, kind: AnyTaskType, most: int | None) -> None:
        """Let at most so many tasks of a type run at a time, None for any number; what is paused stays so."""
        ...

    async def controls(self) -> Sequence[Control]:
        """What is held back, by type; a type that is not named is not held back."""
        ...

    async def get(self, task_id: int) -> Task:
        """Raises NotFound."""
        ...

    async def run(self, run_id: int) -> Run:
        """Raises NotFound."""
        ...

    async def over(self, run_ids: Collection[int]) -> Sequence[Run]:
        """Those of these runs that are over, by id."""
        ...

    async def missing(self, run_ids: Collection[int]) -> Collection[int]:
        """Those of these ids that are no run's, or no longer."""
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

    async def next_due(self, *, after: datetime | None = None) -> datetime | None:
        """The earliest moment, of those after that one, at which a scheduled task becomes ready or a lease runs out."""
        ...


class WorkerRepository(Protocol):
    """Which workers there are, on all machines. Held to tests/contracts/test_worker_repository.py."""

    async def seen(self, worker: PresentWorker) -> None:
        """Add a worker, or note that it is still there."""
        ...

    async def left(self, owner: str) -> None:
        """Remove a worker that ended by itself."""
        ...

    async def present(self, *, since: datetime) -> Sequence[PresentWorker]:
        """The workers seen since a moment, the longest at work first."""
        ...

    async def prune(self, *, before: datetime) -> None:
        """Remove the workers that were last seen before a moment."""
        ...
