"""The syntax of path patterns: from text to a sequence of nodes, each with the regular expression that it means."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

DEEPEST_BRACES = 5
"""Braces around more levels of braces stand for themselves."""

_REGEX_SIGNS = frozenset(r"\.+*?()|[]{}^$")
_SET_SIGNS = frozenset(r"\[]^-&~|")


@dataclass(frozen=True, slots=True)
class One:
    """One character: `text` is itself, or a set of characters as a regular expression."""

    text: str
    is_set: bool = False

    @property
    def source(self) -> str:
        """As a regular expression."""
        return self.text if self.is_set else _escaped(self.text)


@dataclass(frozen=True, slots=True)
class Star:
    """Any characters but `/`."""

    source: str = "[^/]*"


@dataclass(frozen=True, slots=True)
class Directories:
    """Any number of whole directories, each with the `/` after it."""

    source: str = "(?:[^/]+/)*"


@dataclass(frozen=True, slots=True)
class Either:
    """One of several sequences."""

    branches: tuple[tuple["Node", ...], ...]

    @property
    def source(self) -> str:
        """As a regular expression."""
        return "(?:" + "|".join(map(source_of, self.branches)) + ")"


Node = One | Star | Directories | Either
Nodes = tuple[Node, ...]


ANY = One("[^/]", is_set=True)
SLASH = One("/")
SOMETHING: Nodes = (Directories(), ANY, Star())


def source_of(nodes: Nodes) -> str:
    """A sequence as one regular expression."""
    return "".join(node.source for node in nodes)


class Reader:
    """Reads a pattern, or a part of one, from left to right.

    `opens` and `closes` say whether the text begins where a directory's name may, and ends where the pattern does.
    """

    def __init__(self, text: str, *, opens: bool = True, closes: bool = True) -> None:
        self._text = text
        self._at = 0
        self._opens = opens
        self._closes = closes

    def sequence(self) -> Iterator[Node]:
        """All nodes up to the end."""
        while self._at < len(self._text):
            yield from self._next()

    def _next(self) -> Iterator[Node]:
        sign = self._text[self._at]
        if sign == "*":
            yield from self._star()
            return
        special = {"[": self._set, "{": self._either, "\\": self._escape}.get(sign)
        node = special() if special else None
        if node is None:
            self._at += 1
            node = ANY if sign == "?" else One(sign)
        yield node

    def _star(self) -> Iterator[Node]:
        start = self._at
        while self._text.startswith("*", self._at):
            self._at += 1
        whole_part = self._at - start > 1 and self._at_name(start)
        if whole_part and self._text.startswith("/", self._at):
            self._at += 1
            yield Directories()
        elif whole_part and self._closes and self._at == len(self._text):
            yield from SOMETHING
        else:
            yield Star()

    def _escape(self) -> Node | None:
        if self._at + 1 == len(self._text):
            return None
        self._at += 2
        return One(self._text[self._at - 1])

    def _set(self) -> Node | None:
        """A set of characters, or None where it isn't one: not closed, or a range from high to low."""
        start = self._at + 1
        negated = self._text[start : start + 1] in {"!", "^"}
        start += negated
        end = self._text.find("]", start + 1)
        if end == -1:
            return None
        items = list(_ranges(self._text[start:end]))
        if any(low > high for low, high in items):
            return None
        source = _set_source(items, negated=negated)
        if source is None:
            return None
        self._at = end + 1
        return One(source, is_set=True)

    def _either(self) -> Node | None:
        """Alternatives, or None where there are none: braces without a comma, or not closed."""
        branches = _branches(self._text, self._at)
        if branches is None:
            return None
        opens = self._at_name(self._at)
        texts, self._at = branches
        closes = self._closes and self._at == len(self._text)
        return Either(tuple(tuple(Reader(text, opens=opens, closes=closes).sequence()) for text in texts))

    def _at_name(self, at: int) -> bool:
        return self._text[at - 1] == "/" if at else self._opens


def _branches(text: str, start: int) -> tuple[list[str], int] | None:
    """The texts between a brace's commas, and where the pattern goes on behind it."""
    depth = 0
    cuts = [start]
    at = start
    while at < len(text):
        sign = text[at]
        depth += (sign == "{") - (sign == "}")
        if depth > DEEPEST_BRACES:
            return None
        if depth == 0:
            cuts.append(at)
            texts = [text[low + 1 : high] for low, high in pairwise(cuts)]
            return (texts, at + 1) if len(texts) > 1 else None
        if sign == "," and depth == 1:
            cuts.append(at)
        at += 2 if sign == "\\" else 1
    return None


def _ranges(text: str) -> Iterator[tuple[str, str]]:
    """The ranges of a set, from `a-z_` to (a, z) and (_, _)."""
    at = 0
    while at < len(text):
        if text[at + 1 : at + 2] == "-" and at + 2 < len(text):
            yield text[at], text[at + 2]
            at += 3
        else:
            yield text[at], text[at]
            at += 1


def _set_source(items: Collection[tuple[str, str]], *, negated: bool) -> str | None:
    """A set as a regular expression that never matches `/`; None when nothing is left of it."""
    if negated:
        return "[^/" + "".join(map(_range_source, items)) + "]"
    left = [piece for item in items for piece in _without_slash(*item)]
    return "[" + "".join(map(_range_source, left)) + "]" if left else None


def _without_slash(low: str, high: str) -> Iterator[tuple[str, str]]:
    if not low <= "/" <= high:
        yield low, high
        return
    if low < "/":
        yield low, "."
    if high > "/":
        yield "0", high


def _range_source(item: tuple[str, str]) -> str:
    low, high = ("\\" + end if end in _SET_SIGNS else end for end in item)
    return low if low == high else f"{low}-{high}"


def _escaped(character: str) -> str:
    return "\\" + character if character in _REGEX_SIGNS else character
