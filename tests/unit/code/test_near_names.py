"""Which names may be meant by one that nothing has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.code.near_names import forgiven_slips, meant_names, nearest_names, slips

short = st.text(alphabet="abc", max_size=8)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("parse_pirce", ["parse_price"]),
        ("prase_price", ["parse_price"]),
        ("ParsePrice", ["parse_price"]),
        ("parse_prices", ["parse_price"]),
        ("parse", []),
        ("pars", ["par"]),
        ("pr", []),
        ("", []),
    ],
)
def test_a_slip_or_two_are_forgiven(asked, expected):
    assert nearest_names(asked, ["parse_price", "render", "par", "ok"]) == expected


def test_the_nearest_come_first_and_not_too_many():
    names = ["handler", "handles", "handled", "handle", "candle"]
    assert nearest_names("handle", names) == ["handle", "candle", "handled"]


@pytest.mark.parametrize(("one", "other", "expected"), [("ab", "ba", 1), ("abc", "abc", 0), ("ca", "abc", 3)])
def test_neighbours_that_changed_places_are_one_slip(one, other, expected):
    assert slips(one, other, 9) == expected


@given(short, short)
def test_slips_count_the_same_in_both_directions(one, other):
    assert slips(one, other, 99) == slips(other, one, 99)
    assert (slips(one, other, 99) == 0) == (one == other)


@given(short, short, st.integers(0, 4))
def test_giving_up_early_changes_nothing_that_is_near(one, other, most):
    exact = slips(one, other, 99)
    assert slips(one, other, most) == exact if exact <= most else slips(one, other, most) > most


@given(short, st.sets(short, max_size=8))
def test_all_that_slips_forgive_are_near_and_nothing_else(asked, names):
    by_slips = {name: slips(asked, name, 99) for name in names}
    assert set(nearest_names(asked, names, most=8)) == {
        name for name in names if by_slips[name] <= forgiven_slips(asked)
    }


@given(short, st.integers(0, 7))
def test_a_letter_left_out_is_one_slip(text, at):
    assert slips(text, text[:at] + text[at + 1 :], 9) <= 1


def test_names_that_begin_so_are_meant_before_those_that_are_spelled_alike():
    held = ["MPL-2.0", "MIT", "mpl-1.1"]
    assert meant_names("MPL", held) == ["MPL-2.0", "mpl-1.1"]
    assert meant_names("MTI", held) == ["MIT"]
    assert meant_names("", held) == []
