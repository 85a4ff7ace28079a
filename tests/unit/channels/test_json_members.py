import json
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.errors import InvalidInput
from kodit.infrastructure.channels.json_members import LONGEST_VALUE, JsonText


def chunked(text: bytes, size: int) -> Iterator[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


def members(text: bytes, size: int = 64) -> list[tuple[str, Any]]:
    found = JsonText(chunked(text, size))
    pairs = [(key, found.value()) for key in found.members()]
    found.end()
    return pairs


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text(), VALUES), st.integers(1, 20), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_members_are_those_of_the_object_wherever_the_chunks_end(
    said: dict[str, Any], size: int, escaped: bool, indent: Any
) -> None:
    text = json.dumps(said, ensure_ascii=escaped, indent=indent).encode("utf-8", "surrogatepass")
    assert members(text, size) == list(said.items())


def test_a_key_that_stands_there_twice_is_given_twice() -> None:
    assert members(b'{"a": 1, "a": 2}') == [("a", 1), ("a", 2)]


def test_bytes_that_are_no_utf8_do_not_stop_it() -> None:
    [(key, value)] = members(b'{"a": "caf\xe9"}', size=3)
    assert (key, value.encode("utf-8", "surrogateescape")) == ("a", b"caf\xe9")


@pytest.mark.parametrize(
    ("text", "byte", "reason"),
    [
        ('{"ä": 1, b: 2}', 10, "found 'b'"),
        ('{"a": 1,}', 8, "found '}'"),
        ('{"a": 1 "b": 2}', 8, "found '\"'"),
        ('{"a" 1}', 5, "found '1'"),
        ('{"a": {"é": error: x}}', 13, "Expecting value"),
        ('{"a": 1} more', 9, "follows after its end"),
        ('{"a": "x\ny"}', 8, "Invalid control character"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", 6, "nested too deeply"),
        ('{"a": ' + "7" * 10_000 + "}", 6, "digits"),
    ],
)
@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_what_is_no_json_is_refused_with_the_byte(text: str, byte: int, reason: str, size: int) -> None:
    with pytest.raises(InvalidInput, match=rf"no valid JSON at byte {byte:,}\b") as refused:
        members(text.encode(), size)
    assert reason in str(refused.value)


def test_the_byte_is_told_across_what_was_read_before_and_so_is_the_entry_before_it() -> None:
    text = b"{" + b'"\xc3\xa4": "\xe2\x82\xac", ' * 1000 + b'"last": [1 2]}'
    with pytest.raises(InvalidInput, match=rf"byte {text.index(b'2]'):,}, after 'last'"):
        members(text)


def test_a_number_without_an_end_is_not_read_forever() -> None:
    endless = JsonText(chain([b'{"a": 1.'], repeat(b"7" * (1 << 20))))
    next(endless.members())
    endless.value()
    with pytest.raises(InvalidInput, match="found '7'"):
        endless.take(",}")


@given(st.integers(1, 60))
def test_a_truncated_object_is_told_as_such(cut: int) -> None:
    text = b'{"a": {"b": [1, 2.5e7, "c\\u0041"], "d": true}, "e": null}  '
    shortened = text[: max(1, len(text) - 3 - cut)]
    with pytest.raises(InvalidInput, match=r"ends in the middle|no valid JSON"):
        members(shortened, 5)


@pytest.mark.parametrize(
    "value", [b'"' + b"x" * (LONGEST_VALUE * 3) + b'"', b'["' + b'x", "' * (LONGEST_VALUE) + b'"]']
)
def test_a_value_that_is_too_long_is_refused_before_all_of_it_is_read(value: bytes) -> None:
    read = 0

    def chunks() -> Iterator[bytes]:
        nonlocal read
        for chunk in chunked(b'{"a": ' + value + b"}", 1 << 18):
            read += len(chunk)
            yield chunk

    text = JsonText(chunks())
    assert next(text.members()) == "a"
    with pytest.raises(InvalidInput, match=f"a value of more than {LONGEST_VALUE:,} characters"):
        text.value()
    assert read < LONGEST_VALUE * 2.5
