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
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kodit.domain.search.glob_syntax import SLASH, SOMETHING, Directories, Either, Nodes, One, Reader, Star, source_of

LONGEST_PATTERN = 500
"""Characters. A longer pattern is no glob that anybody writes: it stands for itself."""

_MOST_CHOICES = 4
"""Regular expressions that go back over more stars and alternatives take too long on hostile paths."""

_WILDCARDS = frozenset("*?[")


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
class _Glob:
    """A pattern ready for use. `regex` is None when only `_ends` is safe to match with."""

    nodes: Nodes
    source: str
    regex: re.Pattern[str] | None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> _Glob:
    nodes = _placed(pattern)
    source = source_of(nodes)
    return _Glob(nodes, source, re.compile(source) if _choices(nodes) <= _MOST_CHOICES else None)


def _choices(nodes: Nodes) -> int:
    """In how many places of a pattern a match may go on in more than one way."""
    inner = (node.branches for node in nodes if isinstance(node, Either))
    return sum(not isinstance(node, One) for node in nodes) + sum(_choices(one) for many in inner for one in many)


def _placed(pattern: str) -> Nodes:
    """The nodes of a pattern with what its slashes mean for where it holds."""
    inner = pattern.strip("/")
    if not inner:
        return SOMETHING if pattern else ()
    read = tuple(map(One, inner)) if len(pattern) > LONGEST_PATTERN else tuple(Reader(inner).sequence())
    anchored = pattern.startswith("/") or "/" in inner
    before: Nodes = () if anchored else (Directories(),)
    after: Nodes = ()
    if pattern.endswith("/"):
        after = (SLASH, *SOMETHING)
    elif _WILDCARDS.isdisjoint(inner.rpartition("/")[2]):
        after = (Either(((), (SLASH, *SOMETHING))),)
    return (*before, *read, *after)


def _ends(nodes: Nodes, path: str, starts: frozenset[int]) -> frozenset[int]:
    """Where a match may end that starts at one of the given places: no going back, so no path takes long."""
    for node in nodes:
        if isinstance(node, Either):
            starts = frozenset().union(*(_ends(branch, path, starts) for branch in node.branches))
        else:
            starts = frozenset(_step(node, path, starts))
        if not starts:
            break
    return starts


def _step(node: One | Star | Directories, path: str, starts: frozenset[int]) -> Iterator[int]:
    if isinstance(node, One):
        yield from (at + 1 for at in starts if at < len(path) and _fits(node, path[at]))
        return
    for at in starts:
        if isinstance(node, Star):
            end = path.find("/", at)
            yield from range(at, (len(path) if end == -1 else end) + 1)
            continue
        yield at
        while (slash := path.find("/", at)) > at:
            at = slash + 1  # noqa: PLW2901 - a walk over directories from each start
            yield at


def _fits(node: One, character: str) -> bool:
    return re.fullmatch(node.text, character) is not None if node.is_set else node.text == character
