"""Which words of a text were asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.interfaces.web.marking import Wanted


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("user name", "getUserName(user_name)", ["UserName", "user_name"]),
        ("getUserName", "getUserName get_user_name", ["getUserName", "get_user_name"]),
        ("parse headers", "the parser reads a header", ["parser", "header"]),
        ("how is a header read", "how a header is read", ["header", "read"]),
        ("id", "identity of the id", ["id"]),
        ("", "anything", []),
        ("größe", "Größe in Byte", ["Größe"]),
    ],
)
def test_words_and_parts_of_names_that_were_asked_for_are_found(question: str, text: str, marked: list[str]) -> None:
    assert [text[one.start : one.end] for one in Wanted.by(question).found_in(text)] == marked


@given(st.text(max_size=20), st.text(max_size=60))
def test_what_is_found_is_in_order_and_never_overlaps(question: str, text: str) -> None:
    edges = [edge for one in Wanted.by(question).found_in(text) for edge in one]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
