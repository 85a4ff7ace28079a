"""How often something may be asked."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.tasks.rate import Rate, reserved

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
asked = st.lists(st.tuples(st.integers(1, 5), st.floats(0, 90), st.booleans()), max_size=40)


@given(per_minute=st.floats(0.5, 100_000), asked=asked)
def test_no_span_of_time_holds_more_than_the_rate_and_one(per_minute, asked):
    rate, free_at, now, used = Rate(per_minute), NOON, NOON, []
    for units, pause, patient in asked:
        now += timedelta(seconds=pause)
        found, free_at = reserved(free_at, rate, units, now=now, until=now + HOUR * patient)
        assert found.starts_at >= now
        if found.granted:
            used += [found.starts_at + number * rate.interval for number in range(units)]
    for number, first in enumerate(used):
        for more, last in enumerate(used[number:]):
            # A microsecond is all that moments can tell apart.
            assert more <= (last - first + more * timedelta(microseconds=1)) / timedelta(minutes=1 / per_minute) + 1e-6


def test_a_second_s_worth_is_reserved_together():
    assert [Rate(number).at_once for number in (0, 1, 60, 119, 120, 6000)] == [1, 1, 1, 1, 2, 100]


def test_no_more_than_a_thousand_are_reserved_together():
    assert [Rate(number).at_once for number in (60_000, 61_000, 1e9, 1e308)] == [1_000] * 4


def test_a_rate_that_is_next_to_nothing_still_has_an_interval():
    assert Rate(1e-300).interval == Rate(1 / 1440).interval == timedelta(days=1)


def test_no_limit_has_no_interval():
    found, free_at = reserved(NOON, Rate(), 1_000, now=NOON, until=NOON)
    assert (found.granted, free_at) == (True, NOON)
