"""The tasks that a worker has in hand."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kodit.application.tasks.executor import unforeseen
from kodit.domain.tasks.policy import Cancelled, Outcome, Released
from kodit.domain.tasks.task import Task, said
from kodit.domain.tasks.task_type import FREE_FROM


@dataclass(slots=True)
class Attempt:
    """One task in hand, since it was claimed."""

    task: Task
    begun: float
    """When it was claimed, in seconds of the event loop's clock, which stands still while the machine sleeps."""
    job: asyncio.Task[Outcome | None] = field(init=False)
    stop_as: Outcome | None = None
    """What to settle as when the job is cancelled; None when the lease is lost and nothing may be settled."""

    def stop(self, outcome: Outcome | None) -> None:
        """Cancel the job, once: it may take its time to clean up."""
        self.stop_as = outcome
        if not self.job.cancelling():
            self.job.cancel()

    def outcome(self) -> Outcome | None:
        """What the job, which is over, came to; None when nothing may be settled."""
        if self.job.cancelled():
            return self.stop_as
        error = self.job.exception()
        if error is None:
            return self.job.result()
        return unforeseen(error, self.task) if isinstance(error, Exception) else None


Carrying = Callable[[Attempt], Coroutine[Any, Any, Outcome | None]]
"""Carries out an attempt."""


class InHand:
    """Attempts by their task's id. It may be read from another thread, and is changed in the event loop alone."""

    def __init__(self) -> None:
        self._attempts: dict[int, Attempt] = {}

    def __len__(self) -> int:
        return len(self._attempts)

    def begin(
        self,
        task: Task,
        work: Carrying,
        over: Callable[[Attempt], None],
    ) -> None:
        """Carry out a task in an asyncio task of its own; `over` is called when it is no longer in hand.

        An earlier attempt at it that is still in hand has lost its lease, as this claim shows: it is stopped, and the
        new one begins when it has ended.
        """
        attempt = Attempt(task, asyncio.get_running_loop().time())
        earlier = self._attempts.get(task.id)
        self._attempts[task.id] = attempt
        if earlier is None:
            attempt.job = asyncio.create_task(work(attempt))
        else:
            earlier.stop(None)
            attempt.job = asyncio.create_task(_after(earlier, attempt, work))

        # Not a part of the work itself, which never begins when it is cancelled at once.
        def end(_: object) -> None:
            if self._attempts.get(task.id) is attempt:
                del self._attempts[task.id]
            over(attempt)

        attempt.job.add_done_callback(end)

    def now(self) -> Mapping[int, Attempt]:
        """What is in hand at this moment; what is begun later is not part of it."""
        return dict(self._attempts)

    def heed(self, asked: Mapping[int, Attempt], held: Sequence[Task]) -> None:
        """Stop those of the `asked` that were cancelled, or that are not among the `held` and so no longer ours."""
        stored = {task.id: task for task in held}
        for task_id, attempt in asked.items():
            task = stored.get(task_id)
            if (task is None or task.cancel_requested) and self._attempts.get(task_id) is attempt:
                attempt.stop(None if task is None else Cancelled())

    async def release(self) -> None:
        """Stop everything, to be given back unharmed."""
        attempts = list(self._attempts.values())
        for attempt in attempts:
            attempt.stop(Released())
        await asyncio.gather(*(attempt.job for attempt in attempts), return_exceptions=True)


async def _after(earlier: Attempt, attempt: Attempt, work: Carrying) -> Outcome | None:
    await asyncio.wait({earlier.job})
    return await work(attempt)


def tokens(attempts: Iterable[Attempt]) -> frozenset[str]:
    """The leases of attempts."""
    return frozenset(attempt.task.lease_token for attempt in attempts if attempt.task.lease_token)


def names(task: Task) -> dict[str, Any]:
    """What every log line about a task says. Of other programs' tasks the key is told, for what they are about."""
    about = {"task_id": task.id, "run_id": task.run_id, "type": task.type.name, "attempt": task.attempts}
    if task.type < FREE_FROM:
        return about | {name: said(task.payload, name) for name in ("index_id", "source")}
    return about | {"key": task.dedup_key}
