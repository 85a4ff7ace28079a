"""Runs of random pipelines through random outcomes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodit.domain.errors import Conflict
from kodit.domain.tasks.pipeline import CODE, Phase, Pipeline
from kodit.domain.tasks.policy import Cancelled, Done, Failed, Policies, Retry, RetryPolicy, Skipped
from kodit.domain.tasks.run import LIVE_RUNS, RunState, advanced, asked_again, plan, revived, successor
from kodit.domain.tasks.task import LIVE, SATISFYING, Lease, TaskState
from kodit.domain.tasks.task_type import TaskType

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEASE = Lease(owner="worker", token="token", until=NOON + timedelta(minutes=1))
POLICY = RetryPolicy()
OUTCOMES = [Done(), Done(skip_followers="unchanged"), Skipped("empty"), Retry("later"), Failed("no"), Cancelled()]


@st.composite
def pipelines(draw):
    """Any order of any types, each needing any of those before it."""
    types = draw(st.permutations(list(TaskType)))[: draw(st.integers(1, 5))]
    needs = [draw(st.frozensets(st.sampled_from(types[:n]))) if n else frozenset() for n in range(len(types))]
    phases = [Phase(kind, offset=draw(st.integers(0, 50)), needs=needs[n]) for n, kind in enumerate(types)]
    return Pipeline("any", *draw(st.permutations(phases)))


def begin(pipeline, *, priority=10, attempts=2):
    new = plan(
        pipeline,
        dedup_key="a",
        payload={},
        priority=priority,
        policies=Policies(RetryPolicy(attempts=attempts)),
        now=NOON,
    )
    return new.run, [task._replace(id=number) for number, task in enumerate(new.tasks, start=1)]


def attempt(tasks, task, outcome):
    """All tasks after one attempt at one of them; a pause is over at once."""
    settled = task.claimed(LEASE, now=NOON).settled(outcome, policy=POLICY, now=NOON, chance=0.5)
    if settled.state is TaskState.SCHEDULED:
        settled = settled._replace(state=TaskState.READY)
    skip = outcome.skip_followers if isinstance(outcome, Done) else None
    return advanced([settled if other.id == task.id else other for other in tasks], now=NOON, skip=skip)


def ready(tasks):
    return [task for task in tasks if task.state is TaskState.READY]


def assert_in_order(tasks):
    states = {task.type: task.state for task in tasks}
    for task in tasks:
        if task.state is TaskState.READY or task.attempts:
            assert all(states[need] in SATISFYING for need in task.needs)


def work_off(data, tasks, outcomes):
    while choices := ready(tasks):
        tasks = attempt(tasks, data.draw(st.sampled_from(choices)), data.draw(st.sampled_from(outcomes)))
        assert_in_order(tasks)
    return tasks


@settings(deadline=None)
@given(st.data(), pipelines())
def test_nothing_starts_before_its_needs_and_every_run_ends(data, pipeline):
    run, tasks = begin(pipeline)

    tasks = work_off(data, tasks, OUTCOMES)

    assert all(task.state not in LIVE for task in tasks)
    over = run.after(tasks, now=NOON)
    states = {task.state for task in tasks}
    assert (over.state is RunState.COMPLETED) == (states <= SATISFYING)
    assert (over.state is RunState.FAILED) == (TaskState.DEAD in states)
    assert over.finished_at == NOON


@settings(deadline=None)
@given(st.data(), pipelines())
def test_retrying_what_failed_completes_any_run(data, pipeline):
    run, tasks = begin(pipeline)
    tasks = work_off(data, tasks, [Done(), Failed("no"), Cancelled()])

    while broken := [task for task in tasks if task.state not in SATISFYING]:
        first = next(task for task in broken if not {other.type for other in broken} & set(task.needs))
        tasks = revived(tasks, first, now=NOON)
        assert_in_order(tasks)
        assert run.after(tasks, now=NOON).state in LIVE_RUNS
        tasks = work_off(data, tasks, [Done()])

    assert run.after(tasks, now=NOON).state is RunState.COMPLETED


@settings(deadline=None)
@given(st.data(), pipelines(), st.lists(st.integers(0, 100), min_size=1, max_size=4))
def test_asking_again_never_lowers_and_keeps_the_distances(data, pipeline, asked):
    run, tasks = begin(pipeline)
    offsets = {phase.type: phase.offset for phase in pipeline}
    tasks = attempt(tasks, ready(tasks)[0], data.draw(st.sampled_from(OUTCOMES)))
    run = run.after(tasks, now=NOON)
    alive = run.state in LIVE_RUNS

    for priority in asked:
        before = run.priority
        run, tasks = asked_again(run, tasks, priority=priority, now=NOON)
        assert run.priority == max(before, priority)
        assert {task.type: task.priority - run.priority for task in tasks} == offsets

    assert not alive or run.again == max(asked)


@settings(deadline=None)
@given(st.data(), pipelines(), st.integers(0, 100))
def test_the_run_that_follows_is_as_one_newly_planned(data, pipeline, priority):
    run, tasks = begin(pipeline)
    tasks = attempt(tasks, ready(tasks)[0], Done())
    run, tasks = asked_again(run.after(tasks, now=NOON), tasks, priority=priority, now=NOON)
    tasks = work_off(data, tasks, OUTCOMES)
    run = run.after(tasks, now=NOON)._replace(again=priority)

    new = successor(run, tasks, now=NOON)

    assert new == plan(
        pipeline, dedup_key="a", payload={}, priority=priority, policies=Policies(RetryPolicy(attempts=2)), now=NOON
    )


def test_a_run_that_nobody_asked_for_again_is_followed_by_none():
    run, tasks = begin(Pipeline("one", Phase(TaskType.SYNC)))
    tasks = attempt(tasks, tasks[0], Done())

    assert successor(run.after(tasks, now=NOON), tasks, now=NOON) is None


def test_nothing_follows_while_a_run_is_alive():
    run, tasks = begin(CODE)
    run, tasks = asked_again(run._replace(state=RunState.PROCESSING), tasks, priority=50, now=NOON)

    assert run.again == 50
    assert successor(run, tasks, now=NOON) is None


def test_a_task_whose_need_failed_cannot_be_retried_before_it():
    _, tasks = begin(CODE)
    tasks = attempt(tasks, tasks[0], Failed("no"))

    with pytest.raises(Conflict):
        revived(tasks, tasks[1], now=NOON)


def test_counts_of_the_same_name_are_added():
    run, _ = begin(CODE)

    counted = run.counted(Done({"files": 1})).counted(Done({"files": 2, "snippets": 3})).counted(Skipped("no"))

    assert counted.counts == {"files": 3, "snippets": 3}
