"""Any text, and any JSON, is stored in PostgreSQL and comes back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.infrastructure.sql.escapes import escaped, from_json, to_json, unescaped

TEXTS = st.text(st.one_of(st.sampled_from("\0\x1a0au\\\ud800\udfffü🙂"), st.characters()))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
    lambda held: st.one_of(st.lists(held), st.dictionaries(TEXTS, held)),
)


def is_stored(text):
    try:
        return "\0" not in text.encode().decode()
    except UnicodeEncodeError:
        return False


@given(TEXTS)
def test_every_text_is_stored_and_comes_back(text):
    assert is_stored(escaped(text))
    assert unescaped(escaped(text)) == text


@given(TEXTS, TEXTS)
def test_two_texts_are_never_stored_as_one(one, other):
    assert (escaped(one) == escaped(other)) == (one == other)


@pytest.mark.parametrize("text", ["", "def f(): ...", "Fußball 🏈", "\t\r\n\x01\x7f"])
def test_an_ordinary_text_is_stored_as_it_is(text):
    assert escaped(text) == text


@given(VALUES)
def test_every_json_is_stored_and_comes_back(value):
    written = to_json(value)

    assert all(is_stored(text) for text in _texts(json.loads(written)))
    assert from_json(written) == value


def _texts(value):
    match value:
        case str():
            yield value
        case dict():
            for key, held in value.items():
                yield from (key, *_texts(held))
        case list():
            for held in value:
                yield from _texts(held)
