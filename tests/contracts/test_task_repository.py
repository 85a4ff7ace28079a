"""What every TaskRepository promises of what is put into it. Its other suites bear its name and a word more."""

from datetime import timedelta

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
    POLICY,
    SECOND,
    SYNC,
    USER,
    claim,
    enqueue,
    new,
    settle,
    snapshot,
    work,
)

from kodit.domain.errors import Conflict, NotFound
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Failed, Retry
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState


class TestEnqueue:
    async def test_a_run_and_its_tasks_come_back_as_they_went_in(self, queue):
        planned = new(pipeline=CODE)

        run = await enqueue(queue, planned)

        assert run == planned.run._replace(id=run.id) == await queue.run(run.id)
        stored = await queue.tasks_of(run.id)
        assert [
            task._replace(run_id=run.id, id=mine.id) for task, mine in zip(planned.tasks, stored, strict=True)
        ] == stored
        assert stored == [await queue.get(task.id) for task in stored]

    async def test_what_happened_to_a_task_comes_back_as_it_was(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)
        failure = Retry("unreachable: \N{SNOWMAN}", kind="Unavailable", trace="line 1\nline 2")
        expected = task.settled(failure, policy=POLICY, now=NOON + SECOND, chance=0.5)

        await settle(queue, task, failure, NOON + SECOND)

        found = await queue.get(task.id)
        assert expected == found
        assert found.errors[0].at == NOON + SECOND

    async def test_what_no_database_can_spell_does_not_keep_an_attempt_from_ending(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)

        await settle(queue, task, Failed("cannot read caf\udce9\0.py", trace="in caf\udce9\0.py"))

        found = await queue.get(task.id)
        assert (found.state, len(found.errors)) == (TaskState.DEAD, 1)
        assert found.note.startswith("cannot read caf")

    async def test_moments_keep_their_microseconds_and_their_zone(self, queue):
        run = await enqueue(queue, new())

        assert (await queue.run(run.id)).created_at == NOON
        assert (await queue.run(run.id)).created_at.utcoffset() == timedelta(0)

    async def test_enqueued_twice_while_pending_is_one_run(self, queue):
        first = await enqueue(queue, new(pipeline=CODE))
        second = await enqueue(queue, new(pipeline=CODE, at=NOON + MINUTE))

        assert first == second
        assert len(CODE.phases) == len(await claim(queue, limit=9)) + 4

    async def test_the_higher_priority_wins_in_every_task(self, queue):
        first = await enqueue(queue, new(pipeline=CODE, priority=BACKGROUND))

        merged = await enqueue(queue, new(pipeline=CODE, priority=USER))

        assert (first.id, USER) == (merged.id, merged.priority)
        assert [task.priority for task in await queue.tasks_of(first.id)] == [90, 80, 70, 60, 50]

    async def test_a_lower_priority_never_lowers(self, queue):
        await enqueue(queue, new(pipeline=CODE, priority=USER))

        merged = await enqueue(queue, new(pipeline=CODE, priority=BACKGROUND))

        assert merged.priority == USER
        assert [task.priority for task in await queue.tasks_of(merged.id)] == [90, 80, 70, 60, 50]

    async def test_what_waits_for_another_try_is_ready_at_once(self, queue):
        await enqueue(queue, new())
        await work(queue, SYNC, outcome=Retry("no answer"))
        await enqueue(queue, new(at=NOON + SECOND))

        [task] = await claim(queue, at=NOON + SECOND)
        assert task.attempts == 2

    async def test_other_keys_have_runs_of_their_own(self, queue):
        first, second = await enqueue(queue, new("a")), await enqueue(queue, new("b"))

        assert first.id != second.id
        assert len(await claim(queue)) == 2

    async def test_a_finished_run_does_not_absorb_a_new_one(self, queue):
        first = await enqueue(queue, new())
        await work(queue, SYNC)

        second = await enqueue(queue, new())

        assert first.id < second.id
        assert (await queue.run(first.id)).state is RunState.COMPLETED
        assert second == await queue.live_run("a")

    async def test_the_hundredth_is_as_good_as_the_first(self, queue):
        """PostgreSQL plans a prepared statement anew after five executions."""
        for number in range(100):
            run = await enqueue(queue, new(str(number)))
            assert run == await enqueue(queue, new(str(number)))
            [task] = await claim(queue, limit=1)
            assert await queue.extend([task], until=NOON + HOUR)
            assert (await settle(queue, task)).state is RunState.COMPLETED

        assert list(await claim(queue)) == []


class TestAskedWhileRunning:
    async def test_one_more_run_follows(self, queue):
        first = await enqueue(queue, new(pipeline=CODE))
        [sync] = await claim(queue)
        for _ in range(3):
            assert first.id == (await enqueue(queue, new(pipeline=CODE))).id
        await settle(queue, sync)
        await work(queue, EXTRACT, BM25, CODE_EMBEDDINGS)

        done = await work(queue, ENRICH, at=NOON + MINUTE)

        assert (done.state, done.again) == (RunState.COMPLETED, None)
        following = await queue.live_run("a")
        assert following.id > first.id
        assert following == new(pipeline=CODE, at=NOON + MINUTE).run._replace(id=following.id)
        expected = [t._replace(id=0, run_id=0) for t in await queue.tasks_of(following.id)]
        assert list(new(pipeline=CODE, at=NOON + MINUTE).tasks) == expected
        await work(queue, SYNC, EXTRACT, BM25, CODE_EMBEDDINGS, ENRICH)
        assert list(await claim(queue)) == []
        assert await queue.live_run("a") is None

    @pytest.mark.parametrize(("asked", "follows"), [((10, 50, 10), 50), ((10,), 10), ((50,), 50)])
    async def test_the_next_run_has_the_highest_priority_asked_for(self, queue, asked, follows):
        await enqueue(queue, new(pipeline=CODE, priority=BACKGROUND))
        await work(queue, SYNC)
        for priority in asked:
            await enqueue(queue, new(pipeline=CODE, priority=priority))

        await work(queue, EXTRACT, BM25, CODE_EMBEDDINGS, ENRICH)

        following = await queue.live_run("a")
        assert following.priority == follows
        offsets = [phase.offset for phase in CODE]
        assert [follows + offset for offset in offsets] == [t.priority for t in await queue.tasks_of(following.id)]

    async def test_a_user_hastens_the_rest_of_a_background_run_too(self, queue):
        run = await enqueue(queue, new(pipeline=CODE, priority=BACKGROUND))
        await work(queue, SYNC)

        raised = await enqueue(queue, new(pipeline=CODE, priority=USER))

        assert raised.priority == USER
        assert [task.priority for task in (await queue.tasks_of(run.id))[1:]] == [80, 70, 60, 50]

    async def test_a_task_that_was_hastened_while_it_ran_stays_so_when_it_is_tried_again(self, queue):
        await enqueue(queue, new(priority=BACKGROUND))
        [task] = await claim(queue)
        await enqueue(queue, new(priority=USER))

        await settle(queue, task, Retry("later"))

        assert (await queue.get(task.id)).priority == USER

    async def test_the_next_run_comes_after_a_failed_one_too(self, queue):
        first = await enqueue(queue, new(pipeline=CODE))
        [sync] = await claim(queue)
        await enqueue(queue, new(pipeline=CODE))

        failed = await settle(queue, sync, Failed("no such place"))

        assert failed.state is RunState.FAILED
        assert (await queue.live_run("a")).id > first.id

    async def test_the_next_run_starts_without_a_history(self, queue):
        await enqueue(queue, new(attempts=1))
        [task] = await claim(queue)
        await enqueue(queue, new(attempts=1))

        await settle(queue, task, Retry("down"))

        [again] = await claim(queue)
        assert (again.errors, again.attempts, again.note) == ((), 1, None)


class TestForget:
    async def test_every_run_with_the_key_is_gone_and_no_other(self, queue):
        finished = await enqueue(queue, new("a"))
        await work(queue, SYNC)
        waiting = await enqueue(queue, new("a"))
        other = await enqueue(queue, new("b"))

        await queue.forget("a")

        for run in (finished, waiting):
            with pytest.raises(NotFound):
                await queue.run(run.id)
            assert list(await queue.tasks_of(run.id)) == []
        assert [other.id] == [task.run_id for task in await claim(queue)]

    async def test_not_while_one_is_running(self, queue):
        run = await enqueue(queue, new())
        await claim(queue)
        before = await snapshot(queue, run)

        with pytest.raises(Conflict):
            await queue.forget("a")

        assert before == await snapshot(queue, run)

    async def test_what_is_enqueued_next_has_new_ids(self, queue):
        first = await enqueue(queue, new())
        [task] = await queue.tasks_of(first.id)
        await queue.forget("a")

        second = await enqueue(queue, new())

        assert second.id > first.id
        assert (await queue.tasks_of(second.id))[0].id > task.id

    async def test_forgetting_the_unknown_is_no_error(self, queue):
        await queue.forget("never heard of")


class TestQuestions:
    async def test_unknown_tasks_and_runs_are_not_found(self, queue):
        with pytest.raises(NotFound):
            await queue.get(404)
        with pytest.raises(NotFound):
            await queue.run(404)
        assert list(await queue.tasks_of(404)) == []
        assert await queue.live_run("a") is None

    async def test_owners_are_those_who_hold_leases(self, queue):
        assert frozenset() == await queue.owners()
        for key in "abc":
            await enqueue(queue, new(key))
        await claim(queue, limit=1, owner="ada")
        [second] = await claim(queue, limit=1, owner="bob")
        await claim(queue, limit=1, owner="ada")

        assert {"ada", "bob"} == await queue.owners()
        await settle(queue, second)
        assert {"ada"} == await queue.owners()

    async def test_the_next_moment_is_a_retry_or_the_end_of_a_lease(self, queue):
        assert await queue.next_due() is None
        await enqueue(queue, new("a"))
        assert await queue.next_due() is None
        [task] = await claim(queue)
        assert await queue.next_due() == NOON + MINUTE
        await settle(queue, task, Retry("later", after=HOUR))
        assert await queue.next_due() == NOON + HOUR
        await enqueue(queue, new("b"))
        await claim(queue)
        assert await queue.next_due() == NOON + MINUTE

    async def test_a_moment_that_is_past_hides_none_to_come(self, queue):
        await enqueue(queue, new("a"))
        await enqueue(queue, new("b"))
        first, second = await claim(queue, limit=2)
        await settle(queue, first, Retry("soon", after=2 * MINUTE))
        assert await queue.next_due(after=NOON) == NOON + MINUTE
        assert await queue.next_due(after=NOON + MINUTE) == NOON + 2 * MINUTE
        await settle(queue, second, Retry("later", after=HOUR))
        assert await queue.next_due(after=NOON + 2 * MINUTE) == NOON + HOUR
        assert await queue.next_due(after=NOON + HOUR) is None
