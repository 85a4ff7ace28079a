"""Numbers, moments and addresses in words."""

from datetime import UTC, datetime, timedelta

import pytest

from kodit.interfaces.web.words import ago, counted, file_address, number

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "just now"),
        (45, "45 s ago"),
        (200, "3 min ago"),
        (7_200, "2 h ago"),
        (200_000, "2 d ago"),
        (-90, "in 1 min"),
    ],
)
def test_how_long_ago_a_moment_was(seconds: int, told: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == told


def test_what_never_was_is_said_so() -> None:
    assert ago(None, NOW) == "never"


def test_numbers_are_told_shortly() -> None:
    assert (number(1234), number(0.25), number(12.7), counted(1, "file"), counted(2, "file")) == (
        "1,234",
        "0.2",
        "13",
        "1 file",
        "2 files",
    )


def test_the_address_of_a_file_keeps_its_name_whatever_it_is() -> None:
    address = file_address("owner/repo", "a dir/50%?#.py", (3, 9), "x&y")
    assert address == "/sources/owner/repo/files/a%20dir/50%25%3F%23.py?lines=3-9&q=x%26y#L3"
