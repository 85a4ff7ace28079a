"""What every TaskRepository promises of claiming tasks and settling them."""

from datetime import timedelta

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
    demand,
    enqueue,
    exhaust,
    new,
    settle,
    states,
    work,
)

from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Cancelled, Done, Failed, Released, Retry, Skipped
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import Lease, TaskState


class TestClaim:
    async def test_the_highest_priority_goes_first_then_the_oldest_then_the_lowest_id(self, queue):
        await enqueue(queue, new("late", 10))
        await enqueue(queue, new("young", 50))
        await enqueue(queue, new("old", 50, at=NOON - HOUR))
        await enqueue(queue, new("young too", 50))
        await enqueue(queue, new("urgent", 90))

        claimed = await claim(queue)

        assert [t.dedup_key.removesuffix(":SYNC") for t in claimed] == ["urgent", "old", "young", "young too", "late"]

    async def test_one_by_one_is_the_same_order(self, queue):
        for key, priority in [("low", 10), ("high", 50), ("middle", 30), ("high too", 50)]:
            await enqueue(queue, new(key, priority))

        order = [(await claim(queue, limit=1))[0].dedup_key for _ in range(4)]

        assert order == ["high:SYNC", "high too:SYNC", "middle:SYNC", "low:SYNC"]

    async def test_no_more_than_asked_for(self, queue):
        for key in "abc":
            await enqueue(queue, new(key))

        assert [len(await claim(queue, limit=2)) for _ in range(3)] == [2, 1, 0]
        assert list(await claim(queue, limit=0)) == []

    async def test_a_claimed_task_is_as_the_domain_says(self, queue):
        run = await enqueue(queue, new())
        [stored] = await queue.tasks_of(run.id)
        lease = Lease(owner="ada", token="t", until=NOON + MINUTE)

        claimed = await queue.claim(lease, demand(1), now=NOON + SECOND)

        assert [stored.claimed(lease, now=NOON + SECOND)] == list(claimed) == await queue.tasks_of(run.id)

    async def test_a_claimed_task_is_invisible_to_the_next_claim(self, queue):
        await enqueue(queue, new())

        assert len(await claim(queue)) == 1
        assert list(await claim(queue)) == []

    async def test_attempts_are_counted_before_the_work(self, queue):
        run = await enqueue(queue, new())
        await claim(queue)

        assert [task.attempts for task in await queue.tasks_of(run.id)] == [1]

    async def test_the_first_start_is_the_start(self, queue):
        run = await enqueue(queue, new())
        [task] = await claim(queue, at=NOON + SECOND)
        await settle(queue, task, Released(), NOON + MINUTE)
        await claim(queue, at=NOON + HOUR)

        assert (await queue.get(task.id)).started_at == NOON + SECOND
        assert (await queue.run(run.id)).started_at == NOON + SECOND

    async def test_a_task_is_blocked_until_all_it_needs_has_succeeded(self, queue):
        await enqueue(queue, new(pipeline=CODE))

        await work(queue, SYNC, EXTRACT)
        bm25, embeddings = await claim(queue)
        assert (bm25.type, embeddings.type) == (BM25, CODE_EMBEDDINGS)
        await settle(queue, embeddings)
        assert list(await claim(queue)) == []
        await settle(queue, bm25)

        assert [task.type for task in await claim(queue)] == [ENRICH]

    async def test_a_need_that_was_skipped_counts_as_done(self, queue):
        await enqueue(queue, new(pipeline=CODE))

        await work(queue, SYNC, EXTRACT, BM25)
        await work(queue, CODE_EMBEDDINGS, outcome=Skipped("nothing to embed"))

        assert [task.type for task in await claim(queue)] == [ENRICH]

    async def test_followers_wait_while_what_they_need_is_tried_again(self, queue):
        await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC, outcome=Retry("network"))

        assert list(await claim(queue, at=NOON + SECOND)) == []
        assert [task.type for task in await claim(queue, at=NOON + HOUR)] == [SYNC]

    async def test_a_delayed_urgent_task_holds_nobody_up(self, queue):
        await enqueue(queue, new("urgent", USER))
        await work(queue, SYNC, outcome=Retry("network"))
        await enqueue(queue, new("calm", BACKGROUND))

        assert [task.dedup_key for task in await claim(queue)] == ["calm:SYNC"]


class TestSettle:
    async def test_success_ends_task_and_run(self, queue):
        run = await enqueue(queue, new())
        [task] = await claim(queue, at=NOON + SECOND)

        ended = await settle(queue, task, Done({"files": 3}), NOON + MINUTE)

        assert ended == await queue.run(run.id)
        assert (ended.state, ended.counts) == (RunState.COMPLETED, {"files": 3})
        assert (ended.created_at, ended.started_at, ended.finished_at) == (NOON, NOON + SECOND, NOON + MINUTE)
        stored = await queue.get(task.id)
        assert task.settled(Done(), policy=POLICY, now=NOON + MINUTE, chance=0) == stored
        assert (
            stored.state, stored.lease_owner, stored.lease_token, stored.leased_until
        ) == (TaskState.SUCCEEDED, None, None, None)  # fmt: skip

    async def test_a_run_is_pending_then_processing_then_completed(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))
        seen = [run.state]
        for kind in CODE:
            [task] = await claim(queue, limit=1)
            assert kind.type is task.type
            seen.append((await queue.run(run.id)).state)
            assert (await queue.run(run.id)).finished_at is None
            seen.append((await settle(queue, task)).state)

        assert [RunState.PENDING, *[RunState.PROCESSING] * 9, RunState.COMPLETED] == seen

    async def test_runs_that_are_over_are_told_from_the_others(self, queue):
        finished, failed, unasked, begun, waiting = [await enqueue(queue, new(key)) for key in "abcde"]
        for outcome in (Done(), Failed("no"), Done()):
            await work(queue, SYNC, outcome=outcome)
        await claim(queue, limit=1)

        over = await queue.over([waiting.id, begun.id, failed.id, finished.id, unasked.id + 100])

        assert over == [await queue.run(finished.id), await queue.run(failed.id)]
        assert await queue.over([]) == []

    async def test_runs_that_are_gone_are_told_from_those_that_are_there(self, queue):
        gone, live, over = [await enqueue(queue, new(key)) for key in "abc"]
        await queue.cancel(over.id, now=NOON)
        await queue.forget("a")

        assert sorted(await queue.missing([over.id + 100, over.id, gone.id, live.id])) == [gone.id, over.id + 100]
        assert sorted(await queue.missing([])) == []

    async def test_counts_add_up_over_the_tasks_of_a_run(self, queue):
        await enqueue(queue, new(pipeline=CODE))

        await work(queue, SYNC, outcome=Done({"files": 3}))
        await work(queue, EXTRACT, outcome=Done({"files": 2, "snippets": 5}))
        await work(queue, BM25, CODE_EMBEDDINGS)
        run = await work(queue, ENRICH)

        assert run.counts == {"files": 5, "snippets": 5}

    async def test_a_transient_failure_is_tried_again_after_a_pause_that_doubles(self, queue):
        run = await enqueue(queue, new(attempts=4))
        at = NOON
        for pause in (MINUTE, 2 * MINUTE, 4 * MINUTE):
            [task] = await claim(queue, at=at)
            await settle(queue, task, Retry("network", kind="Unavailable"), at)
            assert await states(queue, run) == {SYNC: TaskState.SCHEDULED}
            assert list(await claim(queue, at=at + pause - timedelta(microseconds=1))) == []
            at += pause

        assert len(await claim(queue, at=at)) == 1
        assert (await queue.run(run.id)).state is RunState.PROCESSING

    async def test_the_world_may_ask_for_a_longer_pause(self, queue):
        await enqueue(queue, new())
        await work(queue, SYNC, outcome=Retry("slow down", after=HOUR))

        assert list(await claim(queue, at=NOON + HOUR - SECOND)) == []
        assert len(await claim(queue, at=NOON + HOUR)) == 1

    async def test_used_up_attempts_make_a_dead_letter_with_its_history(self, queue):
        await enqueue(queue, new())

        run = await exhaust(queue)

        [task] = await queue.tasks_of(run.id)
        assert (run.state, task.state, task.note) == (RunState.FAILED, TaskState.DEAD, "failure 3")
        assert [(n, NOON + n * HOUR, "worker", "Unavailable", f"failure {n}", "trace") for n in (1, 2, 3)] == [
            (e.attempt, e.at, e.worker, e.kind, e.message, e.trace) for e in task.errors
        ]
        assert list(await claim(queue, at=NOON + 99 * HOUR)) == []

    async def test_a_permanent_failure_is_dead_at_once(self, queue):
        run = await enqueue(queue, new())

        run = await work(queue, SYNC, outcome=Failed("no such place", kind="NotFound"))

        assert (run.state, await states(queue, run)) == (RunState.FAILED, {SYNC: TaskState.DEAD})
        assert [error.kind for error in (await queue.tasks_of(run.id))[0].errors] == ["NotFound"]

    async def test_all_that_follows_a_dead_task_is_cancelled(self, queue):
        await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC)

        run = await work(queue, EXTRACT, outcome=Failed("no"))

        assert run.state is RunState.FAILED
        followers = dict.fromkeys([BM25, CODE_EMBEDDINGS, ENRICH], TaskState.CANCELLED)
        assert {SYNC: TaskState.SUCCEEDED, EXTRACT: TaskState.DEAD, **followers} == await states(queue, run)
        assert all(task.note for task in (await queue.tasks_of(run.id))[2:])
        assert await queue.live_run("a") is None

    async def test_a_failure_never_touches_what_does_not_follow(self, queue):
        await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC, EXTRACT)
        bm25, embeddings = await claim(queue)

        run = await settle(queue, embeddings, Failed("no"))

        assert (run.state, run.finished_at) == (RunState.PROCESSING, None)
        assert (await states(queue, run))[BM25] is TaskState.RUNNING
        run = await settle(queue, bm25, at=NOON + MINUTE)
        assert (run.state, run.finished_at) == (RunState.FAILED, NOON + MINUTE)
        assert (await states(queue, run))[BM25] is TaskState.SUCCEEDED

    async def test_when_nothing_changed_the_followers_are_skipped_not_done(self, queue):
        await enqueue(queue, new(pipeline=CODE))

        run = await work(queue, SYNC, outcome=Done(skip_followers="nothing changed"))

        assert run.state is RunState.COMPLETED
        skipped = dict.fromkeys([EXTRACT, BM25, CODE_EMBEDDINGS, ENRICH], TaskState.SKIPPED)
        assert {SYNC: TaskState.SUCCEEDED, **skipped} == await states(queue, run)
        assert {"nothing changed"} == {task.note for task in (await queue.tasks_of(run.id))[1:]}

    async def test_a_released_task_has_lost_no_attempt(self, queue):
        run = await enqueue(queue, new(attempts=1))
        for _ in range(3):
            [task] = await claim(queue)
            await settle(queue, task, Released())

        [task] = await queue.tasks_of(run.id)
        assert (task.state, task.attempts, task.errors) == (TaskState.READY, 0, ())
        assert (await queue.run(run.id)).state is RunState.PENDING

    async def test_a_task_that_stopped_itself_takes_its_followers_along(self, queue):
        await enqueue(queue, new(pipeline=CODE))

        run = await work(queue, SYNC, outcome=Cancelled())

        assert run.state is RunState.CANCELLED
        assert {TaskState.CANCELLED} == set((await states(queue, run)).values())
