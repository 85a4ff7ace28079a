"""What every TaskRepository on a database where many write at once promises to those who meet at the same rows."""

import asyncio
from contextlib import suppress

import pytest
from queue_steps import EXTRACT, HOUR, NOON, SYNC, claim, ending, enqueue, exhaust, new, settle
from sqlalchemy import text

from kodit.application.tasks.queue_service import QueueService
from kodit.domain.errors import Conflict, LeaseLost
from kodit.domain.tasks.claim import Control, Retention
from kodit.domain.tasks.pipeline import CODE, Phase, Pipeline
from kodit.domain.tasks.policy import Failed, Policies, Retry
from kodit.domain.tasks.run import RunState
from kodit.infrastructure.clock import SystemClock
from kodit.infrastructure.memory.wakeups import MemoryWakeups
from kodit.infrastructure.sql.unit_of_work import SqlStorage

SIDE_BY_SIDE = Pipeline("side by side", Phase(SYNC), Phase(EXTRACT))
EVERYTHING_OVER = Retention(finished_until=NOON + 99 * HOUR, failed_until=NOON + 99 * HOUR, keep=0)
SOON = 60
WAITING = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


class Undone(Exception):
    """Rolls back."""


@pytest.fixture
def storage(postgres):
    return SqlStorage(postgres)


@pytest.fixture
def service(storage):
    return QueueService(storage=storage, wakeups=MemoryWakeups(), policies=Policies(), clock=SystemClock())


async def test_a_dead_letter_that_is_retried_while_old_ones_are_removed_is_kept(storage):
    async with storage.write() as unit:
        await enqueue(unit.tasks, new())
        run = await exhaust(unit.tasks)
        [dead] = await unit.tasks.tasks_of(run.id)

    async def prune():
        async with storage.write() as unit:
            return await unit.tasks.prune(EVERYTHING_OVER, most=99)

    async with storage.write() as unit:
        await unit.tasks.retry(dead.id, now=NOON)
        pruning = asyncio.create_task(prune())
        await waits_or_ends(storage, pruning)

    assert await pruning == 0
    async with storage.read() as unit:
        assert (await unit.tasks.run(run.id)).state is RunState.PENDING


async def test_who_settles_and_claims_is_not_waited_for_by_another_claim(storage):
    async with storage.write() as unit:
        await enqueue(unit.tasks, new(pipeline=SIDE_BY_SIDE))
        first, second = await claim(unit.tasks)
        await settle(unit.tasks, first, Retry("network"))

    async def claim_elsewhere():
        async with storage.write() as unit:
            return await claim(unit.tasks, at=NOON + HOUR, owner="other")

    async with storage.write() as unit:
        await settle(unit.tasks, second, at=NOON + HOUR)
        assert await asyncio.wait_for(claim_elsewhere(), SOON) == []
        assert [task.id for task in await claim(unit.tasks, at=NOON + HOUR)] == [first.id]


async def test_a_lease_that_is_held_to_write_cannot_pass_on_before_that_is_committed(storage):
    async with storage.write() as unit:
        await enqueue(unit.tasks, new())
        [task] = await claim(unit.tasks)

    async def rescue():
        async with storage.write() as unit:
            return await unit.tasks.rescue(now=NOON + HOUR)

    async with storage.write() as unit:
        await unit.tasks.hold(task)
        rescuing = asyncio.create_task(rescue())
        await waits_or_ends(storage, rescuing)
        assert not rescuing.done()

    assert (await rescuing).tasks == (task.id,)


async def test_a_heartbeat_does_not_wait_for_what_a_handler_writes(storage):
    """Or a long write would cost the others of its worker their leases, and hold up what they write."""
    async with storage.write() as unit:
        await unit.tasks.enqueue([new("a"), new("b")])
        other, writing = await claim(unit.tasks)

    async def extend():
        return await storage.transact(lambda unit: unit.tasks.extend([other, writing], until=NOON + HOUR))

    async def rescue():
        return await storage.transact(lambda unit: unit.tasks.rescue(now=NOON + 2 * HOUR))

    async with storage.write() as unit:
        await unit.tasks.hold(writing)
        extended = await asyncio.wait_for(extend(), SOON)
        rescuing = asyncio.create_task(rescue())
        await waits_or_ends(storage, rescuing)
        assert not rescuing.done()

    assert [task.leased_until for task in extended] == [NOON + HOUR] * 2
    assert len((await rescuing).tasks) == 2


async def test_who_writes_does_not_wait_for_a_heartbeat(storage):
    async with storage.write() as unit:
        await enqueue(unit.tasks, new())
        [task] = await claim(unit.tasks)

    async with storage.write() as unit:
        await unit.tasks.extend([task], until=NOON + HOUR)
        await asyncio.wait_for(storage.transact(lambda other: other.tasks.hold(task)), SOON)


async def test_a_lease_that_passes_on_at_this_moment_is_not_held(storage):
    async with storage.write() as unit:
        await enqueue(unit.tasks, new())
        [task] = await claim(unit.tasks)

    async def write():
        async with storage.write() as unit:
            await unit.tasks.hold(task)

    async with storage.write() as unit:
        await unit.tasks.rescue(now=NOON + HOUR)
        writing = asyncio.create_task(write())
        await waits_or_ends(storage, writing)

    with pytest.raises(LeaseLost):
        await writing


async def test_who_settles_and_claims_never_waits_in_a_circle_with_others_who_do(storage):
    async with storage.write() as unit:
        await unit.tasks.enqueue([new(str(number), pipeline=CODE) for number in range(20)])
    done = []

    async def work_off(owner):
        ended = []
        while True:
            async with storage.write() as unit:
                settlement = await unit.tasks.settle([ending(task) for task in ended], now=NOON)
                assert not settlement.lost
                done.extend(ended)
                ended = await claim(unit.tasks, limit=3, owner=owner)
            if not ended:
                return

    while len(done) < 20 * len(CODE.phases):
        await asyncio.gather(*(work_off(str(number)) for number in range(5)))

    assert len({task.id for task in done}) == len(done)


@pytest.mark.parametrize("touching", ["enqueue", "extend"])
async def test_who_settles_sole_tasks_beside_others_waits_for_none_while_it_holds_one(storage, touching):
    """Whoever touches the older first, and then the younger, gets both."""
    pipelines = {"older": SIDE_BY_SIDE, "younger": Pipeline("single", Phase(SYNC))}
    async with storage.write() as unit:
        for key, pipeline in pipelines.items():
            await enqueue(unit.tasks, new(key, pipeline=pipeline))
        older, other, younger = [(await claim(unit.tasks, limit=1))[0] for _ in range(3)]

    async def settle_all():
        async with storage.write() as unit:
            return await unit.tasks.settle([ending(task) for task in (younger, older, other)], now=NOON)

    async def touch(unit, key, task):
        if touching == "enqueue":
            await enqueue(unit.tasks, new(key, pipeline=pipelines[key]))
        else:
            await unit.tasks.extend([task], until=NOON + HOUR)

    async with storage.write() as unit:
        await touch(unit, "older", older)
        settling = asyncio.create_task(settle_all())
        await waits_or_ends(storage, settling)
        await touch(unit, "younger", younger)

    assert not (await settling).lost


async def test_many_who_enqueue_the_same_in_different_orders_all_succeed(storage):
    keys = [str(number) for number in range(12)]

    async def enqueue_all(number):
        mine = [*keys[number:], *keys[:number]]
        async with storage.write() as unit:
            return await unit.tasks.enqueue([new(key) for key in mine])

    enqueued = await asyncio.gather(*(enqueue_all(number) for number in range(8)))

    assert len({run.id for runs in enqueued for run in runs}) == len(keys)
    assert all([run.dedup_key for run in runs] == [*keys[n:], *keys[:n]] for n, runs in enumerate(enqueued))


@pytest.fixture(params=["write", "transact"])
def retry(request, storage):
    """Retries a task in a transaction of its own, of either kind."""

    async def by_writing(task_id):
        async with storage.write() as unit:
            return await unit.tasks.retry(task_id, now=NOON)

    async def at_once(task_id):
        return await storage.transact(lambda unit: unit.tasks.retry(task_id, now=NOON))

    return by_writing if request.param == "write" else at_once


async def test_a_dead_task_whose_place_is_taken_at_this_moment_is_not_retried(storage, retry):
    [dead] = await dead_letters(storage, "a")
    async with storage.write() as unit:
        newer = await enqueue(unit.tasks, new("a"))
        retrying = asyncio.create_task(retry(dead.id))
        await waits_or_ends(storage, retrying)

    with pytest.raises(Conflict, match=f"run {newer.id} has taken its place") as told:
        await retrying
    assert told.value.remedy
    async with storage.read() as unit:
        assert dead == await unit.tasks.get(dead.id)


async def test_a_dead_task_whose_place_was_not_taken_after_all_is_retried(storage, retry):
    [dead] = await dead_letters(storage, "a")
    with suppress(Undone):
        async with storage.write() as unit:
            await enqueue(unit.tasks, new("a"))
            retrying = asyncio.create_task(retry(dead.id))
            await waits_or_ends(storage, retrying)
            raise Undone

    assert (await retrying).state is RunState.PENDING


async def test_of_many_dead_tasks_one_whose_place_is_taken_keeps_no_other_from_being_retried(storage, service):
    dead = [task.id for task in await dead_letters(storage, "a", "b", "c")]
    async with storage.write() as unit:
        await enqueue(unit.tasks, new("b"))
        retrying = asyncio.create_task(service.retry_all(dead))
        await waits_or_ends(storage, retrying)

    changed = await retrying
    assert changed.done == [dead[0], dead[2]]
    assert {one: type(error) for one, error in changed.refused.items()} == {dead[1]: Conflict}


async def dead_letters(storage, *keys):
    async with storage.write() as unit:
        await unit.tasks.enqueue([new(key) for key in keys])
        claimed = await claim(unit.tasks)
        await unit.tasks.settle([ending(task, Failed("broken")) for task in claimed], now=NOON)
        return [await unit.tasks.get(task.id) for task in claimed]


HELD_BACK = {
    "paused and limited": [
        (lambda tasks: tasks.pause(SYNC, paused=True), lambda tasks: tasks.limit(SYNC, 2)),
        [Control(type=SYNC, paused=True, most=2)],
    ],
    "let go and limited": [
        (lambda tasks: tasks.pause(SYNC, paused=False), lambda tasks: tasks.limit(SYNC, 2)),
        [Control(type=SYNC, most=2)],
    ],
    "let go and paused": [
        (lambda tasks: tasks.limit(SYNC, None), lambda tasks: tasks.pause(SYNC, paused=True)),
        [Control(type=SYNC, paused=True)],
    ],
}


@pytest.mark.parametrize("stood", ["nothing", "paused", "limited"])
@pytest.mark.parametrize("held_back", HELD_BACK)
async def test_who_pauses_and_who_limits_at_one_moment_both_have_their_way(storage, held_back, stood):
    changes, held = HELD_BACK[held_back]
    async with storage.write() as unit:
        await unit.tasks.pause(SYNC, paused=stood == "paused")
        await unit.tasks.limit(SYNC, 5 if stood == "limited" else None)
    async with storage.write() as unit:
        await changes[0](unit.tasks)
        meanwhile = asyncio.create_task(storage.transact(lambda unit: changes[1](unit.tasks)))
        await waits_or_ends(storage, meanwhile)

    await meanwhile
    async with storage.read() as unit:
        assert list(await unit.tasks.controls()) == held


@pytest.mark.parametrize("changing", ["cancel", "retry", "discard"])
async def test_an_operator_who_names_many_in_any_order_never_waits_in_a_circle(storage, service, changing):
    """Whoever changes the run with the lower id first, and then the other, gets both."""
    async with storage.write() as unit:
        # The ids of runs are in the order of their keys, those of tasks in the order given.
        runs = sorted(run.id for run in await unit.tasks.enqueue([new("b"), new("a")]))
        tasks = [task.id for run in runs for task in await unit.tasks.tasks_of(run)]
        if changing != "cancel":
            await unit.tasks.settle([ending(task, Failed("broken")) for task in await claim(unit.tasks)], now=NOON)
    assert tasks[0] > tasks[1]
    ids = runs if changing == "cancel" else tasks
    change_all = {"cancel": service.cancel_all, "retry": service.retry_all, "discard": service.discard}[changing]

    async def change(unit, one):
        await (unit.tasks.discard(one) if changing == "discard" else getattr(unit.tasks, changing)(one, now=NOON))

    async with storage.write() as unit:
        await change(unit, ids[0])
        changing_all = asyncio.create_task(change_all(ids[::-1]))
        await waits_or_ends(storage, changing_all)
        await change(unit, ids[1])

    changed = await changing_all
    assert (changed.done, list(changed.refused)) == ([], ids[::-1])


async def waits_or_ends(storage, task):
    """Until the task's statement waits for a lock, or the task has ended."""
    while not task.done():
        async with storage._database.read() as connection:
            if await connection.scalar(WAITING):
                return
