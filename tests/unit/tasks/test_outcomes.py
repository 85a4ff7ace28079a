"""An outcome can be stored, or is refused where it is made."""

from datetime import timedelta

import pytest

from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.policy import Done, Failed, Retry, Skipped, Snoozed

HUGE = 10**5_000
"""More digits than Python writes."""


@pytest.mark.parametrize(
    "make",
    [
        lambda: Retry("slow", after=2),
        lambda: Retry(None),
        lambda: Failed(None),
        lambda: Snoozed(60, "waits"),
        lambda: Snoozed(timedelta(minutes=1), None),
        lambda: Skipped(5),
        lambda: Done({"files": "many"}),
        lambda: Done({"files": object()}),
        lambda: Done(skip_followers=True),
        lambda: Done(skip_followers=False),
        lambda: Done(skip_followers=HUGE),
        lambda: Done({HUGE: 1}),
        lambda: Done({("a", "b"): 1}),
        lambda: Done({"files": "many", "lines": HUGE}),
        lambda: Skipped(HUGE),
        lambda: Snoozed(HUGE, "waits"),
        lambda: Snoozed(timedelta(minutes=1), HUGE),
        lambda: Retry(HUGE),
        lambda: Retry("slow", kind=HUGE),
        lambda: Retry("slow", trace=HUGE),
        lambda: Retry("slow", remedy=HUGE),
        lambda: Retry("slow", after=HUGE),
        lambda: Failed(HUGE),
        lambda: Failed("broken", kind=HUGE),
        lambda: Failed("broken", trace=HUGE),
        lambda: Failed("broken", remedy=HUGE),
    ],
)
def test_an_outcome_that_could_not_be_stored_is_a_type_error_where_it_is_made(make):
    with pytest.raises(TypeError):
        make()


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=-1)])
def test_a_snooze_takes_some_time(after):
    with pytest.raises(ValueError, match="some time"):
        Snoozed(after, "waits")


@pytest.mark.parametrize("number", [2**63, -(2**63), HUGE, -HUGE], ids=["next", "below", "huge", "huge below"])
def test_a_count_beyond_64_bits_is_refused_where_it_is_made(number):
    with pytest.raises(InvalidInput, match=r"whole numbers up to 9,223,372,036,854,775,807, not .*: 'files'"):
        Done({"lines": 7, "files": number})


def test_a_count_of_64_bits_is_an_outcome():
    assert Done({"files": 2**63 - 1, "fewer": 1 - 2**63}).counts == {"files": 2**63 - 1, "fewer": 1 - 2**63}


def test_what_can_be_stored_is_an_outcome():
    assert Retry("slow", after=timedelta(seconds=2)).after == timedelta(seconds=2)
    assert Done({"files": 3}, skip_followers="unchanged").counts == {"files": 3}
