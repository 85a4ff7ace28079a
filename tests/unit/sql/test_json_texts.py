import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.infrastructure.sql.json_texts import parsed

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
blanks = st.text(" \n\t\r", max_size=3)


@given(values, blanks, blanks)
def test_a_text_says_what_it_says_to_everybody(value, before, after):
    assert parsed(f"{before}{json.dumps(value)}{after}") == value


@pytest.mark.parametrize("text", ["", " ", "{", "[] []", '{"a": 1} b', "nul", "'a'"])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(json.JSONDecodeError):
        parsed(text)


@pytest.mark.parametrize("text", ["[]", "{}"])
def test_who_fills_an_empty_one_does_not_fill_the_next(text):
    first = parsed(text)
    first.append(1) if isinstance(first, list) else first.update(a=1)

    assert parsed(text) in ([], {})
