import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.search.query import SearchMode
from kodit.domain.search.question import WEIGHTS, Shape, question, stem, stems_of


@pytest.mark.parametrize(
    "text", ["parse", "parseHeaders", "parse_headers", "HttpClient.send", "http::Client", "x2 y_z", ""]
)
def test_nothing_but_names_is_a_name(text: str) -> None:
    assert question(text).shape is Shape.NAME


@pytest.mark.parametrize("text", ["user name", "retry with backoff", "where does parseHeaders read the body"])
def test_a_few_words_or_a_sentence_with_a_name_are_terms(text: str) -> None:
    assert question(text).shape is Shape.TERMS


@pytest.mark.parametrize("text", ["How are passwords hashed before they are stored?", "read a file line by line"])
def test_words_of_natural_language_are_a_sentence(text: str) -> None:
    assert question(text).shape is Shape.SENTENCE


def test_names_lean_on_keywords_and_sentences_on_meaning() -> None:
    meaning = [WEIGHTS[shape][SearchMode.CODE] for shape in (Shape.NAME, Shape.TERMS, Shape.SENTENCE)]
    assert meaning == sorted(meaning)
    assert all(weights[SearchMode.KEYWORD] >= max(weights.values()) for weights in WEIGHTS.values())


def test_qualified_names_are_names_whatever_their_separator() -> None:
    assert question("is http::Client or Parser#parse used").names == {"http.Client", "Parser.parse"}


def test_the_words_of_a_sentence_are_no_names() -> None:
    assert question("how to parse a header").names == frozenset()


@pytest.mark.parametrize(
    "words",
    [
        ("parse", "parser", "parsers", "parses", "parsing", "parsed"),
        ("query", "queries"),
        ("index", "indexes", "indexing"),
    ],
)
def test_forms_of_a_word_have_one_stem(words: tuple[str, ...]) -> None:
    assert len(set(map(stem, words))) == 1


@pytest.mark.parametrize("word", ["class", "pass", "is", "a", "user", "bus"])
def test_what_only_looks_like_an_ending_stays(word: str) -> None:
    assert stem(word) == word


def test_every_convention_has_the_same_stems() -> None:
    assert stems_of("getUserNames") == stems_of("get_user_name") == stems_of("GET-USER-NAME")


def test_pasted_code_is_read_in_its_beginning_only() -> None:
    assert "lastword" not in question("word " * 10_000 + "lastword").stems


@given(st.text(alphabet=st.characters()))
def test_any_text_is_a_question(text: str) -> None:
    asked = question(text)
    assert asked == question(text)
    assert all(asked.stems)
