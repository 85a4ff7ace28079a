"""When the queue asks to be looked at."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.application.tasks.health import ALERTS, alerts
from kodit.application.tasks.statistics import (
    Durations,
    HeldTasks,
    QueueStatistics,
    ReadyTasks,
    TypeStatistics,
    WorkerRow,
    failed_attempts,
)
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import OtherTaskType, TaskType

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
READY, BLOCKED, SCHEDULED = TaskState.READY, TaskState.BLOCKED, TaskState.SCHEDULED
MINE = OtherTaskType(1000)


def a_worker(machine="machine", *, types=tuple(TaskType), places=None):
    """A worker of kodit's, unless it is said what else it takes, and where."""
    return WorkerRow(
        owner=f"{machine}-1-a",
        machine=machine,
        host=machine.upper(),
        pid=1,
        slots=3,
        running=0,
        types=types,
        places=("", machine) if places is None else places,
        started_at=NOON,
        seen_at=NOON,
        alive_until=NOON + HOUR,
    )


WORKER = a_worker()
PROGRAM = a_worker("program", types=(MINE,), places=("",))


def ready(kind=TaskType.SYNC, place="", *, number=1, waited=HOUR):
    return ReadyTasks(type=kind, place=place, number=number, oldest_at=NOON - waited)


def held(owner="machine-1-a", *, until=NOON + HOUR, host="HOST", kind=TaskType.SYNC):
    machine = owner.partition("-")[0]
    return HeldTasks(
        owner=owner,
        machine=machine,
        host=host,
        pid=17 if host else None,
        seen_at=NOON,
        type=kind,
        number=2,
        leased_until=until,
    )


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


def a_queue(*types, workers=(WORKER,), all_paused=False, **changes):
    return QueueStatistics(at=NOON, types=types, workers=workers, covers=HOUR, all_paused=all_paused, **changes)


def no_worker(*waiting, **of_queue):
    """What is said of what is ready, and what to do about it."""
    found = alerts(a_queue(ready=waiting, **of_queue))
    assert {alert.name for alert in found} <= {"no worker"}
    return [(alert.message, alert.remedy) for alert in found]


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
    ("state", "lists"),
    [
        ({"dead": 1}, ["kodit queue dead --type SYNC"]),
        ({"scheduled": 2}, ["kodit queue list --type SYNC --state scheduled"]),
        ({"dead": 1, "scheduled": 2}, ["kodit queue dead --type", "--state scheduled"]),
        ({"succeeded": 50}, ["kodit queue list --type SYNC --state all", "kodit queue show TASK"]),
    ],
)
def test_failed_attempts_are_looked_for_where_there_are_some(state, lists):
    [alert] = alerts(a_queue(of_type(attempts=50, failed=20, **state)))

    assert all(words in alert.remedy for words in lists)
    assert ("queue dead" in alert.remedy) == ("dead" in state)


@pytest.mark.parametrize(
    ("waited", "workers", "expected"),
    [
        (HOUR, (), [("ready for a worker: 1, and none is alive", "kodit worker")]),
        (HOUR, (PROGRAM,), [("ready for a worker: 1, and none of kodit's is alive", "kodit worker")]),
        (HOUR, (WORKER,), []),
        (timedelta(seconds=59), (), []),
    ],
)
def test_ready_tasks_without_a_worker_are_an_alert_after_a_minute(waited, workers, expected):
    assert no_worker(ready(waited=waited), workers=workers) == expected


def test_what_is_ready_on_a_machine_without_a_worker_is_an_alert_that_names_the_machine():
    bound = ready(place="build", number=3)

    assert no_worker(bound, workers=[a_worker("build")]) == []
    assert no_worker(bound, here="build") == [
        ("ready for a worker: 3, and none on this machine is alive", "kodit worker")
    ]
    [(message, remedy)] = no_worker(bound, hosts={"build": "builder"})
    assert (message, remedy) == ("ready where no worker is alive: 3 on builder", "on builder: kodit worker")
    [(message, remedy)] = no_worker(bound, ready(place="attic"), hosts={"attic": "attic"})
    assert message == "ready where no worker is alive: 3 on machine build, 1 on attic"
    assert remedy == "on machine build, attic: kodit worker (kodit status there tells the machine's id)"


def test_what_only_another_program_handles_is_not_sent_to_kodit_s_worker():
    assert no_worker(ready(MINE), workers=(WORKER, PROGRAM)) == []
    [(message, remedy)] = no_worker(ready(MINE, number=7))

    assert message == "ready: 7 of TYPE_1000, and no worker that is alive handles that"
    assert remedy.startswith("start the program that handles TYPE_1000, which kodit worker does not")
    assert remedy.endswith("kodit queue list --type TYPE_1000")
    assert no_worker(ready(), workers=[PROGRAM]) != []


def test_a_backlog_of_another_program_asks_for_that_program():
    [alert] = alerts(a_queue(of_type(ready=1), of_type(MINE, ready=500)))

    assert alert.remedy.startswith("start another worker: the program that handles TYPE_1000")


def silent(*tasks, **of_queue):
    [alert] = alerts(a_queue(held=tasks, **of_queue))
    assert alert.name == "silent worker"
    return alert.message, alert.remedy


def test_what_a_dead_worker_holds_is_an_alert_that_says_until_when_and_where_it_is_taken_over():
    assert alerts(a_queue(held=[held()])) == []
    alone = silent(held(), workers=(), hosts={"machine": "HOST"})
    other = silent(held(), workers=[a_worker("other")], here="machine")

    said = "held by a worker that is dead or silent: 2 (HOST:17); the lease ends at 13:00:00 UTC"
    assert alone == (said, "on HOST: kodit worker; or elsewhere after that")
    assert other == (said, "a worker takes over then, or at once on this machine: kodit worker")
    assert silent(held(kind=MINE), workers=())[1].startswith("on machine machine: the program that handles TYPE_1000")


def test_when_the_lease_is_over_any_worker_will_do():
    gone = held("attic-1-a", until=NOON - HOUR, host=None)

    message, remedy = silent(gone, workers=())
    assert message.endswith("2 (one of machine attic); the lease ended at 11:00:00 UTC")
    assert remedy == "on any machine: kodit worker"
    assert silent(gone)[1] == "a worker takes over within seconds"


def test_what_waits_behind_a_pause_is_an_alert_and_an_empty_pause_is_none():
    assert names(of_type(ready=1, paused=True), of_type(TaskType.EXTRACT, ready=1)) == ["paused"]
    assert names(of_type(paused=True)) == []


def test_a_paused_queue_is_one_alert_and_needs_no_worker():
    waits = of_type(ready=1, waited=HOUR, paused=True)
    assert names(waits, workers=(), all_paused=True, ready=[ready()]) == ["paused"]


def test_every_alert_is_known_by_name_and_says_what_to_do():
    bad = of_type(ready=500, waited=HOUR, attempts=50, failed=50, paused=True)
    raised = alerts(a_queue(bad, workers=(), ready=[ready(TaskType.EXTRACT)], held=[held()]))

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
