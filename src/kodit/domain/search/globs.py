r"""Path patterns, as people know them from `.gitignore` and ripgrep.

    *.py            files so named, at any depth
    tests           a file or directory so named, at any depth, and everything below it
    src/app         that path from the source's root, and everything below it; also `/src/app` and `src/app/`
    test*/          everything below directories so named, at any depth
    src/*.py        directly in src: `*` and `?` never match a `/`
    src/**/*.py     in src at any depth; `**/` stands for any directories, also none
    *.{c,h}         alternatives; [a-z] and [!a-z] match one character of a set, or not of it; \* is a star

Matching minds the case. Any string is legal: what is not well formed stands for itself.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

LONGEST_PATTERN = 500
"""Characters. A longer pattern is no glob that anybody writes: it stands for itself."""

_MOST_CHOICES = 4
"""Regular expressions that go back over more stars and alternatives take too long on hostile paths."""

_DEEPEST_BRACES = 5
"""Braces around more levels of braces stand for themselves."""

_WILDCARDS = frozenset("*?[")
_REGEX_SIGNS = frozenset(r"\.+*?()|[]{}^$")
_SET_SIGNS = frozenset(r"\[]^-&~|")

_DIRECTORIES = "(?:[^/]+/)*"
_BELOW = "(?:/[^/]+)*"


def matches(pattern: str, path: str) -> bool:
    """Whether a path, relative to the source and with `/` between its parts, fits the pattern."""
    glob = _compiled(pattern)
    if glob.regex is not None:
        return glob.regex.fullmatch(path) is not None
    return len(path) in _ends(glob.nodes, path, frozenset((0,)))


def regex_source(pattern: str) -> str:
    """A regular expression that must match the whole path.

    It uses only what Python's `re` and linear-time engines share: groups, alternatives, sets, `*` and `+`; no
    anchors, no look-around, no flags.
    """
    return _compiled(pattern).source


@dataclass(frozen=True, slots=True)
class _One:
    """One character: `text` is itself, or a set of characters as a regular expression."""

    text: str
    is_set: bool = False

    @property
    def source(self) -> str:
        return self.text if self.is_set else _escaped(self.text)


@dataclass(frozen=True, slots=True)
class _Star:
    """Any characters but `/`."""

    source: str = "[^/]*"


@dataclass(frozen=True, slots=True)
class _Directories:
    """Any number of whole directories, each with the `/` after it."""

    source: str = _DIRECTORIES


@dataclass(frozen=True, slots=True)
class _Either:
    """One of several sequences."""

    branches: tuple[tuple["_Node", ...], ...]

    @property
    def source(self) -> str:
        return "(?:" + "|".join(map(_source, self.branches)) + ")"


_Node = _One | _Star | _Directories | _Either
_Nodes = tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Glob:
    """A pattern ready for use. `regex` is None when only `_ends` is safe to match with."""

    nodes: _Nodes
    source: str
    regex: re.Pattern[str] | None


_ANY = _One("[^/]", is_set=True)
_SLASH = _One("/")
_SOMETHING: _Nodes = (_Directories(), _ANY, _Star())


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> _Glob:
    nodes = _placed(pattern)
    source = _source(nodes)
    return _Glob(nodes, source, re.compile(source) if _choices(nodes) <= _MOST_CHOICES else None)


def _source(nodes: _Nodes) -> str:
    return "".join(node.source for node in nodes)


def _choices(nodes: _Nodes) -> int:
    """In how many places of a pattern a match may go on in more than one way."""
    inner = (node.branches for node in nodes if isinstance(node, _Either))
    return sum(not isinstance(node, _One) for node in nodes) + sum(_choices(one) for many in inner for one in many)


def _placed(pattern: str) -> _Nodes:
    """The nodes of a pattern with what its slashes mean for where it holds."""
    inner = pattern.strip("/")
    if not inner:
        return _SOMETHING if pattern else ()
    read = tuple(map(_One, inner)) if len(pattern) > LONGEST_PATTERN else tuple(_Reader(inner).sequence())
    anchored = pattern.startswith("/") or "/" in inner
    before: _Nodes = () if anchored else (_Directories(),)
    after: _Nodes = ()
    if pattern.endswith("/"):
        after = (_SLASH, *_SOMETHING)
    elif _WILDCARDS.isdisjoint(inner.rpartition("/")[2]):
        after = (_Either(((), (_SLASH, *_SOMETHING))),)
    return (*before, *read, *after)


class _Reader:
    """Reads a pattern, or a part of one, from left to right.

    `opens` and `closes` say whether the text begins where a directory's name may, and ends where the pattern does.
    """

    def __init__(self, text: str, *, opens: bool = True, closes: bool = True) -> None:
        self._text = text
        self._at = 0
        self._opens = opens
        self._closes = closes

    def sequence(self) -> Iterator[_Node]:
        """All nodes up to the end."""
        while self._at < len(self._text):
            yield from self._next()

    def _next(self) -> Iterator[_Node]:
        sign = self._text[self._at]
        if sign == "*":
            yield from self._star()
            return
        special = {"[": self._set, "{": self._either, "\\": self._escape}.get(sign)
        node = special() if special else None
        if node is None:
            self._at += 1
            node = _ANY if sign == "?" else _One(sign)
        yield node

    def _star(self) -> Iterator[_Node]:
        start = self._at
        while self._text.startswith("*", self._at):
            self._at += 1
        whole_part = self._at - start > 1 and self._at_name(start)
        if whole_part and self._text.startswith("/", self._at):
            self._at += 1
            yield _Directories()
        elif whole_part and self._closes and self._at == len(self._text):
            yield from _SOMETHING
        else:
            yield _Star()

    def _escape(self) -> _Node | None:
        if self._at + 1 == len(self._text):
            return None
        self._at += 2
        return _One(self._text[self._at - 1])

    def _set(self) -> _Node | None:
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
        return _One(source, is_set=True)

    def _either(self) -> _Node | None:
        """Alternatives, or None where there are none: braces without a comma, or not closed."""
        branches = _branches(self._text, self._at)
        if branches is None:
            return None
        opens = self._at_name(self._at)
        texts, self._at = branches
        closes = self._closes and self._at == len(self._text)
        return _Either(tuple(tuple(_Reader(text, opens=opens, closes=closes).sequence()) for text in texts))

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
        if depth > _DEEPEST_BRACES:
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


def _ends(nodes: _Nodes, path: str, starts: frozenset[int]) -> frozenset[int]:
    """Where a match may end that starts at one of the given places: no going back, so no path takes long."""
    for node in nodes:
        if isinstance(node, _Either):
            starts = frozenset().union(*(_ends(branch, path, starts) for branch in node.branches))
        else:
            starts = frozenset(_step(node, path, starts))
        if not starts:
            break
    return starts


def _step(node: _One | _Star | _Directories, path: str, starts: frozenset[int]) -> Iterator[int]:
    if isinstance(node, _One):
        yield from (at + 1 for at in starts if at < len(path) and _fits(node, path[at]))
        return
    for at in starts:
        if isinstance(node, _Star):
            end = path.find("/", at)
            yield from range(at, (len(path) if end == -1 else end) + 1)
            continue
        yield at
        while (slash := path.find("/", at)) > at:
            at = slash + 1  # noqa: PLW2901 - a walk over directories from each start
            yield at


def _fits(node: _One, character: str) -> bool:
    return re.fullmatch(node.text, character) is not None if node.is_set else node.text == character
