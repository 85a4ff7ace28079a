"""What every TaskRepository promises of tasks that ask to be looked at later."""

import pytest
from queue_steps import HOUR, MINUTE, NOON, SECOND, SYNC, USER, claim, enqueue, new, settle, states, work

from kodit.domain.errors import LeaseLost
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Done, Released, Retry, Snoozed
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState

LATER = Snoozed(MINUTE, "waits for somebody")


async def test_a_snoozed_task_waits_until_its_moment_and_costs_no_attempt(queue):
    run = await enqueue(queue, new(attempts=1))
    [task] = await claim(queue)
    await settle(queue, task, LATER)

    assert await queue.next_due() == NOON + MINUTE
    assert list(await claim(queue, at=NOON + 59 * SECOND)) == []
    [stored] = await queue.tasks_of(run.id)
    assert (stored.state, stored.attempts, stored.snoozes, stored.errors) == (TaskState.SCHEDULED, 0, 1, ())
    assert (stored.note, stored.is_snoozed, stored.lease_token) == ("waits for somebody", True, None)
    [again] = await claim(queue, at=NOON + MINUTE)
    assert (again.id, again.attempts) == (task.id, 1)


async def test_a_run_whose_task_is_snoozed_is_under_way(queue):
    run = await enqueue(queue, new())
    [task] = await claim(queue)

    assert (await settle(queue, task, LATER)).state is RunState.PROCESSING
    # Its moment may come while nobody can take it.
    assert list(await claim(queue, limit=0, at=NOON + HOUR)) == []
    assert (await queue.run(run.id)).state is RunState.PROCESSING


async def test_what_is_asked_for_while_it_waits_is_followed_by_another_run(queue):
    """What the handler has sent off may be outdated by then."""
    run = await enqueue(queue, new())
    [task] = await claim(queue)
    await settle(queue, task, LATER)

    merged = await enqueue(queue, new(priority=USER, at=NOON + SECOND))
    assert merged.id == run.id
    [hastened] = await claim(queue, at=NOON + SECOND)
    assert hastened.id == task.id
    await settle(queue, hastened, Done(), NOON + MINUTE)

    [follower] = await claim(queue, at=NOON + HOUR)
    assert (follower.run_id != run.id, follower.snoozes) == (True, 0)


async def test_followers_wait_for_what_is_snoozed(queue):
    run = await enqueue(queue, new(pipeline=CODE))
    await work(queue, SYNC, outcome=LATER)

    assert list(await claim(queue, at=NOON + SECOND)) == []
    assert set((await states(queue, run)).values()) == {TaskState.SCHEDULED, TaskState.BLOCKED}
    assert [task.type for task in await claim(queue, at=NOON + MINUTE)] == [SYNC]


async def test_the_lease_guards_it_and_not_the_number_of_the_attempt(queue):
    """A snooze gives the attempt back, so that two attempts bear one number."""
    await enqueue(queue, new())
    [late] = await claim(queue)
    await settle(queue, late, LATER)
    [again] = await claim(queue, at=NOON + HOUR)
    assert again.attempts == late.attempts

    for outcome in (Done(), LATER, Released()):
        with pytest.raises(LeaseLost):
            await settle(queue, late, outcome, NOON + HOUR)
    assert (await queue.get(again.id)) == again


async def test_a_worker_that_dies_after_snoozes_costs_one_attempt(queue):
    await enqueue(queue, new(attempts=2))
    for hour in range(5):
        [task] = await claim(queue, at=NOON + hour * HOUR)
        await settle(queue, task, LATER, NOON + hour * HOUR)
    await claim(queue, at=NOON + 10 * HOUR)
    await queue.rescue(now=NOON + 11 * HOUR)

    stored = await queue.get(task.id)
    assert (stored.state, stored.attempts, stored.snoozes) == (TaskState.READY, 1, 5)


async def test_snoozes_between_failures_leave_their_number_alone(queue):
    run = await enqueue(queue, new(attempts=2))
    at = NOON
    for outcome in (Retry("network"), LATER, LATER, Retry("network again")):
        at += HOUR
        await work(queue, SYNC, outcome=outcome, at=at)

    [stored] = await queue.tasks_of(run.id)
    assert (stored.state, stored.attempts, stored.snoozes) == (TaskState.DEAD, 2, 2)
    assert [error.attempt for error in stored.errors] == [1, 2]
    await queue.retry(stored.id, now=at)
    assert (await queue.get(stored.id)).snoozes == 0


async def test_a_snoozed_task_is_cancelled_at_once(queue):
    run = await enqueue(queue, new(pipeline=CODE))
    await work(queue, SYNC, outcome=LATER)

    assert (await queue.cancel(run.id, now=NOON)).state is RunState.CANCELLED
    assert list(await claim(queue, at=NOON + HOUR)) == []


async def test_who_can_take_nothing_leaves_what_is_due_as_it_is(queue):
    await enqueue(queue, new())
    [task] = await claim(queue)
    await settle(queue, task, LATER)

    assert list(await claim(queue, at=NOON + HOUR, types=())) == []
    assert (await queue.get(task.id)).state is TaskState.SCHEDULED
    assert [again.id for again in await claim(queue, at=NOON + HOUR)] == [task.id]
