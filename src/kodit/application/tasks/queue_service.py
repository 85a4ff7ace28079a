"""Putting work on the queue, and changing what is there."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from kodit.application.tasks.ports import Clock, Wakeups
from kodit.application.tasks.together import Together
from kodit.application.tasks.upkeep import FORGET_WORKERS
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.errors import Conflict, NotFound, PermanentError
from kodit.domain.tasks.claim import ANYWHERE, EVERYTHING, Control
from kodit.domain.tasks.pipeline import Pipeline
from kodit.domain.tasks.policy import Policies, RetryPolicy
from kodit.domain.tasks.ports import TaskRepository
from kodit.domain.tasks.presence import PresentWorker
from kodit.domain.tasks.progress import Step
from kodit.domain.tasks.run import NewRun, Run, plan
from kodit.domain.tasks.task import Task, said
from kodit.domain.tasks.task_type import FREE_FROM, AnyTaskType

AT_ONCE = 200
"""Runs stored in one transaction."""
BATCH = 50
"""Tasks or runs that an operator changes in one transaction: others should not wait for long."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The ids of what was changed, and why the others were not.

    `about` tells of what was changed what it is about: a source's name, or where there is none, its key. `types` are
    those of the tasks that wait for a worker because of it.
    """

    done: Sequence[int]
    refused: Mapping[int, PermanentError]
    about: Mapping[int, str] = field(default_factory=dict)
    types: frozenset[AnyTaskType] = frozenset()


@dataclass(frozen=True, slots=True)
class TaskDetails:
    """A task, its steps so far, and the name of its source if it is about one.

    `policy` is how this program would try it, None for another program's task. `controls` are what holds it back: its
    type's and everything's. `workers` are those that were seen lately, dead or alive.
    """

    task: Task
    steps: Sequence[Step]
    source: str | None
    policy: RetryPolicy | None
    controls: Sequence[Control] = ()
    workers: Sequence[PresentWorker] = ()

    def host_of(self, machine: str) -> str | None:
        """The name of a machine with an id, None where no worker told it lately."""
        return next((worker.host for worker in self.workers if worker.machine == machine), None)


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
        await self.follow()
        return await self._enqueueing.ask(self.planned(pipeline, dedup_key, payload, priority, place))

    async def enqueue_all(self, news: Iterable[NewRun]) -> Sequence[Run]:
        """Store or merge many runs made by `planned`, in one transaction."""
        return await self._store(list(news))

    async def enqueue_in(self, unit: UnitOfWork, new: NewRun) -> Run:
        """Enqueue as part of a bigger transaction; who opened it wakes the workers by `wake` afterwards."""
        [run] = await unit.tasks.enqueue([new])
        return run

    async def follow(self) -> None:
        """Learn what time it is for the database."""
        await self._clock.follow()

    def planned(
        self,
        pipeline: Pipeline,
        dedup_key: str,
        payload: Mapping[str, Any],
        priority: int,
        place: str = ANYWHERE,
    ) -> NewRun:
        """A run of the pipeline, not stored yet; call `follow` before, so that it is dated by the database's time."""
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
        await self._clock.follow()
        async with self._storage.write() as unit:
            run = await unit.tasks.cancel(run_id, now=self._clock.now())
        self._wakeups.announce()
        return run

    async def retry(self, task_id: int) -> Run:
        """Give a dead or cancelled task its attempts back; its followers go on from there.

        Raises NotFound; IllegalMove in any other state; Conflict when a newer run has taken its place.
        """
        await self._clock.follow()
        async with self._storage.write() as unit:
            run = await unit.tasks.retry(task_id, now=self._clock.now())
        self._wakeups.announce()
        return run

    async def cancel_all(self, run_ids: Iterable[int]) -> Changed:
        """Cancel each of these runs that is not over."""

        async def cancel(unit: UnitOfWork, run_id: int) -> Run:
            return await unit.tasks.cancel(run_id, now=self._clock.now())

        async def itself(_: UnitOfWork, run_id: int) -> int:
            return run_id

        return await self._each(run_ids, cancel, itself)

    async def retry_all(self, task_ids: Iterable[int]) -> Changed:
        """Retry each of these tasks that can be."""

        types: set[AnyTaskType] = set()

        async def retry(unit: UnitOfWork, task_id: int) -> Run:
            run = await unit.tasks.retry(task_id, now=self._clock.now())
            types.add((await unit.tasks.get(task_id)).type)
            return run

        return replace(await self._each(task_ids, retry, _run_of), types=frozenset(types))

    async def discard(self, task_ids: Iterable[int]) -> Changed:
        """Remove dead letters, each with the run that it ended, and so with what else died in it."""
        gone: dict[int, Run] = {}

        async def discard(unit: UnitOfWork, task_id: int) -> Run:
            if task_id in gone:
                return gone[task_id]
            run_id = (await unit.tasks.get(task_id)).run_id
            of_run = [task.id for task in await unit.tasks.tasks_of(run_id)]
            run = await unit.tasks.discard(task_id)
            gone.update(dict.fromkeys(of_run, run))
            return run

        return await self._each(task_ids, discard, _run_of)

    async def details(self, task_id: int) -> TaskDetails:
        """A task with all that there is to say about it. Raises NotFound."""
        await self._clock.follow()
        async with self._storage.read() as unit:
            task = await unit.tasks.get(task_id)
            steps = await unit.progress.of_run(task.run_id)
            source = await _source(unit, task)
            controls = [held for held in await unit.tasks.controls() if held.type in (task.type, EVERYTHING)]
            workers = await unit.workers.present(since=self._clock.now() - FORGET_WORKERS)
        mine = [step for step in steps if step.task_id == task_id]
        policy = self._policies.of(task.type) if task.type < FREE_FROM else None
        return TaskDetails(task, mine, source, policy, controls, workers)

    async def ago(self, span: timedelta) -> datetime:
        """The moment that was so long ago, by the clock that all agree on."""
        await self._clock.follow()
        return self._clock.now() - span

    async def pause(self, kind: AnyTaskType) -> None:
        """Let nothing of a type be claimed any more, or nothing at all for EVERYTHING; what runs goes on."""
        await self._hold_back(lambda tasks: tasks.pause(kind, paused=True))

    async def resume(self, kind: AnyTaskType) -> None:
        """Let what was paused be claimed again."""
        await self._hold_back(lambda tasks: tasks.pause(kind, paused=False))

    async def limit(self, kind: AnyTaskType, most: int | None) -> None:
        """Let at most so many tasks of a type run at a time, on all machines together; None for any number."""
        await self._hold_back(lambda tasks: tasks.limit(kind, most))

    async def controls(self) -> Sequence[Control]:
        """What is paused or limited."""
        async with self._storage.read() as unit:
            return await unit.tasks.controls()

    def wake(self) -> None:
        """Tell workers everywhere that there is something to do."""
        self._wakeups.announce()

    async def _each(
        self,
        ids: Iterable[int],
        change: Callable[[UnitOfWork, int], Awaitable[Run]],
        run_of: Callable[[UnitOfWork, int], Awaitable[int]],
    ) -> Changed:
        """Change one after the other, several in one transaction; what cannot be changed keeps nobody back.

        `change` gives the run that the changed is part of, and `run_of` its id beforehand.
        """
        await self._clock.follow()
        done: list[int] = []
        refused: dict[int, PermanentError] = {}
        about: dict[int, str] = {}
        asked = dict.fromkeys(ids)
        waiting = iter(asked)
        while batch := list(islice(waiting, BATCH)):
            async with self._storage.write() as unit:
                runs = {one: await run_of(unit, one) for one in batch}
                # In the order in which everybody locks runs, so that nobody waits in a circle.
                for one in sorted(batch, key=lambda one: (runs[one], one)):
                    try:
                        run = await change(unit, one)
                        about[one] = await _source(unit, run) or run.dedup_key
                    except (NotFound, Conflict) as error:
                        refused[one] = error
            done += [one for one in batch if one not in refused]
            self._wakeups.announce()
        return Changed(done, {one: refused[one] for one in asked if one in refused}, about)

    async def _store(self, news: Sequence[NewRun]) -> Sequence[Run]:
        async def store(unit: UnitOfWork) -> Sequence[Run]:
            return await unit.tasks.enqueue(news)

        runs = await self._storage.transact(store)
        self._wakeups.announce()
        return runs

    async def _hold_back(self, change: Callable[[TaskRepository], Awaitable[None]]) -> None:
        async with self._storage.write() as unit:
            await change(unit.tasks)
        self._wakeups.announce()


async def _run_of(unit: UnitOfWork, task_id: int) -> int:
    """The id of a task's run, 0 where there is none."""
    try:
        return (await unit.tasks.get(task_id)).run_id
    except NotFound:
        return 0


async def _source(unit: UnitOfWork, about: Run | Task) -> str | None:
    """The name of the source that one of kodit's own is about; payloads of other programs may say what they like."""
    index_id = said(about.payload, "index_id")
    if not about.dedup_key.startswith("index:") or not isinstance(index_id, int):
        return None
    try:
        return (await unit.sources.get(index_id)).name
    except NotFound:
        return None
