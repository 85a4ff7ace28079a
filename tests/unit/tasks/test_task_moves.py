from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kodit.domain.errors import IllegalMove
from kodit.domain.tasks.policy import (
    LONGEST_WAIT,
    Cancelled,
    Done,
    Failed,
    Released,
    Retry,
    RetryPolicy,
    Skipped,
    Snoozed,
)
from kodit.domain.tasks.task import EXCUSES, LIVE, WORKER_DIED, Lease, Task, TaskState
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
    return task._replace(state=state, **changes)


def running(**changes):
    return a_task().claimed(LEASE, now=NOON)._replace(**changes)


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
        (Snoozed(MINUTE, "waits"), TaskState.SCHEDULED),
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
    held = mine._replace(priority=90)

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

    ended = settled(mine, outcome).heeding(mine._replace(cancel_requested=True), now=NOON)

    assert (ended.state, ended.finished_at) == (state, NOON)


EXCUSED = Retry("no answer", kind="DatabaseAway", excused=True)


def lived_through(*outcomes, max_attempts=3):
    """A task after attempts that ended so, and the pauses after them in seconds."""
    task, now, pauses = a_task()._replace(max_attempts=max_attempts), NOON, []
    for outcome in outcomes:
        task = task.hastened(now=now).claimed(LEASE, now=now)
        task = task.settled(outcome, policy=POLICY, now=now, chance=0.5)
        pauses.append((task.ready_at - now).total_seconds())
        now = task.ready_at
    return task, pauses


def test_an_excused_attempt_does_not_count_and_the_next_comes_soon():
    task, pauses = lived_through(EXCUSED, EXCUSED, EXCUSED)

    assert (task.state, task.attempts, pauses) == (TaskState.SCHEDULED, 0, [1, 2, 4])
    assert [(error.attempt, error.kind) for error in task.errors] == [(1, "DatabaseAway")] * 3
    assert (task.note, task.lease_token) == ("no answer", None)


def test_an_attempt_is_excused_a_few_times_in_a_row_and_then_counts():
    task, pauses = lived_through(*[EXCUSED] * (EXCUSES + 1))

    assert (task.attempts, pauses) == (1, [1, 2, 4, 8, 16, 60])
    assert lived_through(*[EXCUSED] * (EXCUSES + 1), EXCUSED)[0].attempts == 1


@pytest.mark.parametrize("max_attempts", [1, 3])
def test_a_task_whose_every_attempt_is_excused_ends(max_attempts):
    tries = max_attempts * (EXCUSES + 1)

    assert lived_through(*[EXCUSED] * (tries - 1), max_attempts=max_attempts)[0].state is TaskState.SCHEDULED
    assert lived_through(*[EXCUSED] * tries, max_attempts=max_attempts)[0].state is TaskState.DEAD


def test_what_was_excused_before_a_retry_by_hand_is_forgotten():
    task, _ = lived_through(*[EXCUSED] * (EXCUSES + 1), max_attempts=1)
    later = NOON + 60 * MINUTE

    again = task.retried(now=later).claimed(LEASE, now=later)

    assert again.settled(EXCUSED, policy=POLICY, now=later, chance=0.5).state is TaskState.SCHEDULED


def test_a_pause_after_an_excused_attempt_is_no_longer_than_after_one_that_counts():
    swift = replace(POLICY, base=timedelta(milliseconds=10))

    assert running().settled(EXCUSED, policy=swift, now=NOON, chance=0.5).ready_at - NOON == swift.base


def test_an_error_says_who_when_and_why():
    [error] = settled(running(), Failed("no", kind="NotFound", trace="line 1")).errors

    assert (error.attempt, error.at, error.worker) == (1, NOON, "ada")
    assert (error.kind, error.message, error.trace) == ("NotFound", "no", "line 1")


class TestSnooze:
    def test_it_gives_the_attempt_back_and_says_what_is_waited_for(self):
        task = settled(running(attempts=2), Snoozed(5 * MINUTE, "waits for Bedrock"))

        assert (task.attempts, task.snoozes, task.errors) == (1, 1, ())
        assert (task.ready_at, task.note, task.is_snoozed) == (NOON + 5 * MINUTE, "waits for Bedrock", True)

    def test_it_may_happen_any_number_of_times(self):
        task = a_task(max_attempts=1)
        for number in range(50):
            task = settled(task.claimed(LEASE, now=NOON), Snoozed(MINUTE, "waits"))
            assert (task.state, task.snoozes) == (TaskState.SCHEDULED, number + 1)
            task = task._replace(state=TaskState.READY)

        assert settled(task.claimed(LEASE, now=NOON), Retry("network")).state is TaskState.DEAD

    def test_a_failure_after_it_is_no_snooze_and_a_snooze_after_that_is_one(self):
        snoozed = settled(running(), Snoozed(MINUTE, "waits"))
        again = snoozed._replace(state=TaskState.READY).claimed(LEASE, now=NOON)
        failed = settled(again, Retry("network"))
        assert (failed.attempts, failed.snoozes, failed.is_snoozed) == (1, 1, False)

        once_more = settled(failed._replace(state=TaskState.READY).claimed(LEASE, now=NOON), Snoozed(MINUTE, "waits"))
        assert (once_more.attempts, once_more.snoozes, once_more.is_snoozed) == (1, 2, True)

    def test_a_dead_worker_after_it_costs_an_attempt(self):
        snoozed = settled(running(), Snoozed(MINUTE, "waits"))
        again = snoozed._replace(state=TaskState.READY).claimed(LEASE, now=NOON)

        lost = again.lost(now=NOON, reason=WORKER_DIED)

        assert (lost.state, lost.attempts) == (TaskState.READY, 1)

    def test_who_cancels_it_need_not_wait(self):
        snoozed = settled(running(), Snoozed(MINUTE, "waits"))

        assert snoozed.cancelled("cancelled", now=NOON).state is TaskState.CANCELLED
        asked = running().cancelled("cancelled", now=NOON)
        assert settled(running(), Snoozed(MINUTE, "waits")).heeding(asked, now=NOON).state is TaskState.CANCELLED

    def test_being_tried_anew_forgets_it(self):
        snoozed = settled(running(), Snoozed(MINUTE, "waits"))

        assert snoozed.renewed(TaskState.READY, now=NOON).snoozes == 0


@pytest.mark.parametrize("outcome", [Snoozed(timedelta.max, "x"), Retry("x", after=timedelta.max)])
@pytest.mark.parametrize("excused", [True, False])
def test_a_wait_beyond_all_dates_is_a_long_one(outcome, excused):
    if isinstance(outcome, Retry):
        outcome = replace(outcome, excused=excused)
    endless = RetryPolicy(base=timedelta.max, longest=timedelta.max)

    waiting = a_task().claimed(LEASE, now=NOON).settled(outcome, policy=endless, now=NOON, chance=0.99)

    assert waiting.state is TaskState.SCHEDULED
    assert waiting.ready_at - NOON >= LONGEST_WAIT
