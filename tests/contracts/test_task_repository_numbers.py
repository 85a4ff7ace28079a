"""What every TaskRepository promises of numbers that nothing has: however large they are, nothing is found."""

from functools import partial

import pytest
from queue_steps import NOON, enqueue, new, snapshot

from kodit.domain.errors import NotFound


@pytest.mark.parametrize("number", [2**31, 3_000_000_000, 2**63 - 1, 2**63, 10**30, 0, -1, -(2**31) - 1, -(10**30)])
async def test_a_number_that_nothing_has_is_not_found(queue, number):
    run = await enqueue(queue, new())
    before = await snapshot(queue, run)

    for task_verb in (queue.get, queue.discard):
        with pytest.raises(NotFound, match=f"there is no task {number}$"):
            await task_verb(number)
    with pytest.raises(NotFound, match=f"there is no task {number}$"):
        await queue.retry(number, now=NOON)
    with pytest.raises(NotFound, match=f"there is no run {number}$"):
        await queue.run(number)
    with pytest.raises(NotFound, match=f"there is no run {number}$"):
        await queue.cancel(number, now=NOON)
    assert list(await queue.tasks_of(number)) == []
    assert list(await queue.over([number, run.id])) == []
    assert set(await queue.missing([number, run.id])) == {number}

    assert await snapshot(queue, run) == before


@pytest.mark.parametrize("number", [True, False])
async def test_what_is_true_or_false_is_no_number(queue, number):
    runs = [await enqueue(queue, new(key=key)) for key in ("a", "b")]
    await queue.cancel(runs[0].id, now=NOON)
    before = [await snapshot(queue, run) for run in runs]

    await nothing_is_found(queue, number, f"{number}")

    assert [await snapshot(queue, run) for run in runs] == before


@pytest.mark.parametrize("number", [10**5_000, -(10**5_000)], ids=["huge", "huge below"])
async def test_a_number_that_python_does_not_write_is_not_found(queue, number):
    await nothing_is_found(queue, number, "with a number of very many digits")


async def nothing_is_found(queue, number, words):
    for ask in (queue.get, queue.discard, partial(queue.retry, now=NOON)):
        with pytest.raises(NotFound, match=f"there is no task {words}$"):
            await ask(number)
    for ask in (queue.run, partial(queue.cancel, now=NOON)):
        with pytest.raises(NotFound, match=f"there is no run {words}$"):
            await ask(number)
    assert list(await queue.tasks_of(number)) == []
    assert list(await queue.over([number])) == []
    assert set(await queue.missing([number])) == {number}
