"""Which lines of an answer are shown."""

from hypothesis import given
from hypothesis import strategies as st

from kodit.interfaces.web.excerpts import WHOLE, WINDOW, excerpt


def test_what_is_short_is_shown_whole() -> None:
    shown = excerpt([0] * WHOLE)
    assert (list(shown.places), shown.hidden_after) == (list(range(WHOLE)), 0)


def test_of_what_is_long_the_head_and_the_densest_part_are_shown() -> None:
    weights = [0] * 40
    weights[20] = weights[22] = 2
    shown = excerpt(weights)
    assert shown.places[0] == 0
    assert {20, 22} < set(shown.places)
    assert shown.hidden_before[1] == shown.places[1] - 1


@given(st.lists(st.integers(min_value=0, max_value=3), max_size=80))
def test_shown_and_hidden_lines_are_all_lines(weights: list[int]) -> None:
    shown = excerpt(weights)
    assert len(shown.places) + sum(shown.hidden_before) + shown.hidden_after == len(weights)
    assert list(shown.places) == sorted(set(shown.places))
    assert len(shown.places) <= max(WHOLE, WINDOW + 3)
