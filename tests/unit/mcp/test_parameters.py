"""What assistants write is taken as it is meant, or refused with what is wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.errors import InvalidInput
from kodit.interfaces.mcp.parameters import Parameter, Shape, checked, schema_of

INTENT = Parameter(name="intent", meaning="What it does.", required=True)
WORDS = Parameter(name="words", meaning="Names.", shape=Shape.TEXTS)
LIMIT = Parameter(name="limit", meaning="Most.", shape=Shape.NUMBER, usual=8, least=1, most=50)
END = Parameter(name="end", meaning="Last.", shape=Shape.NUMBER, least=1)
FIXED = Parameter(name="fixed", meaning="As it stands.", shape=Shape.SWITCH)
ALL = (INTENT, WORDS, LIMIT, END, FIXED)


def test_what_is_not_given_has_its_usual_value():
    expected = {"intent": "x", "words": (), "limit": 8, "end": None, "fixed": False}
    assert checked(ALL, {"intent": "x"}) == expected
    assert checked(ALL, {"intent": "x", "limit": None, "words": None}) == expected


@pytest.mark.parametrize(
    ("name", "given_value", "taken"),
    [
        ("words", "one", ("one",)),
        ("words", ["one", "two"], ("one", "two")),
        ("limit", "5", 5),
        ("limit", 5.0, 5),
        ("limit", 1_000, 50),
        ("limit", -3, 1),
        ("fixed", "true", True),
        ("fixed", "false", False),
    ],
)
def test_what_is_meant_is_taken(name, given_value, taken):
    assert checked(ALL, {"intent": "x", name: given_value})[name] == taken


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "intent is missing"),
        ({"intent": 3}, "intent is '3'"),
        ({"intent": "x", "limit": "many"}, "limit is 'many'"),
        ({"intent": "x", "limit": True}, "limit is 'True'"),
        ({"intent": "x", "limit": "nan"}, "limit is 'nan'"),
        ({"intent": "x", "limit": "1e999"}, "limit is '1e999'"),
        ({"intent": "x", "limit": 10**400}, "limit is '1000"),
        ({"intent": "x", "limit": 10**5_000}, "limit is 'a number of very many digits'"),
        ({"intent": 10**5_000}, "intent is 'a number of very many digits'"),
        ({"intent": "x", "words": [1]}, "words is"),
        ({"intent": "x", "fixed": "perhaps"}, "fixed is"),
        ({"intent": "x", "query": "y"}, "there is no parameter 'query'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_is_wanted(arguments, told):
    with pytest.raises(InvalidInput, match=told) as refused:
        checked(ALL, arguments)
    assert refused.value.remedy


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)


@given(st.dictionaries(st.sampled_from([one.name for one in ALL]) | st.text(max_size=4), JSON))
def test_anything_at_all_is_taken_or_refused(arguments):
    try:
        taken = checked(ALL, arguments)
    except InvalidInput:
        return
    assert taken.keys() == {one.name for one in ALL}


def test_the_schema_says_what_is_required_and_what_is_usual():
    assert schema_of((INTENT, WORDS, LIMIT)) == {
        "type": "object",
        "properties": {
            "intent": {"type": "string", "description": "What it does."},
            "words": {"type": "array", "description": "Names.", "items": {"type": "string"}},
            "limit": {"type": "integer", "description": "Most.", "default": 8},
        },
        "required": ["intent"],
    }
