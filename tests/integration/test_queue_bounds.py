"""Numbers that another program may give the queue: the same bounds on SQLite as on PostgreSQL."""

from enum import IntEnum

import pytest
from own_program import SINGLE, Job
from own_steps import AT_ONCE, nothing, soon

import kodit
from kodit.domain.errors import InvalidInput, NotFound
from kodit.queue import Done, Failed, Phase, Pipeline, RetryPolicy, RunState, TaskState

LARGEST = 1_000_000_000
BEYOND = [LARGEST + 1, 2**31, 3_000_000_000, 2**63, 10**30, 10**5_000]
NO_NUMBERS = [1.0, "7", None, True]


class Extreme(IntEnum):
    LAST = 2**31 - 1
    TOO_HIGH = 2**31
    FAR_TOO_HIGH = 10**30


@pytest.fixture
async def queue(url):
    async with kodit.open_queue(url, default=AT_ONCE) as opened:
        yield opened


async def test_numbers_at_their_bounds_are_taken(url):
    pipeline = Pipeline("bounds", Phase(Extreme.LAST, offset=LARGEST // 2), Phase(Job.RESIZE, offset=-LARGEST // 2))
    policy = RetryPolicy(attempts=LARGEST)

    async with kodit.open_queue(url, policies={Extreme.LAST: policy}, default=policy) as queue:
        await queue.limit(Extreme.LAST, LARGEST)
        highest = await queue.enqueue(pipeline, dedup_key="highest", priority=LARGEST)
        [lowest] = await queue.enqueue_all(pipeline, {"lowest": {}}, priority=-LARGEST)
        # Who asks again raises what waits by as much as there is between the two.
        assert (await queue.enqueue(pipeline, dedup_key="lowest", priority=LARGEST)).id == lowest.id
        await soon(queue.work({Extreme.LAST: nothing, Job.RESIZE: nothing}, slots=LARGEST, drain=True))

        for run in (highest, lowest):
            assert (await queue.run(run)).state is RunState.COMPLETED
            assert [task.max_attempts for task in await queue.tasks(run)] == [LARGEST, LARGEST]
        assert list(await queue.dead(Extreme.LAST, limit=LARGEST)) == []


@pytest.mark.parametrize("kind", [Extreme.TOO_HIGH, Extreme.FAR_TOO_HIGH], ids=["next", "far"])
async def test_a_type_that_no_database_has_a_number_for_is_refused(url, queue, kind):
    pipeline = Pipeline("high", Phase(kind))
    asks = (
        lambda: queue.enqueue(pipeline, dedup_key="7"),
        lambda: queue.enqueue_all(pipeline, {"7": {}}),
        lambda: soon(queue.work({kind: nothing}, drain=True)),
        lambda: queue.dead(kind),
        lambda: queue.pause(kind),
        lambda: queue.resume(kind),
        lambda: queue.limit(kind, 1),
    )
    for ask in asks:
        with pytest.raises(InvalidInput, match="no type of a program's own") as raised:
            await ask()
        assert "from 1,000 to 2,147,483,647" in (raised.value.remedy or "")
    with pytest.raises(InvalidInput, match="no type of a program's own"):
        async with kodit.open_queue(url, policies={kind: AT_ONCE}):
            pass


async def test_attempts_that_cannot_be_counted_are_refused(tmp_path):
    for number in (0, -1, *BEYOND, *NO_NUMBERS):
        with pytest.raises(InvalidInput, match="attempts is a whole number from 1 to 1,000,000,000"):
            async with kodit.open_queue(tmp_path / "data", default=RetryPolicy(attempts=number)):
                pass


async def test_a_limit_that_cannot_be_stored_is_refused(queue):
    with pytest.raises(InvalidInput, match="a limit of a number of very many digits"):
        await queue.limit(Job.RESIZE, -(10**5_000))
    for number in (*BEYOND, 1.0, "7", True):
        with pytest.raises(InvalidInput, match="the limit is a whole number from 1 to 1,000,000,000"):
            await queue.limit(Job.RESIZE, number)
    for number in (-1, *BEYOND, *NO_NUMBERS):
        with pytest.raises(InvalidInput, match="the limit is a whole number from 0 to 1,000,000,000"):
            await queue.dead(Job.RESIZE, limit=number)


async def test_slots_that_no_worker_has_are_refused(queue):
    for number in (-1, *BEYOND, *NO_NUMBERS):
        with pytest.raises(InvalidInput, match="slots is a whole number from 1 to 1,000,000,000"):
            await soon(queue.work({Job.RESIZE: nothing}, slots=number, drain=True))


async def test_a_priority_that_cannot_be_stored_is_refused(queue):
    for number in (*BEYOND, -LARGEST - 1, *NO_NUMBERS):
        with pytest.raises(InvalidInput, match="a priority is a whole number"):
            await queue.enqueue(SINGLE, dedup_key="7", priority=number)
        with pytest.raises(InvalidInput, match="a priority is a whole number"):
            await queue.enqueue_all(SINGLE, {"7": {}}, priority=number)


async def test_an_offset_that_carries_a_priority_too_far_is_refused(queue):
    for number in (LARGEST // 2 + 1, -LARGEST // 2 - 1, *BEYOND, *NO_NUMBERS):
        pipeline = Pipeline("far", Phase(Job.RESIZE, offset=number))
        with pytest.raises(InvalidInput, match="an offset is a whole number from -500,000,000 to 500,000,000"):
            await queue.enqueue(pipeline, dedup_key="7")


@pytest.mark.parametrize("way", ["total", "advance"])
async def test_what_a_step_cannot_count_fails_its_task_in_words(queue, way):
    numbers = {f"{number!r}": number for number in (2**63, -(2**63), 10**30, 1.5, "7", True)}

    async def count(work):
        number = numbers[work.payload["number"]]
        async with work.progress.step("bytes", total=number if way == "total" else None) as step:
            await step.advance(number)

    runs = await queue.enqueue_all(SINGLE, {key: {"number": key} for key in numbers})
    await soon(queue.work({Job.RESIZE: count}, drain=True))
    for run in runs:
        [task] = await queue.tasks(run)
        assert task.state is TaskState.DEAD
        assert "a step counts in whole numbers" in (task.note or "")


async def test_a_step_counts_as_far_as_a_database_has_numbers(queue):
    async def count(work):
        async with work.progress.step("bytes", total=2**63 - 1) as step:
            await step.advance(2**63 - 2)
            await step.advance()
            with pytest.raises(InvalidInput):
                await step.advance()

    run = await queue.enqueue(SINGLE, dedup_key="7")
    await soon(queue.work({Job.RESIZE: count}, drain=True))

    [step] = await queue.steps(run)
    assert (step.current, step.total) == (2**63 - 1, 2**63 - 1)


async def test_what_a_handler_cannot_have_counted_fails_its_task_in_words(queue):
    async def count(_work):
        return Done(counts={"bytes": 10**5_000})

    run = await queue.enqueue(SINGLE, dedup_key="7")
    await soon(queue.work({Job.RESIZE: count}, drain=True))

    [task] = await queue.tasks(run)
    assert task.state is TaskState.DEAD
    assert "counts are whole numbers up to" in (task.note or "")


async def test_a_number_that_no_run_and_no_task_has_is_not_found(queue):
    async def fail(_work):
        return Failed("no")

    run = await queue.enqueue(SINGLE, dedup_key="7")
    await soon(queue.work({Job.RESIZE: fail}, drain=True))
    for number in (3_000_000_000, 2**63 - 1, 2**63, 10**30, 0, -1, -(10**30)):
        for ask in (queue.run, queue.tasks, queue.steps, queue.finished, queue.cancel, queue.retry):
            with pytest.raises(NotFound, match=f"{number}$"):
                await soon(ask(number))
    for number, words in ((True, "True$"), (10**5_000, "digits$"), (-(10**5_000), "digits$")):
        for ask in (queue.run, queue.tasks, queue.steps, queue.finished, queue.cancel, queue.retry):
            with pytest.raises(NotFound, match=words):
                await soon(ask(number))
    assert (await queue.run(run)).state is RunState.FAILED
