"""Rows that a newer kodit wrote, read by an older one beside it: what it does not know of, it passes over."""

from homes import EachVerbItsOwnUnit
from queue_steps import claim, enqueue, new, settle

from kodit.domain.tasks.policy import Retry

SAY_MORE = (
    """UPDATE tasks SET errors = '[{"attempt": 1, "at": "2026-01-01T00:00:00+00:00", "worker": "w", """
    """"kind": "k", "message": "m", "newer": 1}]'"""
)


async def test_a_task_whose_errors_say_more_than_we_know_is_claimed_and_settled_like_any_other(storage, database):
    queue = EachVerbItsOwnUnit(storage, "tasks")
    run = await enqueue(queue, new())
    async with database.write() as connection:
        await connection.exec_driver_sql(SAY_MORE)

    [task] = await claim(queue)
    assert [(error.attempt, error.message) for error in task.errors] == [(1, "m")]
    await settle(queue, task, Retry("again"))
    [task] = await queue.tasks_of(run.id)
    assert [error.message for error in task.errors] == ["m", "again"]


async def test_a_task_that_needs_a_type_of_which_we_do_not_know_can_be_read(storage, database):
    queue = EachVerbItsOwnUnit(storage, "tasks")
    run = await enqueue(queue, new())
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE tasks SET needs = '[99]'")

    [task] = await queue.tasks_of(run.id)
    assert [kind.name for kind in task.needs] == ["TYPE_99"]
