"""What an operator's changes promise on every database, many at a time."""

from dataclasses import replace

import pytest
from indexed_nouns import a_source
from queue_rows import a_worker
from queue_steps import CODE_EMBEDDINGS, EXTRACT, HOUR, NOON, SINGLE, SYNC, claim, enqueue, new, settle

from kodit.application.tasks.queue_service import BATCH, QueueService
from kodit.domain.errors import Conflict, IllegalMove, NotFound
from kodit.domain.tasks.claim import EVERYTHING, Control
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Failed, Policies, RetryPolicy
from kodit.domain.tasks.presence import PresentWorker
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import OtherTaskType
from kodit.infrastructure.memory.wakeups import MemoryWakeups

FORK = Pipeline("fork", Phase(SYNC), Phase(EXTRACT))


class Noon:
    """A clock that stands still."""

    def now(self):
        return NOON

    async def follow(self):
        pass


@pytest.fixture
def service(storage):
    return QueueService(storage=storage, wakeups=MemoryWakeups(), policies=Policies(), clock=Noon())


async def dead(storage, number, *, pipeline=SINGLE):
    """The ids of the tasks of so many runs, all of which died."""
    async with storage.write() as unit:
        for one in range(number):
            await enqueue(unit.tasks, new(str(one), pipeline=pipeline))
        claimed = await claim(unit.tasks, limit=999)
        for task in claimed:
            await settle(unit.tasks, task, Failed("broken"))
    return sorted(task.id for task in claimed)


async def test_many_are_retried_and_what_cannot_be_says_why(storage, service):
    ids = await dead(storage, BATCH + 5)
    await service.retry(ids[3])

    changed = await service.retry_all([*ids, 9_999, ids[0]])

    assert changed.done == [one for one in ids if one != ids[3]]
    assert {one: type(error) for one, error in changed.refused.items()} == {ids[3]: IllegalMove, 9_999: NotFound}
    async with storage.read() as unit:
        assert {(await unit.tasks.get(one)).state for one in ids} == {TaskState.READY}


async def test_what_died_together_is_discarded_together(storage, service):
    ids = await dead(storage, 2, pipeline=FORK)

    changed = await service.discard([ids[0], ids[1], 9_999])

    assert changed.done == ids[:2]
    assert {one: type(error) for one, error in changed.refused.items()} == {9_999: NotFound}
    async with storage.read() as unit:
        assert {(await unit.tasks.get(one)).state for one in ids[2:]} == {TaskState.DEAD}
        with pytest.raises(NotFound):
            await unit.tasks.get(ids[1])


async def test_what_is_no_dead_letter_is_not_discarded(storage, service):
    [task_id] = await dead(storage, 1)
    await service.retry(task_id)

    changed = await service.discard([task_id])

    assert (changed.done, type(changed.refused[task_id])) == ([], Conflict)


async def test_runs_are_cancelled_once(storage, service):
    async with storage.write() as unit:
        runs = [(await enqueue(unit.tasks, new(key))).id for key in "ab"]

    assert (await service.cancel_all(runs)).done == runs
    again = await service.cancel_all([*runs, 404])
    assert (again.done, [type(error) for error in again.refused.values()]) == ([], [Conflict, Conflict, NotFound])
    async with storage.read() as unit:
        assert {(await unit.tasks.run(one)).state for one in runs} == {RunState.CANCELLED}


async def test_a_task_is_told_with_its_policy_and_without_a_source_that_is_gone(storage, service):
    [task_id] = await dead(storage, 1)

    details = await service.details(task_id)

    assert (details.task.id, details.source, details.steps, details.policy) == (task_id, None, [], RetryPolicy())
    assert (details.controls, details.workers) == ([], [])
    with pytest.raises(NotFound):
        await service.details(9_999)


async def test_a_task_is_told_with_what_the_database_holds_back_and_the_name_of_its_machine(storage, service):
    async with storage.write() as unit:
        run = await enqueue(unit.tasks, new("bound", place="attic"))
        await unit.workers.seen(PresentWorker(**a_worker("attic-1-a", machine="attic", host="loft")))
        [task] = await unit.tasks.tasks_of(run.id)
    await service.limit(SYNC, 2)
    await service.limit(EXTRACT, 3)
    await service.pause(EVERYTHING)

    details = await service.details(task.id)

    assert details.controls == [Control(type=EVERYTHING, paused=True), Control(type=SYNC, most=2)]
    assert (details.host_of("attic"), details.host_of("cellar")) == ("loft", None)


async def test_nobody_here_knows_how_another_program_tries_its_tasks(storage, service):
    async with storage.write() as unit:
        run = await enqueue(unit.tasks, new("7", pipeline=Pipeline("own", Phase(OtherTaskType(1000)))))
        [task] = await unit.tasks.tasks_of(run.id)

    assert (await service.details(task.id)).policy is None


async def test_what_was_changed_is_told_by_what_it_is_about(storage, service):
    async with storage.write() as unit:
        shop = await unit.sources.add(a_source("shop"))
        plans = [new(f"index:{shop.id}"), new("photos/7", pipeline=Pipeline("own", Phase(OtherTaskType(1000))))]
        runs = [
            (await enqueue(unit.tasks, replace(one, run=one.run._replace(payload={"index_id": shop.id})))).id
            for one in plans
        ]
        tasks = [task.id for run in runs for task in await unit.tasks.tasks_of(run)]

    cancelled = await service.cancel_all(runs)
    retried = await service.retry_all(tasks)

    assert cancelled.about == dict(zip(runs, ("shop", "photos/7"), strict=True))
    assert retried.about == dict(zip(tasks, ("shop", "photos/7"), strict=True))
    assert (retried.types, cancelled.types) == ({SYNC, OtherTaskType(1000)}, frozenset())


async def test_a_span_ago_is_by_the_clock_that_all_agree_on(service):
    assert await service.ago(HOUR) == NOON - HOUR


async def test_types_are_paused_and_limited_apart_from_each_other(service):
    await service.pause(SYNC)
    await service.limit(SYNC, 2)
    await service.limit(CODE_EMBEDDINGS, 3)
    await service.resume(SYNC)

    held = [(control.type, control.paused, control.most) for control in await service.controls()]
    assert held == [(SYNC, False, 2), (CODE_EMBEDDINGS, False, 3)]
