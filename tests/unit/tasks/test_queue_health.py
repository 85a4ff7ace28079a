"""When the queue asks to be looked at."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.application.tasks.health import ALERTS, alerts
from kodit.application.tasks.statistics import Durations, QueueStatistics, TypeStatistics, WorkerRow, failed_attempts
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import TaskType

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
READY, BLOCKED, SCHEDULED = TaskState.READY, TaskState.BLOCKED, TaskState.SCHEDULED
WORKER = WorkerRow(owner="a", host="here", pid=1, slots=3, running=0, started_at=NOON, seen_at=NOON)


def of_type(kind=TaskType.SYNC, *, attempts=0, failed=0, waited=None, paused=False, **states):
    return TypeStatistics(
        type=kind,
        by_state={TaskState(name): number for name, number in states.items()},
        oldest_ready_at=NOON - waited if waited else None,
        next_due_at=None,
        finished=(0, 0, 0),
        attempts=attempts,
        failed=failed,
        tries={},
        durations=None,
        paused=paused,
    )


def a_queue(*types, workers=(WORKER,), all_paused=False):
    return QueueStatistics(at=NOON, types=types, workers=workers, covers=HOUR, all_paused=all_paused)


def names(*types, **of_queue):
    return [alert.name for alert in alerts(a_queue(*types, **of_queue))]


def test_an_idle_queue_is_well():
    assert names() == []


@pytest.mark.parametrize(("states", "expected"), [
    ({"ready": 100}, []),
    ({"ready": 101}, ["backlog"]),
    ({"ready": 41, "blocked": 60}, ["backlog"]),
    ({"scheduled": 5000, "running": 500, "dead": 5000, "succeeded": 5000}, []),
])  # fmt: skip
def test_more_than_a_hundred_tasks_that_wait_for_a_worker_are_a_backlog(states, expected):
    assert names(of_type(**states)) == expected


def test_the_backlog_is_counted_over_every_type():
    assert names(of_type(ready=60), of_type(TaskType.EXTRACT, ready=60)) == ["backlog"]


@pytest.mark.parametrize(
    ("attempts", "failed", "expected"),
    [(100, 10, []), (100, 11, ["errors"]), (10, 2, ["errors"]), (9, 9, [])],
)
def test_more_than_a_tenth_of_failed_attempts_is_an_alert_if_there_were_enough_of_them(attempts, failed, expected):
    assert names(of_type(attempts=attempts, failed=failed)) == expected


def test_the_alert_names_the_type_that_fails_most():
    [alert] = alerts(a_queue(of_type(attempts=50, failed=9), of_type(TaskType.EXTRACT, attempts=50, failed=41)))

    assert "50% of 100" in alert.message
    assert "EXTRACT" in alert.message


@pytest.mark.parametrize(
    ("waited", "workers", "expected"),
    [(HOUR, (), ["no worker"]), (HOUR, (WORKER,), []), (timedelta(seconds=59), (), [])],
)
def test_ready_tasks_without_a_worker_are_an_alert_after_a_minute(waited, workers, expected):
    assert names(of_type(ready=1, waited=waited), workers=workers) == expected


def test_what_waits_behind_a_pause_is_an_alert_and_an_empty_pause_is_none():
    assert names(of_type(ready=1, paused=True), of_type(TaskType.EXTRACT, ready=1)) == ["paused"]
    assert names(of_type(paused=True)) == []


def test_a_paused_queue_is_one_alert_and_needs_no_worker():
    assert names(of_type(ready=1, waited=HOUR, paused=True), workers=(), all_paused=True) == ["paused"]


def test_every_alert_is_known_by_name_and_says_what_to_do():
    bad = of_type(ready=500, waited=HOUR, attempts=50, failed=50, paused=True)
    raised = alerts(a_queue(bad, workers=()))

    assert tuple(alert.name for alert in raised) == ALERTS
    assert all("kodit " in alert.remedy for alert in raised)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_percentiles_are_durations_that_occurred_and_as_many_lie_below_as_promised(seconds):
    found = Durations.among(seconds)

    assert {found.p50, found.p95} <= set(seconds)
    assert sum(one <= found.p50 for one in seconds) >= 0.5 * len(seconds)
    assert sum(one <= found.p95 for one in seconds) >= 0.95 * len(seconds)
    assert sum(one < found.p95 for one in seconds) < 0.95 * len(seconds) + 1e-9


def test_there_are_no_percentiles_of_nothing():
    assert Durations.among([]) is None


@pytest.mark.parametrize(
    ("state", "attempts", "failed"),
    [
        (TaskState.SUCCEEDED, 1, 0),
        (TaskState.SUCCEEDED, 3, 2),
        (TaskState.DEAD, 4, 4),
        (SCHEDULED, 2, 2),
        (TaskState.CANCELLED, 0, 0),
        (TaskState.CANCELLED, 1, 0),
    ],
)
def test_failed_attempts_are_told_from_where_a_task_stands(state, attempts, failed):
    assert failed_attempts(state, attempts) == failed
