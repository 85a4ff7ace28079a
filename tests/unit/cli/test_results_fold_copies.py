"""Answers that several sources give alike."""

from typing import NamedTuple

from kodit.interfaces.cli.rendering.folding import folded


class Answer(NamedTuple):
    said: str
    source: str


def once(*answers):
    found = folded(answers, alike=lambda one: one.said, source=lambda one: one.source)
    return [(answer.said, sources) for answer, sources in found]


def test_what_copies_say_alike_is_told_once_with_all_of_them():
    answers = [Answer(said, source) for source in ("a", "b", "c") for said in ("x", "y")]
    assert once(*answers) == [("x", "a, also in b, c"), ("y", "a, also in b, c")]


def test_what_only_some_say_is_told_with_those():
    assert once(Answer("x", "a"), Answer("y", "b"), Answer("x", "b")) == [("x", "a, also in b"), ("y", "b")]


def test_what_one_source_says_twice_stays_twice():
    answers = [Answer("x", "a"), Answer("x", "a"), Answer("x", "b")]
    assert once(*answers) == [("x", "a, also in b"), ("x", "a")]
    assert once() == []
