"""What people type for a symbol's name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.code.symbol_pattern import (
    Nearness,
    SymbolPattern,
    dotted,
    is_called,
    is_called_in_module,
    is_file_of_module,
)


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


def test_a_module_may_begin_with_the_name_of_the_directory_that_paths_are_relative_to():
    assert is_called("email.message.Message", "Message", "message.py", ["email"])
    assert is_called("mail.email.Message", "Message", "email/message.py", ["mail"])
    assert not is_called("email.message.Message", "Message", "message.py")
    assert not is_called("mail.message.Message", "Message", "message.py", ["email"])


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("http.client", "lib/http/client.py"),
        ("client", "lib/http/client.py"),
        ("lib.http.client", "http/client.py"),
        ("http", "http/__init__.py"),
        ("lib", "__init__.py"),
        ("web", "web/index.ts"),
        ("parse", "src/parse/mod.rs"),
    ],
)
def test_a_module_stands_for_its_file(asked, path):
    assert is_file_of_module(asked, path, ["lib"])


@pytest.mark.parametrize(
    ("asked", "path"), [("http", "http/client.py"), ("lient", "client.py"), ("b.client", "client.py"), ("", "a.py")]
)
def test_a_module_stands_for_no_other_file(asked, path):
    assert not is_file_of_module(asked, path, ["lib"])


def test_what_lies_in_a_directory_is_not_in_the_module_of_its_name():
    assert is_called("http.client", "client", "tests/http/conftest.py")
    assert not is_called_in_module("http.client", "client", "tests/http/conftest.py")
    assert is_called_in_module("http.client", "client", "http/__init__.py")
    assert is_called_in_module("http.client", "http.client", "tests/conftest.py")
