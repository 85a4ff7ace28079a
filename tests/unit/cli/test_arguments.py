"""Options that hold for every command may stand anywhere."""

import pytest

from kodit.domain.tasks.task import TaskState
from kodit.interfaces.cli.arguments import hoisted
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
