"""How many tasks may run at a time, as it is typed."""

import pytest
import typer

from kodit.interfaces.cli.commands.queue_hold import allowed


@pytest.mark.parametrize(
    ("typed", "meant"), [("1", 1), ("17", 17), ("1000000", 1_000_000), ("none", None), ("NONE", None)]
)
def test_a_number_or_none_is_meant(typed, meant):
    assert allowed(typed) == meant


@pytest.mark.parametrize("typed", ["", "0", "-1", "1000001", "9" * 5000, "٣", "1.5", "many"])
def test_anything_else_is_refused_with_what_holds_a_queue_back(typed):
    with pytest.raises(typer.BadParameter, match="kodit queue pause"):
        allowed(typed)
