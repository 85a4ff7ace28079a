"""How the ends of attempts move a run, whatever the queue."""

from datetime import UTC, datetime, timedelta

import pytest

from kodit.domain.tasks.claim import Ending
from kodit.domain.tasks.moves import by_run, ended, is_whole_end, moved
from kodit.domain.tasks.pipeline import CODE, Phase, Pipeline
from kodit.domain.tasks.policy import (
    Cancelled,
    Done,
    Failed,
    Policies,
    Released,
    Retry,
    RetryPolicy,
    Skipped,
    Snoozed,
)
from kodit.domain.tasks.run import RunState, plan
from kodit.domain.tasks.task import Lease, TaskState
from kodit.domain.tasks.task_type import TaskType

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
LEASE = Lease(owner="worker", token="token", until=LATER)
SYNC, EXTRACT, BM25, EMBEDDINGS, ENRICH, *_ = TaskType
PAIR = Pipeline("pair", Phase(SYNC), Phase(EXTRACT))


def begun(pipeline=CODE, *, run_id=1, attempts=3):
    """A run whose ready tasks are claimed."""
    new = plan(
        pipeline,
        dedup_key="a",
        payload={},
        priority=10,
        policies=Policies(RetryPolicy(attempts=attempts)),
        now=NOON,
    )
    tasks = [task._replace(id=10 * run_id + n, run_id=run_id) for n, task in enumerate(new.tasks)]
    tasks = [task.claimed(LEASE, now=NOON) if task.state is TaskState.READY else task for task in tasks]
    return new.run._replace(id=run_id).after(tasks, now=NOON), tasks


def end(task, outcome=Done()):  # noqa: B008 - Done is immutable
    policy = RetryPolicy(base=timedelta(minutes=1), jitter=0)
    return Ending(task, task.settled(outcome, policy=policy, now=LATER, chance=0.5), outcome)


def states(move):
    return [task.state for task in move.tasks]


def test_a_follower_is_readied_and_counted():
    run, tasks = begun()

    move = ended(run, tasks, [end(tasks[0], Done({"files": 2}))], now=LATER)

    assert states(move)[:3] == [TaskState.SUCCEEDED, TaskState.READY, TaskState.BLOCKED]
    assert (move.run.state, move.run.counts, move.lost) == (RunState.PROCESSING, {"files": 2}, frozenset())
    assert move.readied(tasks) == 1


def test_two_that_end_together_end_the_run_once():
    run, tasks = begun(PAIR)

    move = ended(run, tasks, [end(tasks[0], Done({"files": 2})), end(tasks[1], Done({"files": 3}))], now=LATER)

    assert (move.run.state, move.run.finished_at, move.run.counts) == (RunState.COMPLETED, LATER, {"files": 5})
    assert move.readied(tasks) == 0


def test_an_ending_without_the_stored_lease_changes_nothing():
    run, tasks = begun(PAIR)
    stale = tasks[0]._replace(lease_token="an older one")

    move = ended(run, tasks, [end(stale, Done({"files": 9}))], now=LATER)

    assert (move.run, list(move.tasks), move.lost) == (run, tasks, {stale.id})


def test_nor_does_one_of_a_task_that_is_gone():
    run, tasks = begun(PAIR)
    gone = tasks[0]._replace(id=404)

    assert ended(run, tasks, [end(gone)], now=LATER).lost == {404}


def test_of_several_endings_the_lost_one_leaves_the_others_alone():
    run, tasks = begun(PAIR)
    stale = tasks[0]._replace(lease_token="an older one")

    move = ended(run, tasks, [end(stale, Failed("no")), end(tasks[1])], now=LATER)

    assert states(move) == [TaskState.RUNNING, TaskState.SUCCEEDED]
    assert move.lost == {stale.id}
    assert move.run.state is RunState.PROCESSING


def test_one_attempt_does_not_end_twice():
    run, tasks = begun(PAIR)

    move = ended(run, tasks, [end(tasks[0], Done({"files": 1}))] * 2, now=LATER)

    assert (move.lost, move.run.counts) == ({tasks[0].id}, {"files": 1})


def test_what_was_asked_of_the_stored_task_meanwhile_is_heeded():
    run, tasks = begun(PAIR)
    stored = [tasks[0]._replace(cancel_requested=True, priority=99), tasks[1]]

    move = ended(run, stored, [end(tasks[0], Retry("network"))], now=LATER)

    assert (move.tasks[0].state, move.tasks[0].priority) == (TaskState.CANCELLED, 99)


def test_a_run_that_was_asked_for_again_is_followed_once_it_is_over():
    run, tasks = begun(PAIR)
    run = run._replace(again=50)

    half = ended(run, tasks, [end(tasks[0])], now=LATER)
    assert (half.following, half.run.again) == (None, 50)
    whole = ended(half.run, half.tasks, [end(tasks[1])], now=LATER)

    assert (whole.run.state, whole.run.again) == (RunState.COMPLETED, None)
    assert (whole.following.run.priority, whole.following.run.state) == (50, RunState.PENDING)
    assert whole.readied(half.tasks) == 2


def test_a_failure_cancels_what_follows_and_readies_nothing():
    run, tasks = begun()

    move = ended(run, tasks, [end(tasks[0], Failed("no"))], now=LATER)

    assert states(move) == [TaskState.DEAD, *[TaskState.CANCELLED] * 4]
    assert (move.run.state, move.readied(tasks)) == (RunState.FAILED, 0)


def test_nothing_changed_skips_what_follows():
    run, tasks = begun()

    move = ended(run, tasks, [end(tasks[0], Done(skip_followers="nothing changed"))], now=LATER)

    assert states(move) == [TaskState.SUCCEEDED, *[TaskState.SKIPPED] * 4]
    assert move.run.state is RunState.COMPLETED


def test_what_is_given_back_counts_as_ready_again():
    run, tasks = begun(PAIR)

    move = ended(run, tasks, [end(tasks[0], Released())], now=LATER)

    assert (move.tasks[0].state, move.tasks[0].attempts, move.readied(tasks)) == (TaskState.READY, 0, 1)


def test_a_task_that_waits_for_another_try_is_not_ready():
    run, tasks = begun(PAIR)

    assert ended(run, tasks, [end(tasks[0], Retry("network"))], now=LATER).readied(tasks) == 0


def test_a_run_none_of_whose_tasks_changed_stays_as_it_is():
    run, tasks = begun()

    move = moved(run, tasks, now=LATER)

    assert (move.run, list(move.tasks), move.following, move.readied(tasks)) == (run, tasks, None, 0)


def test_endings_are_grouped_by_run_in_the_order_given():
    _, first = begun(PAIR, run_id=1)
    _, second = begun(PAIR, run_id=2)
    endings = [end(second[1]), end(first[0], Cancelled()), end(second[0])]

    assert by_run(endings) == {2: [endings[0], endings[2]], 1: [endings[1]]}


WORKED = Done(), Done({"files": 2}), Done(skip_followers="nothing changed"), Skipped("nothing changed")
ENDS = *WORKED, Failed("no"), Retry("later"), Cancelled(), Released(), Snoozed(timedelta(minutes=1), "waits")


@pytest.mark.parametrize("outcome", ENDS)
@pytest.mark.parametrize("asked", [{}, {"cancel_requested": True}, {"priority": 99}])
def test_a_whole_end_leaves_nothing_to_decide(outcome, asked):
    run, [task] = begun(Pipeline("single", Phase(SYNC)))
    ending, held = end(task, outcome), task._replace(**asked)

    assert is_whole_end(ending, now=LATER) == (isinstance(outcome, Done) and not outcome.counts)
    if is_whole_end(ending, now=LATER):
        move = ended(run, [held], [ending], now=LATER)
        freed = {"lease_owner": None, "lease_token": None, "leased_until": None, "note": None}
        assert move.tasks == [held._replace(state=TaskState.SUCCEEDED, finished_at=LATER, **freed)]
        assert move.run == run._replace(state=RunState.COMPLETED, finished_at=LATER)
        assert (move.following, move.readied([held])) == (None, 0)


def test_an_end_of_another_moment_is_no_whole_one():
    _, [task] = begun(Pipeline("single", Phase(SYNC)))

    assert not is_whole_end(end(task), now=LATER + timedelta(seconds=1))
