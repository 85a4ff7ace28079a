"""What a search text asks for: names, words, and how it is worded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from kodit.domain.search.query import SearchMode
from kodit.domain.search.tokens import STOP_WORDS, parts, query_tokens, runs

_NAME = re.compile(r"\w+(?:(?:\.|::|#|->)\w+)*")
_SEPARATOR = re.compile(r"\.|::|#|->")
_HUMP = re.compile(r"[^\W\d_A-Z][A-Z]|[A-Z]{2}[^\W\d_A-Z]|\w_\w|^_|\d")

_LONGEST_READ = 2_000
"""Characters. What is longer is pasted code; its beginning says enough for ranking."""

_SHORTEST_SENTENCE = 4
"""Words. Fewer are search terms rather than a question."""


class Shape(Enum):
    """How a question is worded, which tells what list to trust."""

    NAME = "name"
    """Nothing but names of code: `parse_headers`, `HttpClient.send`."""
    TERMS = "terms"
    """A few words, or a sentence with a name in it."""
    SENTENCE = "sentence"
    """Words of natural language alone."""


WEIGHTS: Mapping[Shape, Mapping[str, float]] = {
    Shape.NAME: {SearchMode.KEYWORD: 1.0, SearchMode.CODE: 0.2, SearchMode.TEXT: 0.1},
    Shape.TERMS: {SearchMode.KEYWORD: 1.0, SearchMode.CODE: 0.4, SearchMode.TEXT: 0.2},
    Shape.SENTENCE: {SearchMode.KEYWORD: 1.0, SearchMode.CODE: 0.5, SearchMode.TEXT: 1.0},
}
"""What each list counts in fusion.

A small embedding model finds less than BM25 does, and at equal weights it draws the fused order below BM25 alone; for
a name it has nothing to add. In a sentence it knows words that the code spells differently, and descriptions, which
are sentences themselves, are nearer to it than code is: alone they answer better than code does by half. A few
terms are best left to keywords, with enough of the others to lift what several lists agree on.
"""


@dataclass(frozen=True, slots=True)
class Question:
    """A search text, taken apart once for all candidates.

    `names` are the names of code asked for, as written but with dots (`HttpClient.send`). `squeezed_names` are their
    last parts, alike in every convention; `bare_names` are those that are not qualified. `joined` are adjacent words as
    one name: `deepcopy` for `a deep copy`. `stems` are the stems of all its words and of the parts of its names.
    """

    shape: Shape
    names: frozenset[str]
    squeezed_names: frozenset[str]
    bare_names: frozenset[str]
    joined: frozenset[str]
    stems: frozenset[str]


def question(text: str) -> Question:
    """Any string is legal."""
    found = _NAME.findall(text[:_LONGEST_READ])
    names = [word for word in found if len(found) == 1 or _SEPARATOR.search(word) or _HUMP.search(word)]
    return Question(
        shape=_shape(found, names),
        names=frozenset(map(dotted, names)),
        squeezed_names=frozenset(squeezed(last_part(name)) for name in names),
        bare_names=frozenset(squeezed(name) for name in names if not _SEPARATOR.search(name)),
        joined=frozenset(squeezed("".join(run)) for run in runs(text[:_LONGEST_READ])),
        stems=frozenset(map(stem, query_tokens(text[:_LONGEST_READ]))) - _STOP_STEMS,
    )


def _shape(found: list[str], names: list[str]) -> Shape:
    if len(names) == len(found):
        return Shape.NAME
    return Shape.TERMS if names or len(found) < _SHORTEST_SENTENCE else Shape.SENTENCE


def dotted(name: str) -> str:
    """A qualified name with dots, whatever its language writes: `http::Client` is `http.Client`."""
    return _SEPARATOR.sub(".", name)


def last_part(name: str) -> str:
    """The name without what qualifies it: `HttpClient.send` is `send`."""
    return _SEPARATOR.split(name)[-1]


def squeezed(name: str) -> str:
    """A name as it is the same in every convention: `get_user_name`, `getUserName` and `GetUserName` are one."""
    return name.replace("_", "").casefold()


@lru_cache(maxsize=50_000)  # symbols and paths come back with every search: about 20 MB when full
def stems_of(name: str) -> frozenset[str]:
    """The stems of the parts of a name or of a file's name."""
    return frozenset(stem(part) for word in re.findall(r"\w+", name) for part in parts(word))


_ENDINGS = ("ings", "ing", "ers", "er", "ors", "or", "ions", "ion", "ed", "es", "s", "e")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its ending, roughly: `parser`, `parses` and `parsing` are one. For English, by suffix alone."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("ss"):
        return word
    return next((word[: -len(it)] for it in _ENDINGS if word.endswith(it) and len(word) - len(it) >= 3), word)


_STOP_STEMS = frozenset(map(stem, STOP_WORDS)) - {"in", "is"}
