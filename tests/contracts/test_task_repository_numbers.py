"""What every TaskRepository promises of numbers that nothing has: however large they are, nothing is found."""

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
