"""How symbols are asked for by name."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.symbol import SymbolKind, Visibility

_WILDCARDS = frozenset("*?")
_SPELLINGS = ("::", "#", "->", "\\")
"""What languages and their documents write between the parts of a qualified name."""

_ENTRANCES = frozenset({"__init__", "index", "mod"})
"""What the file is called that stands for its directory: in Python, in JavaScript, in Rust."""

PARTS = frozenset({SymbolKind.FIELD, SymbolKind.MEMBER, SymbolKind.VARIABLE})
"""Kinds that come after all others that fit as well: there are many of them, and seldom are they meant."""


class Nearness(IntEnum):
    """How well a name fits a pattern, best first."""

    EXACT = 0
    EXACT_BUT_FOR_CASE = 1
    BEGINNING = 2
    PART = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolFilter:
    """Which symbols are asked for. Empty means: any."""

    kinds: frozenset[SymbolKind] = frozenset()
    visibilities: frozenset[Visibility] = frozenset()


@dataclass(frozen=True, slots=True)
class SymbolPattern:
    """Part of a name, or all of one with wildcards; upper and lower case are the same.

    parse           names with `parse` in them
    http header     names with both in them
    get*Name        names that begin and end so; `*` stands for anything, also nothing, `?` for one character
    Parser.parse    qualified names with it in them; `::` and `#` are read as `.`
    """

    text: str

    @property
    def words(self) -> tuple[str, ...]:
        """What the name must fit, all of it."""
        return tuple(dotted(self.text).split())

    @property
    def is_glob(self) -> bool:
        """Whether the whole name must fit."""
        return not _WILDCARDS.isdisjoint(self.text)

    @property
    def is_qualified(self) -> bool:
        """Whether the qualified name must fit, and not the name alone."""
        return SEPARATOR in dotted(self.text).strip(SEPARATOR)

    def nearness(self, name: str) -> Nearness:
        """How well a name fits that does fit; a qualified one also by its end."""
        asked = " ".join(self.words)
        ends = {name, *(name[at + 1 :] for at, char in enumerate(name) if char == SEPARATOR)}
        if asked in ends:
            return Nearness.EXACT
        lower = asked.lower()
        if any(end.lower() == lower for end in ends):
            return Nearness.EXACT_BUT_FOR_CASE
        return Nearness.BEGINNING if any(end.lower().startswith(lower) for end in ends) else Nearness.PART


def dotted(name: str) -> str:
    """A qualified name as kodit writes it, however its language does."""
    for spelling in _SPELLINGS:
        name = name.replace(spelling, SEPARATOR)
    return name.strip()


def is_called(asked: str, qualified_name: str, path: str, roots: Collection[str] = ()) -> bool:
    """Whether a symbol of a file may be meant by a qualified name.

    It may begin anywhere: `parse`, `Parser.parse`, and with the file's module `http.parser.Parser.parse`. `roots` are
    the names of the directory that the path is relative to, with which the module may begin.
    """
    module = _module_before(asked, qualified_name)
    return module == "" or (module is not None and is_module(module, path, roots))


def is_called_in_module(asked: str, qualified_name: str, path: str, roots: Collection[str] = ()) -> bool:
    """The same, but the module is that of the file, and not one that has the file in its directory."""
    module = _module_before(asked, qualified_name)
    return module == "" or (module is not None and is_file_of_module(module, path, roots))


def _module_before(asked: str, qualified_name: str) -> str | None:
    """What stands before a qualified name; "" where it is named by itself or its end, None where it is not named."""
    if f"{SEPARATOR}{qualified_name}".endswith(f"{SEPARATOR}{asked}"):
        return ""
    module, found, rest = asked.rpartition(f"{SEPARATOR}{qualified_name}")
    return module if found and module and not rest else None


def is_module(asked: str, path: str, roots: Collection[str] = ()) -> bool:
    """Whether a file, or the directory that it lies in, may be meant by the name of a module."""
    return any(_ends_in(asked, place, roots) for place in (f"{_above(path)}/{_stem(path)}", _above(path)))


def is_file_of_module(asked: str, path: str, roots: Collection[str] = ()) -> bool:
    """Whether a file is the one that a module has, by the module's name from anywhere on."""
    return _ends_in(asked, _above(path) if _stem(path) in _ENTRANCES else f"{_above(path)}/{_stem(path)}", roots)


def _ends_in(asked: str, place: str, roots: Collection[str]) -> bool:
    places = [place, *(f"{root}/{place}" for root in roots)]
    dotted_places = (SEPARATOR.join(part for part in one.split("/") if part) for one in places)
    return any(dots == asked or dots.endswith(f"{SEPARATOR}{asked}") for dots in dotted_places)


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _stem(path: str) -> str:
    return path.rpartition("/")[2].split(".", maxsplit=1)[0]
