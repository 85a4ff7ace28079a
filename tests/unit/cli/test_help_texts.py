"""What somebody reads who types a command with --help for the first time."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from kodit.interfaces.cli.app import app

WIDTH = 66
"""Characters that a list of commands has for each of them, in a terminal of 80."""


def commands(command: Any, path: str = "kodit") -> Iterator[tuple[str, Any]]:
    for name, below in getattr(command, "commands", {}).items():
        yield f"{path} {name}", below
        yield from commands(below, f"{path} {name}")


ALL = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", ALL)
def test_a_command_is_summed_up_in_one_sentence_that_fits_its_line(path: str) -> None:
    assert not ALL[path].get_short_help_str(WIDTH).endswith("...")


@pytest.mark.parametrize("path", ALL)
def test_the_examples_of_a_command_are_its_own(path: str) -> None:
    shown = [line.strip() for line in ALL[path].epilog.splitlines() if line.strip().startswith("kodit ")]
    assert shown
    assert [line for line in shown if not line.startswith(path)] == []
