"""How code and questions are cut into tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.search.tokens import LONGEST_WORD, STOP_WORDS, parts, query_tokens, spaced, tokens, words

CUTS = [
    ("getUserName", ["getusername", "get", "user", "name"]),
    ("get_user_name", ["get_user_name", "get", "user", "name"]),
    ("HTTPServer", ["httpserver", "http", "server"]),
    ("parseHTTPReply_v2", ["parsehttpreply_v2", "parse", "http", "reply", "v", "2"]),
    ("utf8", ["utf8", "utf", "8"]),
    ("utf-8", ["utf", "8"]),
    ("MAX_SIZE", ["max_size", "max", "size"]),
    ("__init__", ["__init__", "init"]),
    ("src/my-app/main.py", ["src", "my", "app", "main", "py"]),
    ("HTTPS", ["https"]),
    ("____", ["____"]),
    ("ÄndereGröße", ["änderegrösse", "ändere", "grösse"]),
    ("ΣίσυφοςΛίθος2", ["σίσυφοσλίθοσ2", "σίσυφοσ", "λίθοσ", "2"]),
    ("用户名", ["用户名", "用", "户", "名", "用户", "户名"]),
    ("get用户", ["get用户", "get", "用", "户", "用户"]),
    ("名", ["名"]),
    ("'\"+-&|!(){}[]^~*?:\\", []),
    ("\0 \ud800 🙂", []),
]


@pytest.mark.parametrize(("text", "expected"), CUTS)
def test_a_word_gives_itself_and_its_parts(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize("name", ["getUserName", "get_user_name", "GET_USER_NAME", "GetUserName", "getUser_name"])
def test_every_spelling_of_a_name_has_the_tokens_of_its_words(name: str) -> None:
    assert set(tokens("user name")) < set(tokens(name))


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert tokens("caf\u00e9") == tokens("cafe\u0301")


def test_a_part_of_a_text_without_spaces_is_found_by_its_characters() -> None:
    assert set(query_tokens("户名")) <= set(tokens("获取用户名称"))


def test_encoded_text_gives_no_tokens() -> None:
    assert tokens("x" * (LONGEST_WORD + 1)) == []


def test_a_hash_is_kept_whole() -> None:
    assert tokens("deadbeef01a2b3c4d5e6f7") == ["deadbeef01a2b3c4d5e6f7"]


def test_a_query_asks_for_each_token_once_and_for_no_stop_words() -> None:
    assert query_tokens("How do I parse the config, and parse it again?") == ["parse", "config", "again"]


def test_a_query_of_stop_words_alone_asks_for_them() -> None:
    assert query_tokens("this") == ["this"]
    assert set(query_tokens(" ".join(STOP_WORDS))) == STOP_WORDS


def test_words_are_not_cut() -> None:
    assert words("Parser.parseAll, get_x") == ["Parser", "parseAll", "get_x"]


@given(st.text(max_size=200))
def test_any_string_has_tokens_that_an_index_can_hold(text: str) -> None:
    found = tokens(text)
    assert spaced(text) == " ".join(found)
    for token in found:
        assert token == token.strip()
        assert 0 < len(token.encode()) < 65_530


@given(st.from_regex(r"[a-zA-Z0-9_]{1,60}", fullmatch=True))
def test_the_parts_of_a_name_spell_it(name: str) -> None:
    assert "".join(parts(name)) == name.replace("_", "").lower()


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=2, max_size=5))
def test_snake_case_and_camel_case_have_the_same_parts(names: list[str]) -> None:
    assert parts("_".join(names)) == names
    if all(len(name) > 1 for name in names):
        assert parts("".join(map(str.capitalize, names))) == names
