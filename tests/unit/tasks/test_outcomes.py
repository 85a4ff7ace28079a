"""An outcome can be stored, or is refused where it is made."""

from datetime import timedelta

import pytest

from kodit.domain.tasks.policy import Done, Failed, Retry, Skipped, Snoozed


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
    ],
)
def test_an_outcome_that_could_not_be_stored_is_a_type_error_where_it_is_made(make):
    with pytest.raises(TypeError):
        make()


@pytest.mark.parametrize("after", [timedelta(0), timedelta(seconds=-1)])
def test_a_snooze_takes_some_time(after):
    with pytest.raises(ValueError, match="some time"):
        Snoozed(after, "waits")


def test_what_can_be_stored_is_an_outcome():
    assert Retry("slow", after=timedelta(seconds=2)).after == timedelta(seconds=2)
    assert Done({"files": 3}, skip_followers="unchanged").counts == {"files": 3}
