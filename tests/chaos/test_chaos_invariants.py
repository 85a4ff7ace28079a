"""The checks of the chaos test find what they are meant to find."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from chaos_invariants import Tables, violations
from chaos_work import Step

from kodit.domain.tasks.task import WORKER_DIED, WORKER_SILENT

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLAIM, SECOND_CLAIM = (
    {"event": "claimed", "token": "one", "attempt": 1},
    {"event": "claimed", "token": "two", "attempt": 2},
)
EFFECT, SECOND_EFFECT = {"event": "effect", "token": "one"}, {"event": "effect", "token": "two"}
DONE, SECOND_DONE = ({"event": "settled", "state": "succeeded", "token": token} for token in ("one", "two"))
RESCUE = {"event": "rescued", "state": "ready", "reason": WORKER_DIED}
FIRST = [CLAIM, EFFECT, DONE]


def row(number, **given):
    empty = dict.fromkeys(("task_id", "attempt", "token", "state", "reason", "owner"))
    return SimpleNamespace(**empty | {"in_order": True, "until": 100.0, "at": 100.0, "id": number} | given)


def task(number, kind, **given):
    usual = {"state": "succeeded", "attempts": 1, "max_attempts": 3, "needs": []}
    return SimpleNamespace(**usual | {"id": number, "run_id": 1, "type": kind} | given)


def tables(*told, first=None, second=None, run=None, asked=0):
    """A run of two tasks; `told` are rows about the second, which needs the first."""
    found = SimpleNamespace(
        **{"id": 1, "state": "completed", "dedup_key": "key", "payload": {"fate": "plain"}} | (run or {})
    )
    rows = [{"task_id": 1, **one} for one in FIRST] + [{"task_id": 2, **one} for one in told]
    rows.insert(asked, {"event": "asked"})
    tasks = [task(1, Step.READ, **(first or {})), task(2, Step.LEFT, needs=[Step.READ], **(second or {}))]
    ledger = [row(number, **{"run_id": 1, **one}) for number, one in enumerate(rows, 1)]
    return Tables({1: found}, {one.id: one for one in tasks}, ledger)


def test_an_undisturbed_run_breaks_nothing():
    assert violations(tables(CLAIM, EFFECT, DONE), promised=[1]) == []


def test_a_takeover_with_a_second_effect_breaks_nothing():
    story = (CLAIM, EFFECT, RESCUE, SECOND_CLAIM, SECOND_EFFECT, SECOND_DONE)

    assert violations(tables(*story, second={"attempts": 2})) == []


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (tables(CLAIM, EFFECT, DONE, EFFECT), "effect after it was succeeded"),
        (tables(CLAIM, RESCUE, SECOND_CLAIM, EFFECT, SECOND_EFFECT, SECOND_DONE), "effect of a stale lease"),
        (tables(CLAIM, EFFECT, EFFECT, DONE), "has 2 effects"),
        (tables(CLAIM, DONE), "has 0 effects"),
        (tables(CLAIM, EFFECT, SECOND_CLAIM, SECOND_DONE), "while it was leased"),
        (tables(CLAIM, RESCUE, SECOND_CLAIM, DONE), "whose lease was over"),
        (tables(CLAIM, RESCUE | {"reason": WORKER_SILENT, "at": 99.0}), "1.0 s before the lease of"),
        (tables(CLAIM, RESCUE, {"event": "extended", "token": "one"}), "prolonged, which was over"),
        (tables(CLAIM, EFFECT | {"in_order": False}, DONE), "before what it needs had succeeded"),
        (tables(CLAIM, EFFECT, DONE, second={"attempts": 2}), "counts 2 attempts of 1"),
        (tables(CLAIM, EFFECT, DONE, second={"max_attempts": 0}), "was tried 1 times of 0"),
        (tables(CLAIM, EFFECT, DONE, second={"state": "running"}), "is running at the end"),
        (tables(CLAIM, EFFECT, DONE, second={"state": "dead"}), "is dead, which nobody noted"),
        (tables(CLAIM, EFFECT, DONE, second={"state": "dead"}), "died in a run that is plain"),
        (tables(CLAIM, EFFECT, DONE, run={"state": "failed"}), "is failed with tasks"),
        (tables(CLAIM, EFFECT, DONE, second={"state": "cancelled"}), "was cancelled for nothing"),
        (tables(CLAIM, EFFECT, DONE, first={"needs": [Step.LEFT]}), "task 1 began before 2"),
        (tables(CLAIM, EFFECT, DONE, asked=6), "and nothing began afterwards"),
        (tables(second={"attempts": 0}), "nobody touched it"),
    ],
)
def test_a_broken_promise_is_found(broken, told):
    assert any(told in one for one in violations(broken)), violations(broken)


def test_a_run_that_was_acknowledged_and_is_not_there_is_found():
    assert violations(tables(CLAIM, EFFECT, DONE), promised=[2]) == ["run 2 was acknowledged and is lost"]


def test_two_runs_of_one_key_at_a_time_are_found():
    both = tables(CLAIM, EFFECT, DONE)
    both.runs[2] = SimpleNamespace(**vars(both.runs[1]) | {"id": 2})
    both.tasks[3] = task(3, Step.READ, run_id=2)
    both.ledger[5:5] = [row(2, task_id=3, run_id=2, **one) for one in FIRST]

    assert "key: run 2 began while another was live" in violations(both)
