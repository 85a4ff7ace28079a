"""When a source is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.errors import InvalidInput
from kodit.domain.sources.schedule import (
    JITTER,
    LONGEST,
    LONGEST_PAUSE,
    NEVER,
    SHORTEST,
    Schedule,
    checked_interval,
    may_change,
)
from kodit.domain.sources.source import Source, SourceKind

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HALF_HOUR, HOUR = timedelta(minutes=30), timedelta(hours=1)
NEW = Schedule(index_id=1)

intervals = st.timedeltas(min_value=SHORTEST, max_value=LONGEST)
chances = st.floats(0, 1)
failures = st.integers(0, 2_000_000)


def asked(schedule, usual, chance):
    return schedule.after_last(failed=False).put_off(usual, now=NOON, chance=chance)


@given(intervals, chances)
def test_what_is_planned_first_comes_within_its_interval(interval, chance):
    planned = NEW.planned(interval, now=NOON, chance=chance)

    assert NOON <= planned.due_at <= NOON + interval


@given(intervals, chances)
def test_what_was_queued_comes_an_interval_later_and_never_much_more(interval, chance):
    after = asked(NEW, interval, chance)

    assert NOON + interval <= after.due_at <= NOON + interval * (1 + JITTER)


@given(intervals, failures, chances)
def test_the_pause_after_failures_is_bounded_and_never_shorter_than_the_interval(interval, number, chance):
    pause = replace(NEW, failures=number).put_off(interval, now=NOON, chance=chance).due_at - NOON

    assert interval <= pause <= max(interval, LONGEST_PAUSE) * (1 + JITTER)


def test_each_failure_in_a_row_doubles_the_pause():
    schedule = asked(NEW, HALF_HOUR, 0)
    pauses = []
    for _ in range(4):
        schedule = schedule.after_last(failed=True).put_off(HALF_HOUR, now=NOON, chance=0)
        pauses.append(schedule.due_at - NOON)

    assert pauses == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]


def test_what_was_queued_is_remembered_with_its_place():
    assert NEW.queued(7, "here") == replace(NEW, run_id=7, place="here")


def test_who_queues_it_himself_makes_up_for_all_failures():
    failing = replace(NEW, failures=5, due_at=NOON + 20 * HOUR)

    assert asked(failing, HALF_HOUR, 0).due_at == NOON + HALF_HOUR


@given(st.one_of(st.just(NEVER), intervals), st.one_of(st.none(), st.just(NEVER), intervals), failures, chances)
def test_planning_twice_changes_nothing(usual, own, number, chance):
    once = replace(NEW, every=own, failures=number).planned(usual, now=NOON, chance=chance)

    assert once.planned(usual, now=NOON, chance=1 - chance) == once


@pytest.mark.parametrize(("own", "usual"), [(NEVER, HOUR), (None, NEVER)])
def test_without_an_interval_nothing_is_due(own, usual):
    schedule = replace(NEW, every=own, due_at=NOON)

    assert schedule.planned(usual, now=NOON, chance=0).due_at is None
    assert asked(schedule, usual, 0).due_at is None


def test_its_own_interval_goes_before_the_usual_one():
    assert asked(replace(NEW, every=HOUR), NEVER, 0).due_at == NOON + HOUR


def test_a_shorter_interval_holds_at_once():
    far = replace(NEW, due_at=NOON + 24 * HOUR)

    assert far.planned(HALF_HOUR, now=NOON, chance=0.5).due_at == NOON + HALF_HOUR / 2


def test_what_is_planned_stays_as_it_is_while_that_makes_sense():
    soon = replace(NEW, due_at=NOON + HALF_HOUR)

    assert soon.planned(HALF_HOUR, now=NOON, chance=0) is soon


@pytest.mark.parametrize(("seconds", "due"), [(-1, False), (0, True), (1, True)])
def test_it_is_due_from_its_moment_on(seconds, due):
    assert replace(NEW, due_at=NOON).is_due(now=NOON + timedelta(seconds=seconds)) is due
    assert not NEW.is_due(now=NOON)


@pytest.mark.parametrize("every", [timedelta(seconds=-1), SHORTEST / 2, LONGEST + HOUR, timedelta(milliseconds=1)])
def test_an_interval_that_makes_no_sense_is_refused(every):
    with pytest.raises(InvalidInput, match="an interval is from 10 seconds to 365 days"):
        checked_interval(every)


@pytest.mark.parametrize("every", [NEVER, SHORTEST, HOUR, LONGEST])
def test_any_other_interval_is_taken(every):
    assert checked_interval(every) == every


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("selection", "indexed_at", "expected"),
    [
        (f"#{COMMIT}", NOON, False),
        (f"#{COMMIT}", None, True),
        ("#refs/tags/v1", NOON, True),
        ("#0123456", NOON, True),
        ("", NOON, True),
    ],
)
def test_only_a_whole_commit_that_was_read_never_changes(selection, indexed_at, expected):
    location = f"https://forge.example/owner/repo{selection}"
    source = Source(name="repo", kind=SourceKind.GIT, location=location, created_at=NOON, indexed_at=indexed_at)

    assert may_change(source) is expected
