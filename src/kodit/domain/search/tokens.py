"""Tokens of code: how documents and queries are cut, one way for both.

A word is an identifier or a natural word. It gives itself in lower case and, when it has more than one, its parts:
`getUserName` gives `getusername get user name`, `HTTPServer` gives `httpserver http server`, `sha256` gives
`sha256 sha 256`, `__init__` gives `__init__ init`. So a query for `user name` finds `getUserName` and
`get_user_name`, and a query for the whole name weighs that rare token heaviest.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

TOKENIZER = "kodit-tokens-1"
"""Names these rules; to be changed whenever they cut differently, so that keyword indexes are made again."""

LONGEST_WORD = 100
"""Characters. Longer runs of ASCII letters and digits are encoded data, not names, and give no tokens."""

_MOST_DIGIT_PARTS = 4
"""A word with more runs of digits than this is a hash or a key: it is kept whole, its parts mean nothing."""

_MOST_JOINED = 3
"""Adjacent words of a query that may be one name in code: `get addr info` for `getaddrinfo`."""

_MOST_WORDS_JOINED = 24
"""Words of a query whose neighbours are joined; longer ones are pasted code, which spells its names itself."""

_CACHED_WORDS = 200_000
"""Words remembered before the cache starts afresh: about 40 MB at most; code repeats few words very often."""

_WORD = re.compile(r"\w+")
_ASCII_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# Scripts written without spaces: Han, kana, Hangul.
_UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003fffd]+"
)

_STOP_WORDS = """
a an and are as at be but by can could did do does for from had has have how i in into is it its me my of on or our
shall should so than that the their them then there these they this those to was we were what when where which while
who whose why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English words that carry no meaning in a question; in code some are rare enough to drown what matters."""


def spaced(text: str) -> str:
    """All tokens of a text, in order, with one space between them."""
    return " ".join(filter(None, map(_SPLIT.__getitem__, _WORD.findall(_composed(text)))))


def tokens(text: str) -> list[str]:
    """All tokens of a text, in order, with their repetitions."""
    return spaced(text).split()


def words(text: str) -> list[str]:
    """The words of a text as they are written, not cut into parts."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(_composed(text))]


def query_tokens(text: str) -> Sequence[str]:
    """The different tokens that a query asks for, in order.

    Stop words are left out unless there is nothing else: somebody may look for `this` or `with`.
    """
    asked = dict.fromkeys(tokens(text))
    return [token for token in asked if token not in STOP_WORDS] or list(asked)


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """Adjacent words of a query, in lower case, that somebody may have written as one name; none is a stop word."""
    found = [word.casefold() for word in words(text)]
    if len(found) <= _MOST_WORDS_JOINED:
        for length in range(2, _MOST_JOINED + 1):
            for start in range(len(found) - length + 1):
                run = tuple(found[start : start + length])
                if STOP_WORDS.isdisjoint(run):
                    yield run


def parts(word: str) -> list[str]:
    """The parts of one identifier in lower case: `parseHTTPReply_v2` gives `parse http reply v 2`."""
    if word.isascii():
        return _ASCII_PART.findall(word) if word.islower() else [part.lower() for part in _ASCII_PART.findall(word)]
    found: list[str] = []
    for piece in filter(None, word.split("_")):
        found += _unicode_parts(piece)
    return found


def _composed(text: str) -> str:
    """One spelling for what looks alike: Python itself compares identifiers after NFKC."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _unicode_parts(piece: str) -> list[str]:
    found: list[str] = []
    rest = 0
    for run in _UNSPACED.finditer(piece):
        found += _humps(piece[rest : run.start()])
        found += _characters_and_pairs(run.group())
        rest = run.end()
    return found + _humps(piece[rest:])


def _characters_and_pairs(run: str) -> list[str]:
    """Each character and each two neighbours: the usual index for scripts that don't separate words."""
    return [*run, *map("".join, pairwise(run))] if len(run) > 1 else [run]


def _humps(text: str) -> list[str]:
    """Cut where the case rises, before the last capital of a run of them, and between letters and digits."""
    cuts = [0]
    for at in range(1, len(text)):
        left, here = text[at - 1], text[at]
        rises = here.isupper() and not left.isupper()
        last_capital = left.isupper() and here.isupper() and text[at + 1 : at + 2].islower()
        if rises or last_capital or left.isdigit() != here.isdigit():
            cuts.append(at)
    pieces = (text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True))
    return [piece.casefold()[:LONGEST_WORD] for piece in pieces if piece]


def _split(word: str) -> str:
    """One word's tokens with spaces between them."""
    if len(word) > LONGEST_WORD:
        return "" if word.isascii() else " ".join(parts(word))
    whole = word.casefold()
    found = parts(word)
    if sum(part[0].isdigit() for part in found) > _MOST_DIGIT_PARTS:
        return whole
    return whole if found in ([whole], []) else " ".join([whole, *found])


class _Split(dict[str, str]):
    """Remembers the tokens of words; misses are computed, and a full memory is emptied."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _CACHED_WORDS:
            self.clear()
        result = _split(word)
        if len(word) <= LONGEST_WORD:
            self[word] = result
        return result


_SPLIT = _Split()
