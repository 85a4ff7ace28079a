from datetime import UTC, datetime

import pytest

from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.pipeline import CODE, Phase, Pipeline
from kodit.domain.tasks.policy import Policies, RetryPolicy
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import QueuePriority, TaskType

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SYNC, EXTRACT, BM25, CODE_EMBEDDINGS, ENRICH, *_ = TaskType


def planned(priority):
    return plan(
        CODE,
        dedup_key="a",
        payload={"index_id": 1},
        priority=priority,
        policies=Policies(RetryPolicy(attempts=4)),
        now=NOON,
    )


@pytest.mark.parametrize(
    "phases",
    [
        pytest.param([Phase(SYNC), Phase(SYNC)], id="a phase given twice"),
        pytest.param([Phase(SYNC), Phase(EXTRACT, needs=frozenset({BM25}))], id="a need that is no phase"),
        pytest.param([Phase(SYNC, needs=frozenset({SYNC}))], id="a phase that needs itself"),
        pytest.param(
            [Phase(SYNC, needs=frozenset({EXTRACT})), Phase(EXTRACT, needs=frozenset({SYNC}))], id="a circle of two"
        ),
    ],
)
def test_a_pipeline_that_could_never_end_is_refused_when_it_is_built(phases):
    with pytest.raises(InvalidInput, match="pipeline odd"):
        Pipeline("odd", *phases)


@pytest.mark.parametrize(
    ("priority", "numbers"),
    [(QueuePriority.USER_INITIATED, [90, 80, 70, 60, 50]), (QueuePriority.BACKGROUND, [50, 40, 30, 20, 10])],
)
def test_the_phases_of_code_have_the_founding_priorities(priority, numbers):
    tasks = planned(priority).tasks

    assert [task.type for task in tasks] == [SYNC, EXTRACT, BM25, CODE_EMBEDDINGS, ENRICH]
    assert [task.priority for task in tasks] == numbers


def test_the_stored_numbers_never_change():
    assert {kind.name: kind.value for kind in TaskType} == {
        "SYNC": 1,
        "EXTRACT": 2,
        "BM25_INDEX": 3,
        "CODE_EMBEDDINGS": 4,
        "ENRICH": 5,
        "EXPORT": 6,
        "PUBLISH": 7,
    }


def test_each_phase_of_code_needs_the_work_it_builds_on():
    assert {phase.type: set(phase.needs) for phase in CODE} == {
        SYNC: set(),
        EXTRACT: {SYNC},
        BM25: {EXTRACT},
        CODE_EMBEDDINGS: {EXTRACT},
        ENRICH: {BM25, CODE_EMBEDDINGS},
    }


def test_a_planned_run_starts_with_what_needs_nothing():
    states = [task.state for task in planned(10).tasks]

    assert states == [TaskState.READY, *[TaskState.BLOCKED] * 4]


def test_a_task_holds_all_that_a_worker_needs():
    for task in planned(10).tasks:
        assert (task.payload, task.max_attempts, task.created_at) == ({"index_id": 1}, 4, NOON)


def test_the_tasks_of_a_run_have_keys_of_their_own():
    assert len({task.dedup_key for task in planned(10).tasks}) == len(CODE.phases)
