"""What every TaskRepository promises to those who bring many at once, and of what is held by a lease."""

import pytest
from queue_steps import (
    BACKGROUND,
    BM25,
    CODE_EMBEDDINGS,
    ENRICH,
    EXTRACT,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    SYNC,
    USER,
    claim,
    ending,
    enqueue,
    new,
    settle,
    snapshot,
    states,
    work,
)

from kodit.domain.errors import LeaseLost
from kodit.domain.tasks.claim import Settlement
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Done, Failed, Retry, Skipped, Snoozed
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState


class TestEnqueueMany:
    async def test_they_come_back_in_the_order_given_and_their_ids_are_in_it(self, queue):
        given = ["m", "z", "a", "q", "b"]

        runs = await queue.enqueue([new(key, pipeline=CODE) for key in given])

        assert [run.dedup_key for run in runs] == given
        assert list(runs) == [await queue.run(run.id) for run in runs]
        tasks = [task.id for run in runs for task in await queue.tasks_of(run.id)]
        assert tasks == sorted(tasks)

    async def test_of_equals_the_one_given_first_is_claimed_first(self, queue):
        await queue.enqueue([new(key) for key in "zab"])

        assert [task.dedup_key[0] for task in await claim(queue)] == ["z", "a", "b"]

    async def test_nothing_is_nothing(self, queue):
        assert list(await queue.enqueue([])) == []

    async def test_one_key_twice_is_one_run_with_the_higher_priority(self, queue):
        first, other, second = await queue.enqueue([new("a", BACKGROUND), new("b"), new("a", USER)])

        assert (first.id, USER) == (second.id, second.priority)
        assert other.id != first.id
        assert (await queue.run(first.id)).priority == USER
        assert len(await claim(queue)) == 2

    async def test_live_and_fresh_ones_may_be_mixed(self, queue):
        live, done = await queue.enqueue([new("live", pipeline=CODE), new("done", 99)])
        await settle(queue, (await claim(queue, limit=1))[0])
        [task] = await claim(queue)
        assert task.run_id == live.id

        again, fresh, anew = await queue.enqueue([new("live", USER, pipeline=CODE), new("fresh"), new("done")])

        assert (again.id, again.priority, again.again) == (live.id, USER, USER)
        assert max(live.id, done.id) < min(fresh.id, anew.id)
        assert {task.run_id for task in await claim(queue)} == {fresh.id, anew.id}

    async def test_very_many_are_stored_at_once(self, queue):
        """More than a database takes parameters for."""
        runs = await queue.enqueue([new(f"key {number}", pipeline=CODE) for number in range(600)])
        again = await queue.enqueue([new(f"key {number}", pipeline=CODE) for number in range(600)])

        assert [run.id for run in runs] == [run.id for run in again]
        assert len({run.id for run in runs}) == 600
        assert len(await claim(queue, limit=700)) == 600


class TestSettleMany:
    async def test_each_is_stored_as_it_ended_though_its_neighbours_ended_alike(self, queue):
        skipped = [Skipped("a"), Skipped("a"), Skipped("b")]
        counted = [Done(counts={"files": 1}), Done(counts={"files": 1}), Done(counts={"files": 2})]
        waiting = [Retry("x"), Retry("x"), Failed("y"), Done(), Snoozed(MINUTE, "z")]
        outcomes = [Done(), Done(), *skipped, *counted, *waiting]
        await queue.enqueue([new(str(number)) for number in range(len(outcomes))])
        tasks = await claim(queue)
        endings = [ending(task, outcome, NOON + SECOND) for task, outcome in zip(tasks, outcomes, strict=True)]

        await queue.settle(endings, now=NOON + SECOND)

        assert [one.settled for one in endings] == [await queue.get(task.id) for task in tasks]
        runs = [await queue.run(task.run_id) for task in tasks]
        assert [run.counts.get("files", 0) for run in runs] == [0] * 5 + [1, 1, 2] + [0] * 5
        over = {run.finished_at for run, outcome in zip(runs, outcomes, strict=True) if outcome == Done()}
        assert over == {NOON + SECOND}

    async def test_what_was_asked_for_meanwhile_is_heeded_though_the_others_just_end(self, queue):
        keys = ["plain", "again", "stopped", "urgent", "last"]
        runs = dict(zip(keys, await queue.enqueue([new(key) for key in keys]), strict=True))
        tasks = await claim(queue)
        await queue.enqueue([new("again", USER), new("urgent", USER)])
        await queue.cancel(runs["stopped"].id, now=NOON)

        settlement = await queue.settle([ending(task, at=NOON + SECOND) for task in tasks], now=NOON + SECOND)

        assert settlement == Settlement(readied=2)
        assert await states(queue, runs["stopped"]) == {SYNC: TaskState.SUCCEEDED}
        assert [(await queue.run(run.id)).state for run in runs.values()] == [RunState.COMPLETED] * 5
        assert {task.dedup_key for task in await claim(queue, at=NOON + SECOND)} == {"again:SYNC", "urgent:SYNC"}

    async def test_of_two_ends_of_one_task_only_that_of_its_lease_counts(self, queue):
        await queue.enqueue([new(key) for key in "ab"])
        first, _ = await claim(queue)
        await queue.rescue(now=NOON + HOUR)
        third, fourth = await claim(queue, at=NOON + HOUR)

        late = NOON + HOUR
        settlement = await queue.settle([ending(first), ending(third, at=late), ending(fourth, at=late)], now=late)

        assert settlement.lost == {first.id}
        assert await queue.held([third.lease_token]) == []

    async def test_of_the_runs_that_follow_the_one_whose_task_is_told_first_comes_first(self, queue):
        keys = ["b", "c", "a"]
        await queue.enqueue([new(key) for key in keys])
        tasks = await claim(queue)
        await queue.enqueue([new(key) for key in keys])

        await queue.settle([ending(task) for task in reversed(tasks)], now=NOON)

        assert [task.dedup_key[0] for task in await claim(queue)] == ["a", "c", "b"]

    async def test_one_that_was_lost_does_not_keep_the_others(self, queue):
        runs = await queue.enqueue([new(key) for key in "abc"])
        slow = (await claim(queue, limit=1))[0]
        await queue.rescue(now=NOON + HOUR)
        [*_, third] = await claim(queue, at=NOON + HOUR)
        mine = [task for task in await queue.held([third.lease_token]) if task.id != slow.id]

        settlement = await queue.settle([ending(task) for task in (slow, *mine)], now=NOON + HOUR)

        assert settlement == Settlement(lost=frozenset({slow.id}))
        assert [(await queue.run(run.id)).state for run in runs] == [
            RunState.PROCESSING,
            RunState.COMPLETED,
            RunState.COMPLETED,
        ]

    async def test_a_task_that_is_gone_is_lost(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)
        await queue.rescue(now=NOON + HOUR)
        await queue.forget("a")

        assert (await queue.settle([ending(task)], now=NOON)).lost == {task.id}

    async def test_nothing_to_settle_is_nothing(self, queue):
        assert await queue.settle([], now=NOON) == Settlement()

    async def test_several_of_one_run_that_ended_together_ready_what_follows_once(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC, EXTRACT)
        both = await claim(queue)
        endings = [ending(task, Done({"files": number})) for number, task in enumerate(both, start=1)]

        settlement = await queue.settle(endings, now=NOON)

        assert settlement == Settlement(readied=1)
        assert (await queue.run(run.id)).counts == {"files": 3}
        assert (await states(queue, run))[ENRICH] is TaskState.READY

    async def test_of_two_that_ended_together_one_may_fail(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC, EXTRACT)
        bm25, embeddings = await claim(queue)

        settlement = await queue.settle([ending(bm25, Failed("no")), ending(embeddings)], now=NOON)

        assert settlement == Settlement()
        found = await states(queue, run)
        assert [found[kind] for kind in (BM25, CODE_EMBEDDINGS, ENRICH)] == [
            TaskState.DEAD,
            TaskState.SUCCEEDED,
            TaskState.CANCELLED,
        ]
        assert (await queue.run(run.id)).state is RunState.FAILED

    async def test_the_same_ending_twice_counts_once(self, queue):
        run = await enqueue(queue, new())
        [task] = await claim(queue)

        settlement = await queue.settle([ending(task, Done({"files": 1}))] * 2, now=NOON)

        assert settlement.lost == {task.id}
        assert ((await queue.run(run.id)).state, (await queue.run(run.id)).counts) == (RunState.COMPLETED, {"files": 1})

    async def test_followers_of_all_runs_and_runs_asked_for_meanwhile_are_counted(self, queue):
        await queue.enqueue([new("chain", pipeline=CODE), new("again"), new("plain"), new("later")])
        claimed = await claim(queue)
        await enqueue(queue, new("again"))
        endings = [ending(task, Retry("no") if "later" in task.dedup_key else Done()) for task in claimed]

        settlement = await queue.settle(endings, now=NOON)

        assert settlement == Settlement(readied=2)
        assert sorted(task.dedup_key for task in await claim(queue)) == ["again:SYNC", "chain:EXTRACT"]


class TestHeld:
    async def test_what_is_leased_with_any_of_the_tokens_by_id(self, queue):
        await queue.enqueue([new(key) for key in "abcd"])
        first, second = await claim(queue, limit=2)
        [third] = await claim(queue, limit=1)
        [fourth] = await claim(queue, limit=1, owner="other")
        await settle(queue, second)

        held = await queue.held([third.lease_token, first.lease_token, "unheard of"])

        assert list(held) == [first, third]
        assert list(await queue.held([second.lease_token])) == [first]
        assert list(await queue.held([])) == []
        assert list(await queue.held({fourth.lease_token})) == [fourth]

    async def test_a_lease_that_ran_out_is_held_until_somebody_takes_it(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)
        assert list(await queue.held([task.lease_token])) == [task]

        await queue.rescue(now=NOON + HOUR)

        assert list(await queue.held([task.lease_token])) == []

    async def test_several_leases_are_extended_together(self, queue):
        await queue.enqueue([new(key) for key in "abc"])
        first, second = [(await claim(queue, limit=1))[0] for _ in range(2)]
        [other] = await claim(queue, limit=1)

        held = await queue.extend([second, first], until=NOON + HOUR)

        assert [(task.id, task.leased_until) for task in held] == [(first.id, NOON + HOUR), (second.id, NOON + HOUR)]
        assert (await queue.get(other.id)).leased_until == NOON + MINUTE
        assert list(await queue.extend([], until=NOON + HOUR)) == []


class TestHold:
    async def test_a_lease_that_is_the_stored_one_holds(self, queue):
        run = await enqueue(queue, new())
        [task] = await claim(queue)
        before = await snapshot(queue, run)

        await queue.hold(task)
        await queue.extend([task], until=NOON + HOUR)
        await queue.hold(task)

        after = await snapshot(queue, run)
        assert before[0] == after[0]

    async def test_nobody_writes_with_a_lease_that_has_passed_on(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)
        await queue.rescue(now=NOON + HOUR)
        with pytest.raises(LeaseLost):
            await queue.hold(task)

        [again] = await claim(queue, at=NOON + HOUR)

        with pytest.raises(LeaseLost):
            await queue.hold(task)
        await queue.hold(again)

    async def test_nor_after_it_was_settled_or_forgotten(self, queue):
        await queue.enqueue([new("a"), new("b")])
        settled, forgotten = await claim(queue)
        await settle(queue, settled)
        await queue.rescue(now=NOON + HOUR)
        await queue.forget("b")

        for task in (settled, forgotten):
            with pytest.raises(LeaseLost):
                await queue.hold(task)
