"""Another program runs tasks of its own on kodit's queue, on SQLite and on PostgreSQL."""

import asyncio
from datetime import timedelta
from enum import IntEnum

import pytest
from own_program import PHOTOS, SINGLE, Job
from own_steps import AT_ONCE, nothing, soon, working

import kodit
from kodit.domain.tasks.task_type import TaskType
from kodit.queue import (
    Done,
    Failed,
    KoditError,
    PermanentError,
    Phase,
    Pipeline,
    Retry,
    RetryPolicy,
    RunState,
    Skipped,
    TaskState,
    TransientError,
)

NOW = timedelta(0)


@pytest.fixture(autouse=True)
def _a_machine_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("KODIT_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
async def queue(url):
    async with kodit.open_queue(url, default=AT_ONCE) as opened:
        yield opened


class TestWork:
    async def test_a_run_is_carried_out_phase_by_phase(self, queue):
        seen = []

        async def note(work):
            seen.append((work.task.type, work.payload))
            return Done({"photos": 1})

        run = await queue.enqueue(PHOTOS, dedup_key="7", payload={"photo": 7})
        await soon(queue.work({Job.PUBLISH: note, Job.RESIZE: note}, drain=True))

        ended = await soon(queue.finished(run))
        assert seen == [(Job.RESIZE, {"photo": 7}), (Job.PUBLISH, {"photo": 7})]
        assert all(isinstance(kind, Job) for kind, _ in seen)
        assert (ended.state, ended.counts) == (RunState.COMPLETED, {"photos": 2})
        assert ended == await queue.run(run.id)

    @pytest.mark.parametrize(
        ("outcome", "state"),
        [
            (None, TaskState.SUCCEEDED),
            (Done(), TaskState.SUCCEEDED),
            (Skipped("nothing new"), TaskState.SKIPPED),
            (Failed("broken"), TaskState.DEAD),
            (Retry("not now"), TaskState.SCHEDULED),
            ("a word", TaskState.DEAD),
        ],
    )
    async def test_what_a_handler_gives_back_ends_its_attempt(self, url, outcome, state):
        async def give(_work):
            return outcome

        async with kodit.open_queue(url) as queue:
            run = await queue.enqueue(SINGLE, dedup_key="7")
            await soon(queue.work({Job.RESIZE: give}, drain=True))

            assert [task.state for task in await queue.tasks(run)] == [state]

    @pytest.mark.parametrize(
        ("error", "attempts"),
        [(TransientError("busy"), 2), (OSError("gone"), 2), (PermanentError("no"), 1)],
        ids=["transient", "unforeseen", "permanent"],
    )
    async def test_an_error_is_tried_again_unless_that_cannot_help(self, queue, error, attempts):
        async def fail(_work):
            raise error

        run = await queue.enqueue(SINGLE, dedup_key="7")
        async with working(queue, {Job.RESIZE: fail}):
            ended = await soon(queue.finished(run))

        [task] = await queue.tasks(run)
        assert ended.state is RunState.FAILED
        assert (task.state, task.attempts, len(task.errors)) == (TaskState.DEAD, attempts, attempts)
        assert str(error) in task.errors[-1].message
        assert task.errors[-1].remedy is None

    async def test_a_type_is_tried_by_its_own_policy(self, url):
        async def hang(_work):
            await asyncio.Event().wait()

        policy = RetryPolicy(attempts=1, time_limit=timedelta(milliseconds=10))
        async with kodit.open_queue(url, policies={Job.RESIZE: policy}) as queue:
            run = await queue.enqueue(SINGLE, dedup_key="7")
            await soon(queue.work({Job.RESIZE: hang}, drain=True))
            [task] = await queue.tasks(run)

        assert (task.state, task.errors[0].kind) == (TaskState.DEAD, "TimedOut")

    async def test_progress_is_told_in_the_programs_own_words(self, queue):
        async def report(work):
            async with work.progress.step("scale down", total=3) as step:
                await step.advance(3)

        run = await queue.enqueue(SINGLE, dedup_key="7")
        await soon(queue.work({Job.RESIZE: report}, drain=True))

        [step] = await queue.steps(run)
        assert (step.step, step.state, step.current, step.total) == ("scale down", "done", 3, 3)

    async def test_no_more_run_at_a_time_than_there_are_slots(self, queue):
        running = []
        most = 0

        async def count(work):
            nonlocal most
            running.append(work)
            most = max(most, len(running))
            await asyncio.sleep(0)
            running.remove(work)

        await queue.enqueue_all(SINGLE, {str(number): {} for number in range(20)})
        await soon(queue.work({Job.RESIZE: count}, slots=3, drain=True))

        assert 0 < most <= 3

    async def test_what_is_in_hand_is_given_back_unharmed_after_the_grace(self, queue):
        begun = asyncio.Event()

        async def hang(_work):
            begun.set()
            await asyncio.Event().wait()

        run = await queue.enqueue(SINGLE, dedup_key="7")
        async with working(queue, {Job.RESIZE: hang}, grace=NOW):
            await soon(begun.wait())
        [task] = await queue.tasks(run)

        assert (task.state, task.attempts) == (TaskState.READY, 0)

    async def test_what_is_in_hand_is_given_back_when_the_work_is_cancelled(self, queue):
        begun = asyncio.Event()

        async def hang(_work):
            begun.set()
            await asyncio.Event().wait()

        run = await queue.enqueue(SINGLE, dedup_key="7")
        job = asyncio.create_task(queue.work({Job.RESIZE: hang}, signals=False))
        await soon(begun.wait())
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        [task] = await queue.tasks(run)

        assert (task.state, task.attempts) == (TaskState.READY, 0)


class TestEnqueue:
    async def test_many_are_enqueued_at_once_in_their_order(self, queue):
        runs = await queue.enqueue_all(SINGLE, {str(number): {"photo": number} for number in range(1_200)}, priority=3)

        assert [run.payload["photo"] for run in runs] == list(range(1_200))
        assert {run.priority for run in runs} == {3}
        first = [(await queue.tasks(run))[0].id for run in runs[:20]]
        assert first == sorted(first)

    async def test_what_is_enqueued_twice_is_one_run_of_its_pipeline(self, queue):
        first = await queue.enqueue(PHOTOS, dedup_key="7")
        again = await queue.enqueue(PHOTOS, dedup_key="7", priority=5)
        other = await queue.enqueue(SINGLE, dedup_key="7")

        assert (again.id, again.priority) == (first.id, 5)
        assert other.id != first.id

    @pytest.mark.parametrize(
        "payload",
        [{"at": object()}, {"share": float("nan")}, {"name": "\0"}, {"name": "\udc80"}],
        ids=["no JSON", "no number", "NUL", "half a character"],
    )
    async def test_what_no_database_can_store_is_refused(self, queue, payload):
        with pytest.raises(KoditError, match="payload must be JSON"):
            await queue.enqueue(SINGLE, dedup_key="7", payload=payload)

    @pytest.mark.parametrize("key", ["", "x" * 101])
    async def test_a_key_without_words_or_with_too_many_is_refused(self, queue, key):
        with pytest.raises(KoditError, match="a key has 1 to 100 characters"):
            await queue.enqueue(SINGLE, dedup_key=key)

    async def test_the_longest_names_and_keys_are_stored(self, queue):
        kind = IntEnum("Long", {"T" * 32: 1005})
        pipeline = Pipeline("p" * 32, *[Phase(one) for one in kind])
        run = await queue.enqueue(pipeline, dedup_key="\N{SNOWMAN}" * 100)

        assert await queue.tasks(run)


class TestKoditsOwn:
    async def test_types_that_are_kodits_are_refused_everywhere(self, queue, url):
        wrong = Pipeline("wrong", Phase(TaskType.SYNC))
        with pytest.raises(KoditError, match="no type of a program's own"):
            await queue.enqueue(wrong, dedup_key="7")
        with pytest.raises(KoditError, match="no type of a program's own"):
            await queue.work({TaskType.SYNC: nothing})
        with pytest.raises(KoditError, match="no type of a program's own"):
            await queue.pause(TaskType.SYNC)
        with pytest.raises(KoditError, match="no type of a program's own"):
            async with kodit.open_queue(url, policies={TaskType.SYNC: AT_ONCE}):
                pass

    async def test_a_worker_of_kodit_leaves_other_programs_tasks_alone(self, queue, url, tmp_path):
        (tmp_path / "code").mkdir()
        async with kodit.open(database_url=url.replace("sqlite:", "sqlite+aiosqlite:")) as engine:
            source = await engine.add(str(tmp_path / "code"))
            run = await queue.enqueue(SINGLE, dedup_key="7", payload={"index_id": source.id})
            await soon(engine.worker().run(drain=True))
            listed = await engine.views.tasks()
            board = await engine.overview.board()
            details = await engine.queue.details(listed[0].id)

        assert [task.state for task in await queue.tasks(run)] == [TaskState.READY]
        assert [(row.type.name, row.source) for row in listed] == [("TYPE_1000", None)]
        assert details.source is None
        assert [one.type.name for one in board.statistics.types] == ["TYPE_1000"]

    async def test_an_index_is_not_left_to_a_worker_of_another_program(self, queue, url, tmp_path):
        async with (
            working(queue, {Job.RESIZE: nothing}),
            kodit.open(database_url=url.replace("sqlite:", "sqlite+aiosqlite:")) as engine,
        ):
            assert not engine.presence.alive()


class TestChanges:
    async def test_a_run_can_be_cancelled(self, queue):
        run = await queue.enqueue(PHOTOS, dedup_key="7")
        cancelled = await queue.cancel(run)

        assert cancelled.state is RunState.CANCELLED
        assert (await soon(queue.finished(run))).state is RunState.CANCELLED

    async def test_a_dead_task_is_told_and_tried_again(self, queue):
        outcomes = [Failed("no space left"), Done()]

        async def fail_once(_work):
            return outcomes.pop(0)

        run = await queue.enqueue(PHOTOS, dedup_key="7")
        await soon(queue.work({Job.RESIZE: fail_once, Job.PUBLISH: nothing}, drain=True))
        [letter] = await queue.dead(Job.RESIZE)
        await queue.retry(letter.id)
        await soon(queue.work({Job.RESIZE: fail_once, Job.PUBLISH: nothing}, drain=True))

        assert (letter.run_id, letter.message) == (run.id, "no space left")
        assert (await queue.run(run.id)).state is RunState.COMPLETED
        assert await queue.dead(Job.RESIZE) == []

    async def test_a_paused_type_waits_until_it_is_resumed(self, queue):
        run = await queue.enqueue(SINGLE, dedup_key="7")
        await queue.pause(Job.RESIZE)
        await soon(queue.work({Job.RESIZE: nothing}, drain=True))
        paused = await queue.run(run.id)
        await queue.resume(Job.RESIZE)
        await soon(queue.work({Job.RESIZE: nothing}, drain=True))

        assert paused.state is RunState.PENDING
        assert (await queue.run(run.id)).state is RunState.COMPLETED

    async def test_a_limit_holds_for_all_slots(self, queue):
        running = set()

        async def alone(work):
            assert not running
            running.add(work.task.id)
            await asyncio.sleep(0)
            running.remove(work.task.id)

        await queue.limit(Job.RESIZE, 1)
        runs = await queue.enqueue_all(SINGLE, {str(number): {} for number in range(5)})
        await soon(queue.work({Job.RESIZE: alone}, slots=5, drain=True))

        assert {(await queue.run(run.id)).state for run in runs} == {RunState.COMPLETED}
