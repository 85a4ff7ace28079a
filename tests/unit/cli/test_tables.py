"""A table on a narrow terminal shows what matters most, whole."""

from hypothesis import given
from hypothesis import strategies as st

from kodit.interfaces.cli.rendering.tables import AROUND, BETWEEN, Fit, fitted, shortened

HEADER = ("name", "kind", "location", "state")
FIT = Fit(first=("name", "state", "location", "kind"), elastic="location")
ROWS = [["shop", "directory", "/home/somebody/projects/shop/trunk", "indexed"]]


def test_where_there_is_room_nothing_is_left_out_or_cut():
    shown = fitted(HEADER, ROWS, fit=FIT, width=80)
    assert (shown.header, shown.rows, shown.missing) == (list(HEADER), ROWS, [])


def test_the_elastic_column_gives_way_in_its_middle_before_a_column_is_left_out():
    shown = fitted(HEADER, ROWS, fit=FIT, width=60)
    assert shown.missing == []
    assert shown.rows[0][2].startswith("/home/")
    assert "…" in shown.rows[0][2]
    assert shown.rows[0][2].endswith("/trunk")


def test_the_least_important_column_is_left_out_first():
    assert fitted(HEADER, ROWS, fit=FIT, width=42).missing == ["kind"]
    assert fitted(HEADER, ROWS, fit=FIT, width=25).header == ["name", "state"]


def test_the_most_important_column_is_always_there_and_leaves_room_for_others():
    assert fitted(HEADER, ROWS, fit=FIT, width=1).header == ["name"]
    shown = fitted(HEADER, [["x" * 200, "git", "y", "indexed"]], fit=FIT, width=60)
    assert shown.widths[0] == 20
    assert "state" in shown.header


def test_what_folds_is_not_cut():
    rows = [["a", "b", "word " * 30, "dead"]]
    shown = fitted(HEADER, rows, fit=Fit(first=HEADER, elastic="location", folds=True), width=60)
    assert shown.rows == rows
    assert shown.widths[2] < 60


@given(st.lists(st.lists(st.text(max_size=50), min_size=4, max_size=4), max_size=4), st.integers(20, 200))
def test_what_is_shown_has_room(rows, width):
    shown = fitted(HEADER, rows, fit=FIT, width=width)
    assert sum(shown.widths) + BETWEEN * (len(shown.widths) - 1) + AROUND <= width
    assert all(len(row[place]) <= shown.widths[place] for row in shown.rows for place in [*_cut(shown)])


def _cut(shown):
    return [place for place, name in enumerate(shown.header) if name == "location"]


@given(st.text(), st.integers(1, 60))
def test_a_text_is_shortened_to_the_room_there_is_and_no_more(text, width):
    short = shortened(text, width)
    assert len(short) == min(len(text), width)
    assert short == text or "…" in short
