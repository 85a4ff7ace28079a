"""What every ProgressRepository promises."""

from dataclasses import replace

import pytest
from queue_steps import HOUR, MINUTE, NOON, SECOND, claim, demand, enqueue, new, settle

from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Cancelled, Done, Failed, Released, Retry, Snoozed
from kodit.domain.tasks.progress import Step, StepState, TaskOperation
from kodit.domain.tasks.task import Lease


@pytest.fixture
async def unit(storage):
    async with storage.write() as opened:
        yield opened


@pytest.fixture
async def run(unit):
    return await enqueue(unit.tasks, new(pipeline=CODE))


@pytest.fixture
async def tasks(unit, run):
    return [task.id for task in await unit.tasks.tasks_of(run.id)]


def a_step(task_id, operation=TaskOperation.SCAN_FILES, position=1, *, at=NOON, **changes):
    given = {"state": StepState.RUNNING, "current": 0, "total": None, "message": None, "updated_at": at}
    return Step(task_id=task_id, step=operation, position=position, started_at=at, **(given | changes))


@pytest.mark.parametrize("operation", TaskOperation)
async def test_a_step_comes_back_as_it_went_in(unit, run, tasks, operation):
    step = a_step(tasks[0], operation, state=StepState.FAILED, current=2**33, total=2**63 - 1, message="caf\N{SNOWMAN}")

    await unit.progress.put(step)

    assert await unit.progress.of_run(run.id) == [step]


async def test_what_was_known_of_a_step_is_replaced(unit, run, tasks):
    step = a_step(tasks[0])
    await unit.progress.put(step)

    later = replace(step, current=7, total=9, state=StepState.DONE, updated_at=NOON + MINUTE)
    await unit.progress.put(later)

    assert await unit.progress.of_run(run.id) == [later]


async def test_steps_come_in_the_order_in_which_they_began(unit, run, tasks):
    _, _, keywords, vectors, _ = tasks
    done = {"state": StepState.DONE}
    later = a_step(keywords, TaskOperation.CREATE_BM25_INDEX, at=NOON + MINUTE, **done)
    second = a_step(vectors, TaskOperation.UPDATE_INDEX_TIMESTAMP, 2, at=NOON + SECOND, **done)
    first = a_step(vectors, TaskOperation.CREATE_CODE_EMBEDDINGS, 1, at=NOON, **done)
    for step in (later, second, first):
        await unit.progress.put(step)

    assert await unit.progress.of_run(run.id) == [first, second, later]


async def test_steps_that_began_at_one_moment_keep_their_position(unit, run, tasks):
    done = {"state": StepState.DONE}
    steps = [a_step(tasks[0], operation, number, **done) for number, operation in enumerate(TaskOperation)]
    for step in reversed(steps):
        await unit.progress.put(step)

    assert await unit.progress.of_run(run.id) == steps


async def test_runs_do_not_see_each_others_steps(unit, run, tasks):
    other = await enqueue(unit.tasks, new("other"))
    await unit.progress.put(a_step(tasks[0]))

    assert await unit.progress.of_run(other.id) == []
    assert await unit.progress.of_run(10**30) == []


async def test_what_no_database_can_spell_does_not_stop_the_report(unit, run, tasks):
    await unit.progress.put(a_step(tasks[0], message="caf\udce9\0"))

    [step] = await unit.progress.of_run(run.id)
    assert step.message.startswith("caf")


@pytest.mark.parametrize(
    "outcome", [Retry("network"), Released(), Snoozed(MINUTE, "not yet"), Failed("no"), Cancelled(), Done()]
)
async def test_no_step_runs_on_when_its_task_does_not(unit, run, tasks, outcome):
    [task] = await claim(unit.tasks)
    done = a_step(task.id, TaskOperation.SCAN_FILES, 1, state=StepState.DONE)
    under_way = a_step(task.id, TaskOperation.EXTRACT_SNIPPETS, 2, current=2, total=9, message="slow")
    for step in (done, under_way):
        await unit.progress.put(step)
    assert await unit.progress.of_run(run.id) == [done, under_way]

    await settle(unit.tasks, task, outcome)

    assert await unit.progress.of_run(run.id) == [done, replace(under_way, state=StepState.STOPPED)]


async def test_no_step_runs_on_when_its_worker_was_found_dead(unit, run, tasks):
    [task] = await claim(unit.tasks)
    await unit.progress.put(a_step(task.id))

    await unit.tasks.rescue(now=NOON + HOUR)

    assert [step.state for step in await unit.progress.of_run(run.id)] == [StepState.STOPPED]


@pytest.mark.parametrize(
    "outcome", [Retry("network"), Retry("away", excused=True), Released(), Snoozed(MINUTE, "wait")]
)
@pytest.mark.parametrize("verb", ["claim", "exchange"])
async def test_another_attempt_begins_without_the_steps_of_the_last(unit, run, tasks, verb, outcome):
    [task] = await claim(unit.tasks)
    await unit.progress.put(a_step(task.id))
    await settle(unit.tasks, task, outcome)
    assert len(await unit.progress.of_run(run.id)) == 1

    lease = Lease(owner="worker", token="again", until=NOON + 2 * HOUR)
    given = ([],) if verb == "exchange" else ()
    await getattr(unit.tasks, verb)(*given, lease, demand(), now=NOON + HOUR)

    assert await unit.progress.of_run(run.id) == []


@pytest.mark.parametrize("outcome", [Failed("no"), Cancelled()])
async def test_a_task_that_is_retried_begins_without_the_steps_that_it_had(unit, run, tasks, outcome):
    [task] = await claim(unit.tasks)
    await unit.progress.put(a_step(task.id))
    await settle(unit.tasks, task, outcome)

    await unit.tasks.retry(task.id, now=NOON + HOUR)

    assert await unit.progress.of_run(run.id) == []


async def test_a_run_that_is_forgotten_takes_its_steps_along(unit, run, tasks):
    await unit.progress.put(a_step(tasks[0]))

    await unit.tasks.forget("a")

    assert await unit.progress.of_run(run.id) == []
