"""What is embedded of a snippet."""

from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.search.embedding import LONGEST_CODE, code_text


def test_it_says_where_the_code_lies_what_encloses_it_and_what_it_says() -> None:
    text = code_text("src/http/retry.py", "class Client:", "def back_off(): ...")
    assert text == "src http retry py\nsrc http retry py\nclass Client:\ndef back_off(): ..."


@given(st.text(), st.none() | st.text(), st.text())
def test_any_snippet_has_a_text(path: str, header: str | None, content: str) -> None:
    assert content in code_text(path, header, content)


def test_long_code_is_cut() -> None:
    assert len(code_text("a", None, "x" * (2 * LONGEST_CODE))) < LONGEST_CODE + 10
