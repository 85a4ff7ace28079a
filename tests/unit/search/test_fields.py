import pytest

from kodit.domain.search.fields import Field, query_terms
from kodit.domain.search.tokens import runs


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("deep copy", "deepcopy"),
        ("user-style get addr info", "getaddrinfo"),
        ("Parse HTTP headers", "parse_http_headers"),
    ],
)
def test_adjacent_words_are_looked_for_as_one_name(query: str, name: str) -> None:
    assert (Field.NAME, name) in query_terms(query)


def test_names_are_not_joined_over_stop_words() -> None:
    assert list(runs("copy of an object")) == []
    assert list(runs("a deep copy of it")) == [("deep", "copy")]


def test_the_words_of_pasted_code_are_not_joined() -> None:
    assert list(runs("word " * 100)) == []
