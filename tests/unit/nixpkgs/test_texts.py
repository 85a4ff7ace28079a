import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.nixpkgs.texts import line, paragraphs


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("two\twords", "two words"),
        (" a \n\n b ", "a b"),
        ("nul\0\x1b[31mred", "nul[31mred"),
        ("half \ud83d of a pair", "half of a pair"),
        ("turned \u202etxt.exe", "turned txt.exe"),
        ("naïve café 😀", "naïve café 😀"),
        ("\u00a0hard space\u00a0", "hard space"),
        ("\x85next", "next"),
        ("\0", None),
        (b"bytes", None),
    ],
)
def test_a_line_has_nothing_in_it_that_cannot_be_stored_or_shown(said: object, told: str | None) -> None:
    assert line(said) == told


def test_paragraphs_are_kept_and_what_an_author_broke_within_is_joined() -> None:
    said = "  First line\n  goes on.\r\n\r\n   Second.\n   * one\n     more\n   * two\n\n\n1. three\n2. four\n"
    assert paragraphs(said) == "First line goes on.\n\nSecond.\n* one more\n* two\n\n1. three\n2. four"


@given(st.text(st.sampled_from("ab .-*1)\n\t\0\x85\u2028\u202e\ud800") | st.characters()), st.integers(1, 40))
def test_cleaning_twice_is_cleaning_once_and_bounded(text: str, longest: int) -> None:
    for clean in (line, paragraphs):
        once = clean(text, longest)
        assert once is None or (clean(once, longest) == once and 0 < len(once) <= longest)
        (once or "").encode()
