"""How long a header asks us to wait."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.tasks.retry_after import LONGEST_WAIT, wait_in

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("1.5", 1.5),
        ("86400", 86_400),
        ("Thu, 01 Jan 2026 12:00:09 GMT", 9),
        ("Thu, 01 Jan 2026 12:00:09", 9),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
    ],
)
def test_a_header_says_how_long_to_wait(header, seconds):
    assert wait_in(header, NOON) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "header", [None, "", "soon", "-1", "86401", "9" * 30, "٣", "1e3", "inf", "Fri, 02 Jan 2026 13:00:00 GMT"]
)
def test_a_header_that_is_odd_says_nothing(header):
    assert wait_in(header, NOON) is None


def test_a_date_says_nothing_to_who_has_no_clock():
    assert wait_in("Thu, 01 Jan 2026 12:00:09 GMT") is None


@given(st.text())
def test_whatever_a_header_says_a_wait_is_no_longer_than_a_day(header):
    found = wait_in(header, NOON)

    assert found is None or timedelta() <= found <= LONGEST_WAIT
