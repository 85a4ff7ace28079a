"""Putting work on the queue, and changing what is there."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from kodit.application.tasks.ports import Wakeups
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.tasks.pipeline import Pipeline
from kodit.domain.tasks.policy import RetryPolicy
from kodit.domain.tasks.run import Run, plan
from kodit.domain.tasks.task_type import QueuePriority


class QueueService:
    """Enqueues runs, cancels and retries them, and wakes the workers."""

    def __init__(self, *, storage: Storage, wakeups: Wakeups, policy: RetryPolicy, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._wakeups = wakeups
        self._policy = policy
        self._now = now

    async def enqueue(
        self, pipeline: Pipeline, *, dedup_key: str, payload: Mapping[str, Any], priority: QueuePriority
    ) -> Run:
        """Store a run of the pipeline, or merge it into the live one with this key; wakes the workers."""
        async with self._storage.write() as unit:
            run = await self.enqueue_in(unit, pipeline, dedup_key=dedup_key, payload=payload, priority=priority)
        self._wakeups.notify()
        return run

    async def enqueue_in(
        self,
        unit: UnitOfWork,
        pipeline: Pipeline,
        *,
        dedup_key: str,
        payload: Mapping[str, Any],
        priority: QueuePriority,
    ) -> Run:
        """Enqueue as part of a bigger transaction; who opened it wakes the workers by `wake`."""
        new = plan(
            pipeline,
            dedup_key=dedup_key,
            payload=payload,
            priority=priority,
            max_attempts=self._policy.attempts,
            now=self._now(),
        )
        return await unit.tasks.enqueue(new)

    async def cancel(self, run_id: int) -> Run:
        """Cancel what waits of a run and ask its running tasks to stop."""
        async with self._storage.write() as unit:
            run = await unit.tasks.cancel(run_id, now=self._now())
        self._wakeups.notify()
        return run

    async def retry(self, task_id: int) -> Run:
        """Give a dead or cancelled task its attempts back."""
        async with self._storage.write() as unit:
            run = await unit.tasks.retry(task_id, now=self._now())
        self._wakeups.notify()
        return run

    def wake(self) -> None:
        """Tell this process's workers to look at the queue."""
        self._wakeups.notify()
