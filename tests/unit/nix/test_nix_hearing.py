"""What nix prints is taken apart in bounded memory, however it comes and whatever it is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.infrastructure.nix import hearing
from kodit.infrastructure.nix.hearing import Hearing

TOKEN = "0f1e"


def heard(*chunks: bytes) -> list[bytes]:
    listening = Hearing(TOKEN)
    return [line for chunk in chunks for line in listening.feed(chunk)]


def test_only_lines_with_the_token_are_the_walks() -> None:
    assert heard(b'trace: 0f1e>["a"]\ntrace: >["b"]\nerror: 0f1e>["c"]\n') == [b'>["a"]']


@given(cuts=st.lists(st.integers(0, 60), max_size=8))
def test_it_does_not_matter_where_chunks_end(cuts: list[int]) -> None:
    text = b'noise\ntrace: 0f1e>["a"]\n\ntrace: 0f1e+{"b": 1}\nmore'
    edges = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(edges)]
    assert heard(*pieces) == [b'>["a"]', b'+{"b": 1}']


def test_other_lines_are_kept_up_to_a_number_and_a_length() -> None:
    listening = Hearing(TOKEN)
    listening.feed(b"".join(b"line %d\n" % number for number in range(1_000)))
    listening.feed(b"x" * 10_000 + b"\nunfinished")
    assert len(listening.others) == hearing.LAST_LINES + 1
    assert listening.others[-3:] == ["line 999", "x" * hearing.LAST_BYTES, "unfinished"]


def test_bytes_that_are_no_text_are_shown_all_the_same() -> None:
    listening = Hearing(TOKEN)
    listening.feed(b"error: \xff\n")
    assert listening.others == ["error: \ufffd"]


@pytest.mark.parametrize("start", [b"", b'trace: 0f1e+{"a": "'])
def test_a_line_without_end_takes_no_more_memory_than_it_may(monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    monkeypatch.setattr(hearing, "LONGEST", 1_000)
    listening = Hearing(TOKEN)
    said = [*listening.feed(start)]
    for _ in range(1_000):
        said += listening.feed(b"x" * 100)
    assert sum(map(len, listening._rest)) <= 1_000
    said += listening.feed(b'\ntrace: 0f1e>["b"]\n')
    assert said[-1] == b'>["b"]'
    assert [line[:1] for line in said[:-1]] == ([b"!"] if start else [])
