"""Options that hold for every command may stand anywhere; a span of time is typed as people say it."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from kodit.domain.tasks.task import TaskState
from kodit.interfaces.cli.arguments import hoisted, moment_of, span_of
from kodit.interfaces.cli.commands.queue import STATES


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        (["search", "x", "-v"], ["-v", "search", "x"]),
        (["--verbose", "search", "x"], ["--verbose", "search", "x"]),
        (["search", "--data-dir", "d", "x"], ["--data-dir", "d", "search", "x"]),
        (["search", "x", "--data-dir=d"], ["--data-dir=d", "search", "x"]),
        (["search", "--", "-v", "--data-dir"], ["search", "--", "-v", "--data-dir"]),
        (["search", "x", "--data-dir"], ["--data-dir", "search", "x"]),
    ],
)
def test_they_move_to_the_front(typed, understood):
    assert hoisted(typed).arguments == understood


def test_a_command_is_verbose_only_when_it_was_asked_to_be():
    assert hoisted(["status", "-v"]).verbose
    assert not hoisted(["search", "--", "-v"]).verbose


def test_the_help_names_every_state_of_a_task():
    assert STATES.split(", ") == [state.value for state in TaskState]


@pytest.mark.parametrize(
    ("typed", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("7d", timedelta(days=7)),
        ("0s", timedelta()),
    ],
)
def test_a_span_of_time_is_understood(typed, span):
    assert span_of(typed) == span


@pytest.mark.parametrize("typed", ["", "2", "h", "2 h", "-2h", "2w", "two hours", "9999999999999d", "1h" * 20])
def test_what_is_no_span_of_time_is_refused(typed):
    with pytest.raises(typer.BadParameter):
        span_of(typed)


def test_a_date_without_a_zone_is_in_utc() -> None:
    january = datetime(2026, 1, 31, tzinfo=UTC)
    assert moment_of(None) is None
    assert moment_of("2026-01-31") == moment_of("2026-01-31T01:00+01:00") == january


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "0001-01-01T00:00+14:00", "x" * 500])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        moment_of(text)
