"""Putting work on the queue, and changing what is there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kodit.application.tasks.ports import Clock, Wakeups
from kodit.application.tasks.together import Together
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.errors import Conflict, NotFound
from kodit.domain.tasks.claim import ANYWHERE, Control
from kodit.domain.tasks.pipeline import Pipeline
from kodit.domain.tasks.policy import Policies
from kodit.domain.tasks.run import NewRun, Run, plan
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import AnyTaskType

AT_ONCE = 200
"""Runs stored in one transaction."""


class QueueService:
    """Enqueues runs, changes what is on the queue, and wakes the workers.

    Runs that are enqueued at the same time are stored together. With `finish_first`, runs that were begun are brought
    to their end before others are begun: see `plan`.
    """

    def __init__(
        self, *, storage: Storage, wakeups: Wakeups, policies: Policies, clock: Clock, finish_first: bool = False
    ) -> None:
        self._storage = storage
        self._wakeups = wakeups
        self._policies = policies
        self._clock = clock
        self._finish_first = finish_first
        self._enqueueing = Together(self._store, most=AT_ONCE)

    async def enqueue(
        self,
        pipeline: Pipeline,
        *,
        dedup_key: str,
        payload: Mapping[str, Any],
        priority: int,
        place: str = ANYWHERE,
    ) -> Run:
        """Store a run of the pipeline, or merge it into the live one with this key; wakes the workers."""
        await self._clock.follow()
        return await self._enqueueing.ask(self.planned(pipeline, dedup_key, payload, priority, place))

    async def enqueue_all(self, news: Iterable[NewRun]) -> Sequence[Run]:
        """Store or merge many runs made by `planned`, in one transaction."""
        return await self._store(list(news))

    async def enqueue_in(self, unit: UnitOfWork, new: NewRun) -> Run:
        """Enqueue as part of a bigger transaction; who opened it wakes the workers by `wake` afterwards."""
        [run] = await unit.tasks.enqueue([new])
        return run

    def planned(
        self,
        pipeline: Pipeline,
        dedup_key: str,
        payload: Mapping[str, Any],
        priority: int,
        place: str = ANYWHERE,
    ) -> NewRun:
        """A run of the pipeline, not stored yet."""
        return plan(
            pipeline,
            dedup_key=dedup_key,
            payload=payload,
            priority=priority,
            policies=self._policies,
            place=place,
            finish_first=self._finish_first,
            now=self._clock.now(),
        )

    async def cancel(self, run_id: int) -> Run:
        """Cancel what waits of a run and ask its running tasks to stop. Raises NotFound, Conflict when it is over."""
        async with self._storage.write() as unit:
            run = await unit.tasks.cancel(run_id, now=self._clock.now())
        self._wakeups.announce()
        return run

    async def retry(self, task_id: int) -> Run:
        """Give a dead or cancelled task its attempts back; its followers go on from there.

        Raises NotFound; IllegalMove in any other state; Conflict when a newer run has taken its place.
        """
        async with self._storage.write() as unit:
            run = await unit.tasks.retry(task_id, now=self._clock.now())
        self._wakeups.announce()
        return run

    async def retry_all(self, task_ids: Iterable[int]) -> Sequence[int]:
        """Retry each of these that can be; gives their ids."""
        done = []
        for task_id in task_ids:
            async with self._storage.write() as unit:
                try:
                    await unit.tasks.retry(task_id, now=self._clock.now())
                except (NotFound, Conflict):
                    # Somebody else was faster.
                    continue
            done.append(task_id)
        self._wakeups.announce()
        return done

    async def discard(self, task_ids: Iterable[int]) -> Sequence[int]:
        """Remove dead letters, each with the run that it ended; gives the ids of those that were there."""
        done = []
        for task_id in task_ids:
            async with self._storage.write() as unit:
                try:
                    await unit.tasks.discard(task_id)
                except (NotFound, Conflict):
                    continue
            done.append(task_id)
        return done

    async def task_is_dead(self, task_id: int) -> bool:
        """Whether a task is a dead letter. Raises NotFound."""
        async with self._storage.read() as unit:
            return (await unit.tasks.get(task_id)).state is TaskState.DEAD

    async def pause(self, kind: AnyTaskType) -> None:
        """Let nothing of a type be claimed any more, or nothing at all for EVERYTHING; what runs goes on."""
        await self._change(kind, paused=True)

    async def resume(self, kind: AnyTaskType) -> None:
        """Let what was paused be claimed again."""
        await self._change(kind, paused=False)

    async def limit(self, kind: AnyTaskType, most: int | None) -> None:
        """Let at most so many tasks of a type run at a time, on all machines together; None for any number."""
        await self._change(kind, most=most)

    async def controls(self) -> Sequence[Control]:
        """What is paused or limited."""
        async with self._storage.read() as unit:
            return await unit.tasks.controls()

    def wake(self) -> None:
        """Tell workers everywhere that there is something to do."""
        self._wakeups.announce()

    async def _store(self, news: Sequence[NewRun]) -> Sequence[Run]:
        async with self._storage.write() as unit:
            runs = await unit.tasks.enqueue(news)
        self._wakeups.announce()
        return runs

    async def _change(self, kind: AnyTaskType, **changes: Any) -> None:
        async with self._storage.write() as unit:
            held = {control.type: control for control in await unit.tasks.controls()}
            before = held.get(kind, Control(type=kind))
            await unit.tasks.control(Control(**{"type": kind, "paused": before.paused, "most": before.most, **changes}))
        self._wakeups.announce()
