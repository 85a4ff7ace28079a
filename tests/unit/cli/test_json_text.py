"""JSON that people write keeps its comments, its order and its manner when something is put into it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.interfaces.cli.assistants.json_text import NoJson, parsed, with_member

PLACE = ("servers", "kodit")
ENTRY = {"command": "kodit", "args": ["mcp"]}

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
OBJECTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=4)
BLANKS = st.sampled_from(["", " ", "\n", "\t", "// note {\n", '/* a " } */', "\r\n"])


@st.composite
def spelt(draw, value):
    """A value as somebody might have written it, with comments and commas where they may stand."""

    def spell(one):
        blank = draw(BLANKS)
        if isinstance(one, dict):
            inner = ",".join(
                f"{draw(BLANKS)}{json.dumps(key)}{draw(BLANKS)}:{spell(held)}" for key, held in one.items()
            )
            return f"{blank}{{{inner}{',' if one and draw(st.booleans()) else ''}{draw(BLANKS)}}}{draw(BLANKS)}"
        if isinstance(one, list):
            return f"{blank}[{','.join(map(spell, one))}{draw(BLANKS)}]{draw(BLANKS)}"
        return f"{blank}{json.dumps(one, ensure_ascii=draw(st.booleans()))}{draw(BLANKS)}"

    return spell(value)


def test_a_member_goes_behind_the_last_one_in_the_manner_of_the_file():
    text = '{\n    // mine\n    "servers": {\n        "other": {} // why\n    },\n    "theme": "dark"\n}\n'
    assert with_member(text, PLACE, {"command": "kodit"}) == (
        '{\n    // mine\n    "servers": {\n        "other": {}, // why\n        "kodit": {\n'
        '            "command": "kodit"\n        }\n    },\n    "theme": "dark"\n}\n'
    )


def test_what_is_missing_on_the_way_is_made():
    assert parsed(with_member("", PLACE, ENTRY)) == {"servers": {"kodit": ENTRY}}
    assert with_member("{}", PLACE, 1) == '{\n  "servers": {\n    "kodit": 1\n  }\n}'
    assert with_member('{"a": 1}', PLACE, 1) == '{"a": 1,\n  "servers": {\n    "kodit": 1\n  }\n}'


def test_what_is_there_is_replaced_and_nothing_else():
    text = '{"servers": { /* one */ "kodit": {"command": "old"}, "other": 2 }} // end'
    assert with_member(text, PLACE, 3) == '{"servers": { /* one */ "kodit": 3, "other": 2 }} // end'


def test_lines_end_as_they_do_in_the_file():
    assert (
        with_member('{\r\n\t"a": 1\r\n}\r\n', ("b",), {"c": 1})
        == '{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"c": 1\r\n\t}\r\n}\r\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"a": }',
        '{"a" 1}',
        "{",
        "[1",
        '{"servers": 3}',
        "[]",
        "1",
        '{"a": 1} {',
        "{a: 1}",
        "{'a': 1}",
        "/*",
        "{,}",
        "[" * 100_000,
    ],
)
def test_what_is_no_object_is_refused(text):
    with pytest.raises(NoJson):
        with_member(text, PLACE, ENTRY)


@given(OBJECTS.flatmap(lambda value: st.tuples(st.just(value), spelt(value))))
def test_any_object_says_the_same_as_before_and_one_thing_more(written):
    value, text = written
    assert parsed(text) == value
    place = ("servers", "kodit") if isinstance(value.get("servers", {}), dict) else ("mine", "kodit")
    after = with_member(text, place, ENTRY)
    assert parsed(after) == {**value, place[0]: {**value.get(place[0], {}), "kodit": ENTRY}}
    assert after.count("// note {") == text.count("// note {")


@given(st.text(max_size=60))
def test_any_text_at_all_is_read_or_refused(text):
    try:
        parsed(text)
    except NoJson:
        return
