from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.tasks.policy import RetryPolicy

SECOND = timedelta(seconds=1)
chances = st.floats(0, 1, exclude_max=True)
durations = st.timedeltas(timedelta(0), timedelta(days=365))


def test_the_pause_doubles_until_it_is_long_enough():
    policy = RetryPolicy(base=60 * SECOND, longest=500 * SECOND, jitter=0)

    pauses = [policy.pause(attempt, chance=0.5) / SECOND for attempt in range(1, 7)]

    assert pauses == [60, 120, 240, 480, 500, 500]


def test_three_attempts_follow_the_first_after_a_minute_two_and_four():
    policy = RetryPolicy()

    assert policy.attempts == 4
    assert [policy.pause(attempt, chance=0.5) / SECOND for attempt in (1, 2, 3)] == [60, 120, 240]


@given(st.integers(1, 10**6), durations, durations, st.floats(0, 1), chances)
def test_a_pause_is_never_negative_and_never_beyond_the_longest_and_its_jitter(attempt, base, longest, jitter, chance):
    policy = RetryPolicy(base=base, longest=longest, jitter=jitter)

    pause = policy.pause(attempt, chance=chance)

    assert timedelta(0) <= pause <= longest * (1 + jitter) + SECOND / 1000


@given(st.integers(1, 50), chances)
def test_a_longer_row_of_failures_never_means_a_shorter_pause(attempt, chance):
    policy = RetryPolicy()

    assert policy.pause(attempt, chance=chance) <= policy.pause(attempt + 1, chance=chance)


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 45), (0.5, 60), (1.0, 75)])
def test_jitter_spreads_evenly_around_the_pause(chance, seconds):
    policy = RetryPolicy(base=60 * SECOND, jitter=0.25)

    assert policy.pause(1, chance=chance) == seconds * SECOND


def test_no_base_means_at_once():
    assert RetryPolicy(base=timedelta(0)).pause(9, chance=0.9) == timedelta(0)
