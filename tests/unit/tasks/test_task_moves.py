from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kodit.domain.errors import IllegalMove
from kodit.domain.tasks.policy import Cancelled, Done, Failed, Released, Retry, RetryPolicy, Skipped
from kodit.domain.tasks.task import LIVE, WORKER_DIED, Lease, Task, TaskState
from kodit.domain.tasks.task_type import TaskType

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = Lease(owner="ada", token="token", until=NOON + MINUTE)
POLICY = RetryPolicy(base=MINUTE, jitter=0)


def a_task(state=TaskState.READY, **changes):
    task = Task(
        run_id=1,
        type=TaskType.SYNC,
        priority=50,
        payload={},
        dedup_key="a",
        created_at=NOON,
        ready_at=NOON,
        state=TaskState.READY,
        max_attempts=3,
    )
    return replace(task, state=state, **changes)


def running(**changes):
    return replace(a_task().claimed(LEASE, now=NOON), **changes)


def settled(task, outcome):
    return task.settled(outcome, policy=POLICY, now=NOON, chance=0.5)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Done(), TaskState.SUCCEEDED),
        (Skipped("nothing to do"), TaskState.SKIPPED),
        (Retry("network"), TaskState.SCHEDULED),
        (Failed("no such place"), TaskState.DEAD),
        (Cancelled(), TaskState.CANCELLED),
        (Released(), TaskState.READY),
    ],
)
def test_an_outcome_decides_the_state_and_ends_the_lease(outcome, state):
    task = settled(running(), outcome)

    assert task.state is state
    assert (task.lease_owner, task.lease_token, task.leased_until) == (None, None, None)
    assert (task.finished_at is None) == (state in LIVE)


@pytest.mark.parametrize("state", [state for state in TaskState if state is not TaskState.RUNNING])
def test_only_a_running_task_is_settled_or_lost(state):
    with pytest.raises(IllegalMove):
        settled(a_task(state), Done())
    with pytest.raises(IllegalMove):
        a_task(state).lost(now=NOON, reason=WORKER_DIED)


@pytest.mark.parametrize("state", [state for state in TaskState if state is not TaskState.READY])
def test_only_a_ready_task_is_claimed(state):
    with pytest.raises(IllegalMove):
        a_task(state).claimed(LEASE, now=NOON)


@pytest.mark.parametrize("state", [state for state in TaskState if state is not TaskState.BLOCKED])
def test_only_a_blocked_task_is_readied_or_skipped(state):
    with pytest.raises(IllegalMove):
        a_task(state).unblocked(now=NOON)
    with pytest.raises(IllegalMove):
        a_task(state).skipped("unchanged", now=NOON)


@pytest.mark.parametrize("state", sorted(set(TaskState) - {TaskState.DEAD, TaskState.CANCELLED}))
def test_only_a_dead_or_cancelled_task_is_retried(state):
    with pytest.raises(IllegalMove):
        a_task(state).retried(now=NOON)


@pytest.mark.parametrize("state", sorted(set(TaskState) - LIVE))
def test_what_is_over_is_not_cancelled(state):
    with pytest.raises(IllegalMove):
        a_task(state).cancelled("cancelled", now=NOON)


@pytest.mark.parametrize(("attempts", "state"), [(2, TaskState.SCHEDULED), (3, TaskState.DEAD), (4, TaskState.DEAD)])
def test_the_last_attempt_is_the_last(attempts, state):
    assert settled(running(attempts=attempts), Retry("network")).state is state
    lost = running(attempts=attempts).lost(now=NOON, reason=WORKER_DIED)
    assert lost.state is (TaskState.DEAD if state is TaskState.DEAD else TaskState.READY)


def test_what_was_asked_of_a_task_while_it_ran_is_heeded():
    mine = running()
    held = replace(mine, priority=90)

    assert settled(mine, Retry("network")).heeding(held, now=NOON).priority == 90
    assert settled(mine, Done()).heeding(held, now=NOON).state is TaskState.SUCCEEDED


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Done(), TaskState.SUCCEEDED),
        (Failed("no"), TaskState.DEAD),
        (Retry("network"), TaskState.CANCELLED),
        (Released(), TaskState.CANCELLED),
    ],
)
def test_a_task_that_was_asked_to_stop_does_not_come_back(outcome, state):
    mine = running()

    ended = settled(mine, outcome).heeding(replace(mine, cancel_requested=True), now=NOON)

    assert (ended.state, ended.finished_at) == (state, NOON)


def test_an_error_says_who_when_and_why():
    [error] = settled(running(), Failed("no", kind="NotFound", trace="line 1")).errors

    assert (error.attempt, error.at, error.worker) == (1, NOON, "ada")
    assert (error.kind, error.message, error.trace) == ("NotFound", "no", "line 1")
