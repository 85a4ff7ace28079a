"""How often somebody may ask."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kodit.domain.access.bucket import Bucket

RATES = some.integers(min_value=1, max_value=10_000)
PAUSES = some.lists(some.floats(min_value=0, max_value=120), min_size=1, max_size=20)


@given(RATES, PAUSES)
def test_within_any_time_no_more_is_answered_than_it_allows(per_minute, pauses):
    bucket, seconds, answered = Bucket.full(per_minute, 0), 0.0, []
    for pause in pauses:
        seconds += pause
        for _ in range(3):
            bucket, wait = bucket.drawn(1, per_minute=per_minute, seconds=seconds)
            if not wait:
                answered.append(seconds)

    for first in range(len(answered)):
        for last in range(first, len(answered)):
            minutes = (answered[last] - answered[first]) / 60
            assert last - first + 1 <= per_minute * (minutes + 1) + 1e-6


@given(RATES, PAUSES, some.floats(min_value=0.5, max_value=50))
def test_who_waits_as_long_as_told_is_answered(per_minute, pauses, cost):
    bucket, seconds = Bucket.full(per_minute, 0), 0.0
    for pause in pauses:
        seconds += pause
        bucket, wait = bucket.drawn(cost, per_minute=per_minute, seconds=seconds)
        if wait:
            seconds += wait + 1e-6
            bucket, wait = bucket.drawn(cost, per_minute=per_minute, seconds=seconds)
        assert wait == 0


@given(RATES)
def test_who_has_not_asked_yet_has_what_a_minute_allows(per_minute):
    bucket, waits = Bucket.full(per_minute, 5), []
    for _ in range(min(per_minute, 50)):
        bucket, wait = bucket.drawn(1, per_minute=per_minute, seconds=5)
        waits.append(wait)

    assert set(waits) == {0}


def test_it_fills_evenly_and_never_over():
    bucket = Bucket(0, 0)
    held = [bucket.drawn(0, per_minute=60, seconds=seconds)[0].left for seconds in (0, 1, 30, 60, 600)]

    assert held == [0, 1, 30, 60, 60]
    assert all(earlier <= later for earlier, later in pairwise(held))


def test_a_clock_that_goes_back_gives_nothing_and_takes_nothing():
    assert Bucket(5, 100).drawn(1, per_minute=60, seconds=50) == (Bucket(4, 50), 0)


def test_what_is_refused_costs_nothing():
    bucket, wait = Bucket(0.5, 0).drawn(1, per_minute=60, seconds=0)

    assert (bucket, wait) == (Bucket(0.5, 0), pytest.approx(0.5))
