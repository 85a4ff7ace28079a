"""What a filter of names promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.nixpkgs.name_filter import PROMISED, NameFilter

NAMES = st.text(st.characters(), max_size=30)


@given(st.sets(NAMES, max_size=50))
def test_what_was_put_in_is_always_found(names):
    filled = NameFilter.of(names)
    assert all(filled.may_have(name) for name in names)


@given(st.sets(NAMES, max_size=50))
def test_a_filter_is_the_same_after_it_was_written_and_read(names):
    filled = NameFilter.of(names)
    assert NameFilter.read(filled.written()) == filled


@pytest.mark.parametrize("count", [100, 5_000, 20_000])
def test_of_other_names_one_in_a_hundred_is_taken_for_one_of_them_at_most(count):
    filled = NameFilter.of([f"python3Packages.name-{number}" for number in range(count)])
    others = 20_000
    wrong = sum(filled.may_have(f"python3Packages.other-{number}") for number in range(others))
    assert 0 < wrong < PROMISED * others


def test_a_name_takes_less_than_a_dozen_bits():
    assert 8 * len(NameFilter.of([str(number) for number in range(10_000)]).written()) < 12 * 10_000


def test_an_empty_filter_has_nothing():
    assert not NameFilter.of([]).may_have("firefox")


@given(st.binary(max_size=100))
def test_what_is_no_filter_is_not_read_as_one(written):
    read = NameFilter.read(written)
    assert read is None or read.written() == written


def test_half_a_filter_is_none():
    written = NameFilter.of(["firefox", "git"]).written()
    assert NameFilter.read(written[:-1]) is None
    assert NameFilter.read(written + b"\0") is None
    assert NameFilter.read(b"") is None
