"""How much room there is for each type, and which policy and order it has."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.tasks.claim import EVERYTHING, Control, Demand, rooms
from kodit.domain.tasks.pipeline import CODE
from kodit.domain.tasks.policy import Policies, RetryPolicy
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task_type import OtherTaskType, TaskType

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SYNC, EXTRACT = TaskType.SYNC, TaskType.EXTRACT
BOTH = Demand(limit=5, types=(SYNC, EXTRACT))


@pytest.mark.parametrize(
    ("controls", "running", "expected"),
    [
        pytest.param([], {}, {SYNC: 5, EXTRACT: 5}, id="nothing held back"),
        pytest.param([Control(type=SYNC, paused=True)], {}, {EXTRACT: 5}, id="a type paused"),
        pytest.param([Control(type=EVERYTHING, paused=True)], {}, {}, id="everything paused"),
        pytest.param([Control(type=SYNC, most=2)], {}, {SYNC: 2, EXTRACT: 5}, id="limited, none running"),
        pytest.param([Control(type=SYNC, most=2)], {1: 1}, {SYNC: 1, EXTRACT: 5}, id="limited, one running"),
        pytest.param([Control(type=SYNC, most=2)], {1: 2}, {EXTRACT: 5}, id="at its limit"),
        pytest.param([Control(type=SYNC, most=2)], {1: 9}, {EXTRACT: 5}, id="beyond its limit"),
        pytest.param([Control(type=SYNC, most=99)], {1: 9}, {SYNC: 5, EXTRACT: 5}, id="more than is wanted"),
        pytest.param([Control(type=SYNC, most=2, paused=True)], {}, {EXTRACT: 5}, id="limited and paused"),
        pytest.param([Control(type=TaskType.ENRICH, paused=True)], {5: 9}, {SYNC: 5, EXTRACT: 5}, id="not asked for"),
        pytest.param([Control(type=EVERYTHING, most=1)], {1: 9}, {SYNC: 5, EXTRACT: 5}, id="a limit is of a type"),
    ],
)
def test_room_is_what_is_wanted_less_what_is_held_back(controls, running, expected):
    assert rooms(BOTH, controls, running) == expected


def test_another_programs_type_has_the_room_its_number_has():
    other = OtherTaskType(1234)

    found = rooms(Demand(limit=5, types=(other,)), [Control(type=OtherTaskType(1234), most=3)], {1234: 1})

    assert found == {other: 2}


@given(st.integers(0, 9), st.dictionaries(st.sampled_from(TaskType), st.integers(0, 9)), st.data())
def test_no_type_ever_gets_beyond_its_limit(limit, running, data):
    most = data.draw(st.dictionaries(st.sampled_from(TaskType), st.integers(0, 9)))
    controls = [Control(type=kind, most=number) for kind, number in most.items()]

    found = rooms(Demand(limit=limit, types=tuple(TaskType)), controls, running)

    for kind, room in found.items():
        assert 0 < room <= limit
        assert kind not in most or running.get(kind, 0) + room <= most[kind]


def test_each_type_has_its_own_policy_and_the_others_the_default():
    default, own = RetryPolicy(attempts=4), RetryPolicy(attempts=9, time_limit=timedelta(minutes=5))
    policies = Policies(default, {TaskType.ENRICH: own, 1234: own})

    assert policies.of(TaskType.SYNC) is default
    assert policies.of(TaskType.ENRICH) is own
    assert policies.of(OtherTaskType(1234)) is own


def planned(**options):
    return plan(CODE, dedup_key="a", payload={}, priority=10, now=NOON, **{"policies": Policies(), **options})


def test_a_run_takes_the_attempts_of_each_type_from_its_policy():
    new = planned(policies=Policies(RetryPolicy(attempts=2), {TaskType.ENRICH: RetryPolicy(attempts=7)}))

    assert [task.max_attempts for task in new.tasks] == [2, 2, 2, 2, 7]


def test_early_phases_are_more_urgent_so_that_many_runs_advance_side_by_side():
    assert [task.priority for task in planned().tasks] == [50, 40, 30, 20, 10]


def test_with_finish_first_late_phases_are_more_urgent_so_that_what_was_begun_ends():
    assert [task.priority for task in planned(finish_first=True).tasks] == [10, 20, 30, 40, 50]


def test_finish_first_changes_no_order_that_a_need_asks_for():
    side_by_side, one_by_one = planned(), planned(finish_first=True)

    assert [(t.type, t.needs, t.state) for t in side_by_side.tasks] == [
        (t.type, t.needs, t.state) for t in one_by_one.tasks
    ]
    assert max(t.priority for t in side_by_side.tasks) == max(t.priority for t in one_by_one.tasks)


def test_every_task_of_a_run_is_for_its_place():
    assert {task.place for task in planned(place="here").tasks} == {"here"}
    assert {task.place for task in planned().tasks} == {""}
