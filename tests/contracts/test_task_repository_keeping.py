"""What every TaskRepository promises of what is removed, and of what is kept."""

from datetime import timedelta

import pytest
from queue_steps import HOUR, NOON, SECOND, SYNC, claim, enqueue, new, settle, snapshot, work

from kodit.domain.errors import Conflict, NotFound
from kodit.domain.tasks.claim import Retention
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Done, Failed, Retry
from kodit.domain.tasks.progress import Step, StepState, TaskOperation
from kodit.domain.tasks.run import RunState

NEVER = NOON - timedelta(days=999)
LONG_AGO = NOON + timedelta(days=999)


def retention(*, finished=NEVER, failed=NEVER, keep=999):
    return Retention(finished_until=finished, failed_until=failed, keep=keep)


async def finish(queue, key, at=NOON, outcome=Done()):  # noqa: B008 - Done is immutable
    """A run that ended at a moment."""
    run = await enqueue(queue, new(key, at=at))
    [task] = await claim(queue, at=at)
    return await settle(queue, task, outcome, at) if task.run_id == run.id else None


async def left(queue, runs):
    found = []
    for run in runs:
        try:
            found.append((await queue.run(run.id)).dedup_key)
        except NotFound:
            assert list(await queue.tasks_of(run.id)) == []
    return found


class TestDiscard:
    async def test_a_dead_letter_goes_with_its_run_and_nothing_else_does(self, queue):
        await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC)
        dead = await work(queue, CODE.phases[1].type, outcome=Failed("no"))
        other = await finish(queue, "other", outcome=Failed("no"))
        [_, task, *_] = await queue.tasks_of(dead.id)

        assert await queue.discard(task.id) == dead

        assert await left(queue, [dead, other]) == ["other"]
        with pytest.raises(NotFound):
            await queue.get(task.id)

    async def test_only_a_dead_task(self, queue):
        await enqueue(queue, new(pipeline=CODE))
        run = await work(queue, SYNC, outcome=Failed("no"))
        [_, follower, *_] = await queue.tasks_of(run.id)
        before = await snapshot(queue, run)

        with pytest.raises(Conflict):
            await queue.discard(follower.id)

        assert before == await snapshot(queue, run)

    async def test_not_while_its_run_goes_on(self, queue):
        await enqueue(queue, new(pipeline=CODE))
        await work(queue, SYNC, CODE.phases[1].type)
        bm25, embeddings = await claim(queue)
        run = await settle(queue, bm25, Failed("no"))
        before = await snapshot(queue, run)

        with pytest.raises(Conflict):
            await queue.discard(bm25.id)

        assert before == await snapshot(queue, run)
        await settle(queue, embeddings)
        assert (await queue.discard(bm25.id)).id == run.id

    async def test_nor_what_is_ready_done_or_unknown(self, queue):
        done = await finish(queue, "done")
        ready = await enqueue(queue, new("ready"))
        for run in (done, ready):
            [task] = await queue.tasks_of(run.id)
            with pytest.raises(Conflict):
                await queue.discard(task.id)
        with pytest.raises(NotFound):
            await queue.discard(404)


class TestPrune:
    async def test_what_finished_long_enough_ago_goes(self, queue):
        runs = [await finish(queue, str(number), NOON + number * HOUR) for number in range(4)]

        assert await queue.prune(retention(finished=NOON + 2 * HOUR), most=99) == 2

        assert await left(queue, runs) == ["2", "3"]
        assert await queue.prune(retention(finished=NOON + 2 * HOUR), most=99) == 0

    async def test_of_the_others_only_the_newest_stay(self, queue):
        runs = [await finish(queue, str(number), NOON + number * HOUR) for number in (2, 0, 3, 1)]

        assert await queue.prune(retention(keep=2), most=99) == 2

        assert await left(queue, runs) == ["2", "3"]

    async def test_of_those_that_finished_at_one_moment_the_first_go_first(self, queue):
        runs = [await finish(queue, str(number)) for number in range(4)]

        assert await queue.prune(retention(keep=1), most=99) == 3

        assert await left(queue, runs) == ["3"]

    @pytest.mark.parametrize(("keep", "remaining"), [(0, []), (3, ["0", "1", "2"]), (4, ["0", "1", "2"])])
    async def test_none_or_all_may_be_kept(self, queue, keep, remaining):
        runs = [await finish(queue, str(number)) for number in range(3)]

        await queue.prune(retention(keep=keep), most=99)

        assert await left(queue, runs) == remaining

    async def test_dead_letters_are_kept_longer_and_do_not_count_among_the_others(self, queue):
        dead = [await finish(queue, f"dead {number}", NOON + number * HOUR, Failed("no")) for number in range(3)]
        done = [await finish(queue, f"done {number}", NOON + number * HOUR) for number in range(2)]

        assert await queue.prune(retention(finished=LONG_AGO, failed=NOON + HOUR, keep=0), most=99) == 3

        assert await left(queue, dead + done) == ["dead 1", "dead 2"]

    async def test_cancelled_ones_go_like_finished_ones(self, queue):
        run = await enqueue(queue, new())
        await queue.cancel(run.id, now=NOON)

        assert await queue.prune(retention(finished=NOON + SECOND), most=99) == 1

    async def test_no_more_at_once_than_asked_for_and_the_oldest_first(self, queue):
        runs = [await finish(queue, str(number), NOON + number * HOUR) for number in (1, 0, 3, 2)]
        dead = await finish(queue, "dead", outcome=Failed("no"))
        everything = retention(finished=LONG_AGO, failed=LONG_AGO, keep=0)

        assert await queue.prune(everything, most=3) == 3
        assert await left(queue, [*runs, dead]) == ["3", "dead"]
        assert await queue.prune(everything, most=3) == 2
        assert await queue.prune(everything, most=3) == 0

    async def test_what_is_live_is_never_removed(self, queue):
        await queue.enqueue([new("running"), new("later")])
        _, later = await claim(queue)
        await settle(queue, later, Retry("no"))
        waiting = await enqueue(queue, new("waiting", pipeline=CODE))

        assert await queue.prune(retention(finished=LONG_AGO, failed=LONG_AGO, keep=0), most=99) == 0

        for key in ("running", "later", "waiting"):
            assert (await queue.live_run(key)).state in (RunState.PENDING, RunState.PROCESSING)
        assert len(await queue.tasks_of(waiting.id)) == len(CODE.phases)

    async def test_a_key_can_be_used_again_and_ids_never_are(self, queue):
        first = await finish(queue, "a")
        await queue.prune(retention(finished=LONG_AGO), most=99)

        assert (await enqueue(queue, new("a"))).id > first.id


async def test_a_new_attempt_begins_without_the_progress_of_the_one_before(storage):
    async with storage.write() as unit:
        run = await enqueue(unit.tasks, new())
        [task] = await claim(unit.tasks)
        step = Step(
            task_id=task.id,
            step=TaskOperation.SCAN_FILES,
            position=1,
            state=StepState.FAILED,
            current=3,
            total=7,
            message="no answer",
            started_at=NOON,
            updated_at=NOON,
        )
        await unit.progress.put(step)
        await settle(unit.tasks, task, Retry("no answer"))
        assert list(await unit.progress.of_run(run.id)) == [step]

        await claim(unit.tasks, at=NOON + HOUR)

        assert list(await unit.progress.of_run(run.id)) == []
