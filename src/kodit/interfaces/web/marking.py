"""Which words of a text were asked for."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from kodit.domain.search.question import stem
from kodit.domain.search.tokens import query_tokens

_WORD = re.compile(r"\w+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")
_SHORTEST_STEM = 3
"""Characters. What is shorter is marked where it stands for itself only."""


class Stretch(NamedTuple):
    """A stretch of a text, from the character `start` to the one before `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """The words of a question, and what they are without their endings; or one `name`, exactly as it is written."""

    words: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()
    name: str = ""

    @classmethod
    def by(cls, question: str) -> "Wanted":
        """What a question asks for."""
        words = frozenset(query_tokens(question))
        return cls(words, frozenset(stem(word) for word in words if len(word) >= _SHORTEST_STEM))

    def found_in(self, text: str) -> list[Stretch]:
        """Where it stands in a text, in order: whole words, and parts of names. Neighbours are one."""
        if self.name:
            return [Stretch(word.start(), word.end()) for word in _WORD.finditer(text) if word.group() == self.name]
        if not self.words:
            return []
        found: list[Stretch] = []
        for word in _WORD.finditer(text):
            if self._has(word.group()):
                found.append(Stretch(word.start(), word.end()))
            else:
                found += self._parts(word)
        return found

    def _parts(self, word: re.Match[str]) -> list[Stretch]:
        parts = [
            Stretch(word.start() + part.start(), word.start() + part.end())
            for part in _PART.finditer(word.group())
            if self._has(part.group())
        ]
        return _joined(parts, word)

    def _has(self, word: str) -> bool:
        folded = word.casefold()
        return folded in self.words or (len(folded) >= _SHORTEST_STEM and stem(folded) in self.stems)


def _joined(parts: list[Stretch], word: re.Match[str]) -> list[Stretch]:
    """Parts with nothing but underscores between them, as one."""
    starts = list(parts[:1])
    ends: list[int] = []
    for left, right in pairwise(parts):
        between = word.string[left.end : right.start]
        if between.strip("_"):
            ends.append(left.end)
            starts.append(right)
    ends += [part.end for part in parts[-1:]]
    return [Stretch(first.start, end) for first, end in zip(starts, ends, strict=True)]
