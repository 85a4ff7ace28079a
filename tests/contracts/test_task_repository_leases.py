"""What every TaskRepository promises of leases: fencing, prolonging, and taking over."""

import pytest
from queue_steps import EXTRACT, HOUR, MINUTE, NOON, SECOND, SYNC, USER, claim, enqueue, new, settle, snapshot, work

from kodit.domain.errors import LeaseLost
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Cancelled, Done, Failed, Released, Retry
from kodit.domain.tasks.presence import Gap
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState


class TestFencing:
    async def test_a_worker_that_lost_its_lease_cannot_settle(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))
        [slow] = await claim(queue, owner="slow")
        await queue.rescue(now=NOON + HOUR)
        await claim(queue, at=NOON + HOUR, owner="quick")
        before = await snapshot(queue, run)

        with pytest.raises(LeaseLost):
            await settle(queue, slow, Done({"files": 1}), NOON + HOUR)

        assert before == await snapshot(queue, run)

    async def test_not_even_when_the_same_worker_has_it_again(self, queue):
        run = await enqueue(queue, new())
        [slow] = await claim(queue)
        await queue.rescue(now=NOON + HOUR)
        [again] = await claim(queue, at=NOON + HOUR)
        before = await snapshot(queue, run)

        with pytest.raises(LeaseLost):
            await settle(queue, slow)

        assert before == await snapshot(queue, run)
        await settle(queue, again)

    async def test_not_even_when_a_release_gave_the_attempt_back(self, queue):
        await enqueue(queue, new())
        [first] = await claim(queue)
        await settle(queue, first, Released())
        [second] = await claim(queue)

        assert first.attempts == second.attempts
        with pytest.raises(LeaseLost):
            await settle(queue, first)

    @pytest.mark.parametrize("outcome", [Done(), Failed("no"), Retry("later"), Released(), Cancelled()])
    async def test_an_attempt_is_settled_once(self, queue, outcome):
        run = await enqueue(queue, new(pipeline=CODE))
        [task] = await claim(queue)
        await settle(queue, task, outcome)
        before = await snapshot(queue, run)

        with pytest.raises(LeaseLost):
            await settle(queue, task, outcome)

        assert before == await snapshot(queue, run)

    async def test_nor_when_everything_was_forgotten(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)
        await queue.rescue(now=NOON + HOUR)
        await queue.forget("a")

        with pytest.raises(LeaseLost):
            await settle(queue, task)

    async def test_a_late_worker_that_nobody_missed_may_settle(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)

        assert (await settle(queue, task, at=NOON + HOUR)).state is RunState.COMPLETED


class TestExtend:
    async def test_a_lease_that_is_extended_does_not_lapse(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)

        held = await queue.extend([task], until=NOON + HOUR)

        assert [task._replace(leased_until=NOON + HOUR)] == list(held) == [await queue.get(task.id)]
        assert (await queue.rescue(now=NOON + HOUR)).tasks == ()

    async def test_all_that_are_named_are_extended_together(self, queue):
        for key in "abcd":
            await enqueue(queue, new(key))
        first, *rest = [*await claim(queue, limit=3), *await claim(queue)]
        await settle(queue, first)

        held = await queue.extend([*rest[::-1], first], until=NOON + HOUR)

        assert [task.id for task in rest] == [task.id for task in held]
        assert {NOON + HOUR} == {task.leased_until for task in held}

    async def test_what_is_not_named_is_not_extended_though_it_was_claimed_with_others_that_are(self, queue):
        """So that a task whose worker hangs at it passes on, whatever else the worker has in hand."""
        for key in "ab":
            await enqueue(queue, new(key))
        hung, sound = await claim(queue)

        held = await queue.extend([sound], until=NOON + HOUR)

        assert [task.id for task in held] == [sound.id]
        assert (await queue.rescue(now=NOON + MINUTE + SECOND)).tasks == (hung.id,)

    async def test_each_is_extended_by_the_token_of_its_own_claim_alone(self, queue):
        for key in "ab":
            await enqueue(queue, new(key))
        [first], [second] = await claim(queue, limit=1), await claim(queue, limit=1)
        swapped = [first._replace(lease_token=second.lease_token), second._replace(lease_token=first.lease_token)]

        assert list(await queue.extend(swapped, until=NOON + HOUR)) == []

    async def test_only_the_holder_can(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)

        assert list(await queue.extend([task._replace(lease_token="another token")], until=NOON + HOUR)) == []
        assert task == await queue.get(task.id)

    async def test_one_that_ran_out_is_good_again_if_nobody_took_the_task(self, queue):
        """A machine that was asleep, or cut off with all the others, goes on with what it had."""
        await enqueue(queue, new())
        [task] = await claim(queue)
        late = NOON + HOUR

        assert len(await queue.extend([task], until=late + MINUTE)) == 1
        assert (await queue.rescue(now=late)).tasks == ()

    async def test_not_when_somebody_took_it(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue, owner="asleep")
        late = NOON + MINUTE + SECOND
        assert (task.id,) == (await queue.rescue(now=late)).tasks

        assert list(await queue.extend([task], until=late + HOUR)) == []
        [again] = await claim(queue, at=late)
        assert list(await queue.extend([task], until=late + HOUR)) == []
        assert again == await queue.get(task.id)

    async def test_at_the_last_moment_it_is_still_held(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)

        assert (await queue.rescue(now=NOON + MINUTE)).tasks == ()
        assert len(await queue.extend([task], until=NOON + HOUR)) == 1


class TestRescue:
    async def test_only_lapsed_leases_are_taken(self, queue):
        await enqueue(queue, new("a"))
        await enqueue(queue, new("b"))
        [lapsed] = await claim(queue, limit=1)
        [held] = await claim(queue, limit=1, at=NOON + MINUTE)

        rescued = await queue.rescue(now=NOON + MINUTE + SECOND)

        assert ((lapsed.id,), 1, 0) == (rescued.tasks, rescued.returned, rescued.buried)
        assert held == await queue.get(held.id)
        assert [lapsed.id] == [task.id for task in await claim(queue, at=NOON + HOUR)]

    async def test_a_dead_worker_need_not_be_waited_for(self, queue):
        await enqueue(queue, new("a"))
        await enqueue(queue, new("b"))
        [lost] = await claim(queue, limit=1, owner="dead")
        await claim(queue, limit=1, owner="alive")

        assert (lost.id,) == (await queue.rescue(now=NOON, gone={"dead", "unheard of"})).tasks

    async def test_what_ran_out_in_a_gap_is_spared_unless_its_worker_is_gone(self, queue):
        leases = {}
        for number, owner in enumerate(["before", "since", "until", "after", "dead"]):
            await enqueue(queue, new(owner))
            [leases[owner]] = await claim(queue, owner=owner, at=NOON + number * SECOND)
        dead = await queue.extend([leases["dead"]], until=NOON + MINUTE + SECOND)
        assert len(dead) == 1
        gap = Gap(leases["since"].leased_until, leases["until"].leased_until)

        rescued = await queue.rescue(now=NOON + HOUR, gone=["dead"], spared=gap)

        assert rescued.tasks == tuple(leases[owner].id for owner in ("before", "after", "dead"))
        assert len((await queue.rescue(now=NOON + HOUR)).tasks) == 2

    async def test_what_is_rescued_is_as_the_domain_says(self, queue):
        run = await enqueue(queue, new("a", attempts=1))
        await enqueue(queue, new("b"))
        buried, returned = await claim(queue, owner="dead")

        rescued = await queue.rescue(now=NOON, gone=["dead"])

        assert (rescued.returned, rescued.buried) == (1, 1)
        for task in (buried, returned):
            found = await queue.get(task.id)
            assert task.lost(now=NOON, reason=found.errors[0].message) == found
            assert (found.errors[0].worker, found.errors[0].attempt) == ("dead", 1)
        assert (await queue.run(run.id)).state is RunState.FAILED

    async def test_a_task_that_kills_its_worker_is_buried_in_the_end(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))
        for _ in range(3):
            assert len(await claim(queue)) == 1
            await queue.rescue(now=NOON + HOUR)

        assert list(await claim(queue, at=NOON + 2 * HOUR)) == []
        [poison, *followers] = await queue.tasks_of(run.id)
        assert (poison.state, poison.attempts, len(poison.errors)) == (TaskState.DEAD, 3, 3)
        assert {TaskState.CANCELLED} == {task.state for task in followers}
        assert (await queue.run(run.id)).state is RunState.FAILED

    async def test_burying_starts_the_run_that_was_asked_for(self, queue):
        run = await enqueue(queue, new(attempts=1))
        await claim(queue)
        await enqueue(queue, new(attempts=1, priority=USER))

        await queue.rescue(now=NOON + HOUR)

        following = await queue.live_run("a")
        assert following.id != run.id
        assert following.priority == USER

    async def test_two_tasks_of_one_run_can_be_lost_at_once(self, queue):
        run = await enqueue(queue, new(pipeline=CODE, attempts=1))
        await work(queue, SYNC, EXTRACT)
        await claim(queue)

        assert (await queue.rescue(now=NOON + HOUR)).buried == 2
        assert (await queue.run(run.id)).state is RunState.FAILED

    async def test_a_second_rescue_finds_nothing(self, queue):
        await enqueue(queue, new())
        await claim(queue)
        await queue.rescue(now=NOON + HOUR)

        assert (await queue.rescue(now=NOON + HOUR)).tasks == ()
