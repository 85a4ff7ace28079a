"""What every TaskRepository promises of a worker's turn: what ended is settled, and then what comes next is claimed."""

from itertools import count

import pytest
from queue_steps import (
    BACKGROUND,
    EXTRACT,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    SYNC,
    USER,
    claim,
    demand,
    ending,
    enqueue,
    new,
    settle,
    states,
)

from kodit.domain.tasks.claim import EVERYTHING, Settlement
from kodit.domain.tasks.pipeline import METADATA, Phase, Pipeline
from kodit.domain.tasks.policy import Done, Retry, Snoozed
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import Lease, TaskState

TWO = Pipeline("two", Phase(SYNC), Phase(EXTRACT, offset=5))
tokens = count()


async def exchange(queue, endings=(), *, limit=99, at=NOON, **wanted):
    lease = Lease(owner="worker", token=f"turn {next(tokens)}", until=at + MINUTE)
    return await queue.exchange(endings, lease, demand(limit, **wanted), now=at)


def keys(tasks):
    return [task.dedup_key.partition(":")[0] for task in tasks]


async def test_what_ended_is_settled_and_what_comes_next_is_claimed(queue):
    await queue.enqueue([new(key) for key in "abcd"])
    _, first = await exchange(queue, limit=2)

    settlement, second = await exchange(queue, [ending(task, at=NOON + SECOND) for task in first], at=NOON + SECOND)

    assert settlement == Settlement()
    assert (keys(first), keys(second)) == (["a", "b"], ["c", "d"])
    for task in first:
        [stored], run = await queue.tasks_of(task.run_id), await queue.run(task.run_id)
        assert stored == task.settled(Done(), policy=None, now=NOON + SECOND, chance=0)
        assert (run.state, run.started_at, run.finished_at) == (RunState.COMPLETED, NOON, NOON + SECOND)
    for task in second:
        [stored], run = await queue.tasks_of(task.run_id), await queue.run(task.run_id)
        assert stored == task
        assert (task.state, task.attempts, task.lease_owner) == (TaskState.RUNNING, 1, "worker")
        assert (run.state, run.started_at) == (RunState.PROCESSING, NOON + SECOND)


async def test_the_hundredth_turn_is_as_good_as_the_first(queue):
    """PostgreSQL plans a prepared statement anew after five executions."""
    await queue.enqueue([new(f"{number:03}") for number in range(100)])
    endings = []
    for number in range(101):
        settlement, claimed = await exchange(queue, endings, limit=1, oldest=1, aged_until=NOON + HOUR)
        assert settlement == Settlement()
        assert keys(claimed) == ([f"{number:03}"] if number < 100 else [])
        endings = [ending(task) for task in claimed]


async def test_what_became_ready_by_it_is_claimed_by_it(queue):
    run = await enqueue(queue, new(pipeline=METADATA))
    _, [sync] = await exchange(queue)

    _, claimed = await exchange(queue, [ending(sync)])

    assert [task.type for task in claimed] == [EXTRACT]
    assert (await states(queue, run))[SYNC] is TaskState.SUCCEEDED


async def test_the_run_that_was_asked_for_meanwhile_follows(queue):
    await enqueue(queue, new())
    _, [task] = await exchange(queue)
    await enqueue(queue, new())

    _, [again] = await exchange(queue, [ending(task)])

    assert again.run_id != task.run_id
    assert (await queue.run(task.run_id)).state is RunState.COMPLETED


async def test_one_of_several_tasks_of_a_run_does_not_end_it(queue):
    run = await enqueue(queue, new(pipeline=TWO))
    await enqueue(queue, new("b"))
    _, claimed = await exchange(queue, limit=1)

    await exchange(queue, [ending(task) for task in claimed], limit=1)

    assert sorted((await states(queue, run)).values()) == [TaskState.RUNNING, TaskState.SUCCEEDED]
    assert (await queue.run(run.id)).state is RunState.PROCESSING


@pytest.mark.parametrize("outcome", [Retry("network"), Snoozed(MINUTE, "not yet"), Done({"files": 3})])
async def test_every_outcome_is_stored(queue, outcome):
    run = await enqueue(queue, new())
    await enqueue(queue, new("b"))
    _, [task] = await exchange(queue, limit=1)

    settlement, [other] = await exchange(queue, [ending(task, outcome)])

    assert (settlement.lost, keys([other])) == (frozenset(), ["b"])
    [stored] = await queue.tasks_of(run.id)
    assert stored == ending(task, outcome).settled
    assert (await queue.run(run.id)).counts == (outcome.counts if isinstance(outcome, Done) else {})


async def test_a_worker_that_lost_a_lease_settles_the_others_and_claims_all_the_same(queue):
    await queue.enqueue([new(key) for key in "abc"])
    _, [lost, kept] = await exchange(queue, limit=2)
    await queue.cancel(lost.run_id, now=NOON)
    await settle(queue, lost)

    settlement, claimed = await exchange(queue, [ending(lost), ending(kept)])

    assert settlement.lost == {lost.id}
    assert keys(claimed) == ["c"]
    assert (await queue.run(kept.run_id)).state is RunState.COMPLETED


async def test_who_was_taken_for_dead_cannot_end_what_another_has_taken_over(queue):
    await enqueue(queue, new())
    _, [task] = await exchange(queue)
    await queue.rescue(now=NOON + 2 * MINUTE)
    [taken_over] = await claim(queue, at=NOON + 2 * MINUTE, owner="other")

    settlement, claimed = await exchange(queue, [ending(task, at=NOON + 2 * MINUTE)], at=NOON + 2 * MINUTE)

    assert (settlement.lost, list(claimed)) == ({task.id}, [])
    assert await queue.tasks_of(task.run_id) == [taken_over]


async def test_attempts_of_several_claims_end_together(queue):
    await queue.enqueue([new(key) for key in "abc"])
    _, first = await exchange(queue, limit=1)
    _, second = await exchange(queue, limit=1)

    settlement, claimed = await exchange(queue, [ending(task) for task in (*first, *second)])

    assert (settlement, keys(claimed)) == (Settlement(), ["c"])
    assert [(await queue.run(task.run_id)).state for task in (*first, *second)] == 2 * [RunState.COMPLETED]


async def test_a_task_whose_moment_has_come_is_claimed(queue):
    await enqueue(queue, new())
    _, [task] = await exchange(queue)
    await exchange(queue, [ending(task, Snoozed(MINUTE, "not yet"))])

    assert list((await exchange(queue, at=NOON + SECOND))[1]) == []
    assert keys((await exchange(queue, at=NOON + MINUTE))[1]) == ["a"]


@pytest.mark.parametrize("held", [SYNC, EVERYTHING])
async def test_what_is_paused_stays_and_what_ended_is_settled(queue, held):
    await queue.enqueue([new(key) for key in "ab"])
    _, [task] = await exchange(queue, limit=1)
    await queue.pause(held, paused=True)

    settlement, claimed = await exchange(queue, [ending(task)])

    assert (settlement, list(claimed)) == (Settlement(), [])
    assert (await queue.run(task.run_id)).state is RunState.COMPLETED


async def test_a_limit_counts_what_the_turn_has_ended_no_more(queue):
    await queue.enqueue([new(key) for key in "abcd"])
    await queue.limit(SYNC, 2)
    _, first = await exchange(queue)

    _, second = await exchange(queue, [ending(task) for task in first])

    assert (keys(first), keys(second)) == (["a", "b"], ["c", "d"])


async def test_without_room_or_types_nothing_is_claimed(queue):
    await queue.enqueue([new(key) for key in "ab"])
    _, [task] = await exchange(queue, limit=1)

    settlement, claimed = await exchange(queue, [ending(task)], limit=0)

    assert (settlement, list(claimed)) == (Settlement(), [])
    assert (await queue.run(task.run_id)).state is RunState.COMPLETED
    assert list((await exchange(queue, types=()))[1]) == []


async def test_what_can_be_done_elsewhere_alone_stays(queue):
    await enqueue(queue, new("there", USER, place="there"))
    await enqueue(queue, new("here", place="here"))
    await enqueue(queue, new("anywhere", USER))

    assert keys((await exchange(queue, places=("", "here")))[1]) == ["anywhere", "here"]


class TestTheLongestWaiting:
    async def test_they_come_first_and_the_most_urgent_of_the_others_after_them(self, queue):
        for number, priority in enumerate((BACKGROUND, BACKGROUND, USER, USER, 70)):
            await enqueue(queue, new(str(number), priority, at=NOON + number * SECOND))

        _, claimed = await exchange(queue, limit=4, oldest=2, aged_until=NOON + MINUTE, at=NOON + HOUR)

        assert keys(claimed) == ["0", "1", "4", "2"]

    async def test_one_that_is_the_most_urgent_too_is_claimed_once(self, queue):
        for number, priority in enumerate((USER, BACKGROUND, BACKGROUND)):
            await enqueue(queue, new(str(number), priority, at=NOON + number * SECOND))

        _, claimed = await exchange(queue, limit=2, oldest=1, aged_until=NOON + MINUTE, at=NOON + HOUR)

        assert keys(claimed) == ["0", "1"]

    async def test_what_has_not_aged_waits_for_its_turn(self, queue):
        await enqueue(queue, new("old", at=NOON))
        await enqueue(queue, new("urgent", USER, at=NOON + HOUR))

        _, claimed = await exchange(queue, limit=1, oldest=1, aged_until=NOON, at=NOON + HOUR)

        assert keys(claimed) == ["urgent"]
