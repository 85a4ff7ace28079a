"""What people type for a symbol's name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.code.symbol_pattern import Nearness, SymbolPattern, dotted, is_called


@pytest.mark.parametrize("typed", ["Parser.parse", "Parser::parse", "Parser#parse", "Parser->parse", " Parser.parse "])
def test_qualified_names_may_be_written_as_their_language_does(typed):
    assert dotted(typed) == "Parser.parse"


@pytest.mark.parametrize(
    ("name", "nearness"),
    [
        ("parse", Nearness.EXACT),
        ("Parser.parse", Nearness.EXACT),
        ("PARSE", Nearness.EXACT_BUT_FOR_CASE),
        ("parser", Nearness.BEGINNING),
        ("Tree.Parsed", Nearness.BEGINNING),
        ("unparsed", Nearness.PART),
    ],
)
def test_nearness_is_by_name_or_by_the_end_of_a_qualified_name(name, nearness):
    assert SymbolPattern("parse").nearness(name) is nearness


@pytest.mark.parametrize(
    ("text", "is_glob", "is_qualified"), [("a*", True, False), ("A.b", False, True), (".", False, False)]
)
def test_a_pattern_says_what_it_is_compared_with(text, is_glob, is_qualified):
    pattern = SymbolPattern(text)
    assert (pattern.is_glob, pattern.is_qualified) == (is_glob, is_qualified)


@pytest.mark.parametrize(
    "asked",
    [
        "parse",
        "Parser.parse",
        "parser.Parser.parse",
        "http.parser.Parser.parse",
        "lib.http.parser.Parser.parse",
        "http.Parser.parse",
    ],
)
def test_a_symbol_is_called_by_its_name_from_anywhere_on(asked):
    assert is_called(asked, "Parser.parse", "src/lib/http/parser.py")


@pytest.mark.parametrize(
    "asked", ["arse", "Other.parse", "ttp.parser.Parser.parse", "parser.parse", "Parser.parse.x", ""]
)
def test_a_symbol_is_not_called_by_what_is_no_part_of_its_name(asked):
    assert not is_called(asked, "Parser.parse", "src/lib/http/parser.py")


def test_a_package_is_the_module_of_its_init_file():
    assert is_called("kodit.open", "open", "src/kodit/__init__.py")


@given(st.text(), st.text(), st.text())
def test_any_text_is_a_pattern_and_a_name(asked, name, path):
    pattern = SymbolPattern(asked)
    assert pattern.nearness(name) in Nearness
    assert isinstance(is_called(asked, name, path), bool)
    assert all(word and not word.isspace() for word in pattern.words)
