"""What every TaskRepository promises to those who cancel and retry."""

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
    SYNC,
    USER,
    claim,
    enqueue,
    exhaust,
    new,
    settle,
    snapshot,
    states,
    work,
)

from kodit.domain.errors import Conflict, IllegalMove, NotFound
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Cancelled, Done, Failed, Released, Retry
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState


class TestCancel:
    async def test_what_waits_is_cancelled_at_once(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))

        cancelled = await queue.cancel(run.id, now=NOON + MINUTE)

        assert cancelled == await queue.run(run.id)
        assert (cancelled.state, cancelled.finished_at) == (RunState.CANCELLED, NOON + MINUTE)
        assert {TaskState.CANCELLED} == set((await states(queue, run)).values())
        assert list(await claim(queue)) == []

    async def test_a_task_that_waits_for_another_attempt_is_cancelled_at_once(self, queue):
        run = await enqueue(queue, new())
        await work(queue, SYNC, outcome=Retry("later"))

        assert (await queue.cancel(run.id, now=NOON)).state is RunState.CANCELLED
        assert list(await claim(queue, at=NOON + HOUR)) == []

    async def test_what_runs_is_asked_to_stop(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))
        [task] = await claim(queue)

        cancelled = await queue.cancel(run.id, now=NOON)

        assert (cancelled.state, cancelled.finished_at) == (RunState.PROCESSING, None)
        assert task._replace(cancel_requested=True) == await queue.get(task.id)
        [held] = await queue.extend([task], until=NOON + HOUR)
        assert held.cancel_requested
        ended = await settle(queue, task, Cancelled(), NOON + MINUTE)
        assert (ended.state, ended.finished_at) == (RunState.CANCELLED, NOON + MINUTE)

    @pytest.mark.parametrize("outcome", [Retry("network"), Released()])
    async def test_what_was_asked_to_stop_is_not_tried_again(self, queue, outcome):
        run = await enqueue(queue, new(pipeline=CODE))
        [task] = await claim(queue)
        await queue.cancel(run.id, now=NOON)

        ended = await settle(queue, task, outcome)

        assert ended.state is RunState.CANCELLED
        assert (await queue.get(task.id)).state is TaskState.CANCELLED
        assert list(await claim(queue, at=NOON + HOUR)) == []

    async def test_what_ended_before_it_heard_of_it_has_ended(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))
        [task] = await claim(queue)
        await queue.cancel(run.id, now=NOON)

        ended = await settle(queue, task, Done({"files": 1}))

        assert (ended.state, ended.counts) == (RunState.CANCELLED, {"files": 1})
        assert (await queue.get(task.id)).state is TaskState.SUCCEEDED

    async def test_a_worker_that_dies_after_the_request_leaves_a_cancelled_task(self, queue):
        run = await enqueue(queue, new())
        [task] = await claim(queue)
        await queue.cancel(run.id, now=NOON)

        rescued = await queue.rescue(now=NOON + HOUR)

        assert ((task.id,), 0, 0) == (rescued.tasks, rescued.returned, rescued.buried)
        assert (await queue.get(task.id)).state is TaskState.CANCELLED
        assert (await queue.run(run.id)).state is RunState.CANCELLED

    async def test_what_was_asked_for_meanwhile_is_cancelled_too(self, queue):
        run = await enqueue(queue, new())
        [task] = await claim(queue)
        await enqueue(queue, new())
        await queue.cancel(run.id, now=NOON)

        await settle(queue, task, Cancelled())

        assert await queue.live_run("a") is None

    async def test_what_is_asked_for_afterwards_is_run(self, queue):
        run = await enqueue(queue, new())
        [task] = await claim(queue)
        await queue.cancel(run.id, now=NOON)
        await enqueue(queue, new())

        await settle(queue, task, Cancelled())

        [again] = await claim(queue)
        assert (again.cancel_requested, again.run_id > run.id) == (False, True)

    async def test_a_run_that_is_over_cannot_be_cancelled(self, queue):
        run = await enqueue(queue, new())
        await work(queue, SYNC)
        before = await snapshot(queue, run)

        with pytest.raises(Conflict):
            await queue.cancel(run.id, now=NOON)

        assert before == await snapshot(queue, run)

    async def test_an_unknown_run_is_not_found(self, queue):
        with pytest.raises(NotFound):
            await queue.cancel(404, now=NOON)


class TestRetry:
    async def test_a_dead_task_gets_its_attempts_back_and_keeps_its_errors(self, queue):
        await enqueue(queue, new())
        run = await exhaust(queue)
        [dead] = await queue.tasks_of(run.id)

        revived = await queue.retry(dead.id, now=NOON + 9 * HOUR)

        assert revived == await queue.run(run.id)
        assert (revived.state, revived.finished_at) == (RunState.PENDING, None)
        [task] = await claim(queue, at=NOON + 9 * HOUR)
        assert (dead.id, 1, dead.errors) == (task.id, 1, task.errors)
        await settle(queue, task, Retry("again"), NOON + 9 * HOUR)
        assert [error.attempt for error in (await queue.get(task.id)).errors] == [1, 2, 3, 1]

    async def test_followers_wait_for_it_again(self, queue):
        await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC)
        run = await work(queue, EXTRACT, outcome=Failed("no"))

        [_, extract, *_] = await queue.tasks_of(run.id)
        revived = await queue.retry(extract.id, now=NOON)

        assert revived.state is RunState.PROCESSING
        blocked = dict.fromkeys([BM25, CODE_EMBEDDINGS, ENRICH], TaskState.BLOCKED)
        assert {SYNC: TaskState.SUCCEEDED, EXTRACT: TaskState.READY, **blocked} == await states(queue, run)
        assert (await work(queue, EXTRACT, BM25, CODE_EMBEDDINGS, ENRICH)).state is RunState.COMPLETED

    async def test_followers_wait_again_after_the_run_was_cancelled(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC)
        await queue.cancel(run.id, now=NOON)
        [_, extract, *_] = await queue.tasks_of(run.id)

        await queue.retry(extract.id, now=NOON)

        assert (await work(queue, EXTRACT, BM25, CODE_EMBEDDINGS, ENRICH)).state is RunState.COMPLETED

    async def test_a_follower_of_two_waits_for_both(self, queue):
        await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC, EXTRACT)
        run = await work(queue, BM25, CODE_EMBEDDINGS, outcome=Failed("no"))
        [*_, bm25, embeddings, enrich] = await queue.tasks_of(run.id)

        await queue.retry(bm25.id, now=NOON)
        assert (await states(queue, run))[ENRICH] is TaskState.CANCELLED
        await queue.retry(embeddings.id, now=NOON)

        assert (await queue.get(enrich.id)).state is TaskState.BLOCKED
        assert (await work(queue, BM25, CODE_EMBEDDINGS, ENRICH)).state is RunState.COMPLETED

    async def test_a_task_that_was_cancelled_for_another_waits_for_that_one(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC, outcome=Failed("no"))
        [_, extract, *_] = await queue.tasks_of(run.id)

        with pytest.raises(Conflict):
            await queue.retry(extract.id, now=NOON)

    async def test_only_what_is_dead_or_cancelled(self, queue):
        run = await enqueue(queue, new(pipeline=CODE))
        [sync, blocked, *_] = await queue.tasks_of(run.id)
        for task in (sync, blocked):
            with pytest.raises(IllegalMove):
                await queue.retry(task.id, now=NOON)
        await work(queue, SYNC)
        before = await snapshot(queue, run)

        with pytest.raises(IllegalMove):
            await queue.retry(sync.id, now=NOON)

        assert before == await snapshot(queue, run)

    @pytest.mark.parametrize("over", [True, False])
    async def test_not_when_a_newer_run_has_taken_its_place(self, queue, over):
        await enqueue(queue, new())
        run = await work(queue, SYNC, outcome=Failed("no"))
        [dead] = await queue.tasks_of(run.id)
        await enqueue(queue, new())
        if over:
            await work(queue, SYNC)

        with pytest.raises(Conflict):
            await queue.retry(dead.id, now=NOON)

        assert dead == await queue.get(dead.id)

    async def test_after_a_user_asked_it_is_as_urgent_as_the_run(self, queue):
        run = await enqueue(queue, new(pipeline=CODE, priority=BACKGROUND))
        await work(queue, SYNC, EXTRACT)
        bm25, _ = await claim(queue)
        await settle(queue, bm25, Failed("no"))
        await enqueue(queue, new(pipeline=CODE, priority=USER))
        await queue.retry(bm25.id, now=NOON)

        assert [task.priority for task in await queue.tasks_of(run.id)] == [90, 80, 70, 60, 50]

    async def test_an_unknown_task_is_not_found(self, queue):
        with pytest.raises(NotFound):
            await queue.retry(404, now=NOON)
