"""A file's symbols: how its definitions nest, and what stands at each of them."""

import re
from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

from tree_sitter import Node

from kodit.domain.code.definition import DEEPEST, SEPARATOR
from kodit.domain.code.symbol import Symbol, SymbolKind, Visibility
from kodit.infrastructure.treesitter.definitions import Found, Match, end_of, extent, wrapped
from kodit.infrastructure.treesitter.heads import comment_above, docstring_of, moduledoc_of, signature_of, type_above
from kodit.infrastructure.treesitter.visibility import Standing, visibility_of

_FUNCTIONS = frozenset({SymbolKind.FUNCTION, SymbolKind.METHOD})
_TYPES = frozenset({SymbolKind.CLASS, SymbolKind.STRUCT, SymbolKind.INTERFACE, SymbolKind.TRAIT, SymbolKind.ENUM})
_VALUES = frozenset({SymbolKind.VARIABLE, SymbolKind.CONSTANT, SymbolKind.FIELD})
"""What may be assigned more than once: the first time defines it."""

_LOCAL = frozenset({SymbolKind.VARIABLE, SymbolKind.CONSTANT, SymbolKind.FIELD, SymbolKind.MACRO})
"""What is no symbol within a function."""

_WITHIN = {"python": docstring_of, "elixir": moduledoc_of}
"""Where a definition's documentation may stand in its body."""

_EXPORT = "export_statement"

_NAMED_BEHIND = frozenset({"typedef struct", "typedef union", "typedef enum"})

_QUOTES = "\"'`"
_REFERRED = re.compile(r"(?:[&*\[\s]|'\w+\s|(?:mut|const|dyn)\s)*([\w.]+)")
_CALLED: dict[str, Callable[[str], str]] = {
    # An implementation for `&'a mut [Name]` is one of what is referred to (Rust).
    "impl_item": lambda name: match[1] if (match := _REFERRED.match(name)) else name,
    # C#.
    "operator_declaration": lambda name: f"operator {name}",
    "conversion_operator_declaration": lambda name: f"operator {name}",
    "destructor_declaration": lambda name: f"~{name}",
    # Kotlin's name for one that has none.
    "companion_object": lambda name: "Companion" if name == "companion" else name,
}
"""The type of a node -> its name, made of what names it there."""

_SIGILS = {"powershell": "$", "ruby": ":"}
"""What stands before a name and is no part of it."""


def symbols_of(language: str, found: Found, source: bytes) -> tuple[Symbol, ...]:
    """The symbols of a file, in the order of their places, each after the one that encloses it."""
    nesting = _Nesting(language, found, source)
    for place in sorted(_places(found, len(source)), key=_outer_first):
        nesting.take(place)
    return tuple(nesting.symbols)


class _Place(NamedTuple):
    """A match, and where it begins and ends with its wrappers, in bytes."""

    match: Match
    outer: Node
    begin: int
    end: int


def _places(found: Found, size: int) -> list[_Place]:
    """The matches with their extents. One that lasts does so until the next that does, or the end of the file."""
    lasting = sorted(match.node.start_byte for match in found.matches if match.lasts)
    places = []
    for match in found.matches:
        outer = wrapped(match.node, found.wrappers)
        end = (match.last or outer).end_byte
        if match.lasts:
            following = bisect_left(lasting, outer.end_byte)
            end = lasting[following] if following < len(lasting) else size
        places.append(_Place(match, outer, outer.start_byte, end))
    return places


class _Open(NamedTuple):
    """A symbol that may enclose the next."""

    number: int
    place: _Place
    symbol: Symbol


class _Nesting:
    """The symbols so far, and which of them are still open."""

    __slots__ = ("_exports", "_found", "_language", "_open", "_source", "_values", "symbols")

    def __init__(self, language: str, found: Found, source: bytes) -> None:
        self._language = language
        self._found = found
        self._source = source
        self._open: list[_Open] = []
        self._exports = bool(found.exported) or any(node.type == _EXPORT for node in found.wrappers.values())
        self._values: set[tuple[int | None, str]] = set()
        self.symbols: list[Symbol] = []

    def take(self, place: _Place) -> None:
        """Make the next definition a symbol, unless it is none where it stands."""
        while self._open and not _encloses(self._open[-1].place, place):
            self._open.pop()
        parent = self._open[-1] if self._open else None
        if place.match.belongs_to_class:
            parent = self._class_around()
            if parent is None:
                return
        elif parent is not None and (len(self._open) >= DEEPEST or _is_local(place.match, parent)):
            return
        kind = _kind_within(place.match, parent)
        name = self._plain(place.match)
        if not name or (kind in _VALUES and self._is_known(parent, name)):
            return
        symbol = self._symbol(place, parent, kind, name)
        if not place.match.belongs_to_class:
            self._open.append(_Open(len(self.symbols), place, symbol))
        self.symbols.append(symbol)

    def _plain(self, match: Match) -> str:
        """The name without what it is written with and does not consist of."""
        name = match.name
        if len(name) > 2 and name[0] == name[-1] and name[0] in _QUOTES:
            return name[1:-1]
        named = _CALLED.get(match.node.type)
        if named is not None:
            return named(name)
        if self._language == "powershell":
            name = name.rpartition(":")[2]
        return name.lstrip(_SIGILS.get(self._language, ""))

    def _is_known(self, parent: _Open | None, name: str) -> bool:
        key = (parent.number if parent is not None else None, name)
        known = key in self._values
        self._values.add(key)
        return known

    def _class_around(self) -> _Open | None:
        """The class of the method that is innermost now."""
        for candidate in reversed(self._open):
            if candidate.symbol.kind in _TYPES:
                return candidate
            if candidate.symbol.kind not in _FUNCTIONS:
                return None
        return None

    def _symbol(self, place: _Place, parent: _Open | None, kind: SymbolKind, name: str) -> Symbol:
        match, outer = place.match, place.outer
        row, _ = outer.start_point
        # What stands before the node on its own line is part of the head: `export`, `template <...>`, `type`.
        begins = outer if row == match.node.start_point[0] or outer.type == "template_declaration" else match.node
        head = type_above(row + 1, self._found.comments) or signature_of(
            self._source, begins.start_byte, match.node, match.body
        )
        if head in _NAMED_BEHIND:
            head = f"{head} {name}"
        if kind is SymbolKind.MODULE and match.lasts:
            end_line = self._source.count(b"\n", 0, place.end) + (self._source[place.end - 1 : place.end] != b"\n")
        else:
            end_line = max(end_of(match.last or outer)[0], row + 1)
        return Symbol(
            name=name.rpartition(SEPARATOR)[2] or name,
            qualified_name=f"{parent.symbol.qualified_name}{SEPARATOR}{name}" if parent is not None else name,
            kind=kind,
            start_line=row + 1,
            end_line=end_line,
            head_line=match.name_line,
            signature=head,
            doc=self._doc(match, row + 1, parent),
            visibility=self._visibility(place, parent, kind, (name, head)),
            parent=parent.number if parent is not None else None,
        )

    def _doc(self, match: Match, line: int, parent: _Open | None) -> str:
        within = _WITHIN.get(self._language)
        said = within(match.body or match.node) if within is not None else ""
        # What shares its line with what encloses it has no comment of its own.
        if parent is not None and parent.symbol.start_line == line:
            return said
        return said or comment_above(line, self._found.comments)

    def _visibility(self, place: _Place, parent: _Open | None, kind: SymbolKind, said: tuple[str, str]) -> Visibility:
        name, head = said
        if name in self._found.private:
            return Visibility.PRIVATE
        standing = Standing(
            name=name,
            kind=kind,
            head=head,
            within=parent.symbol.kind if parent is not None else None,
            outer=parent.symbol.signature if parent is not None else "",
            section=self._section(place.outer) if self._found.sections else None,
            exported=self._exported(place.outer, name) if self._exports else None,
        )
        return visibility_of(self._language, standing)

    def _section(self, node: Node) -> str | None:
        """The word that opens the section of members which the node stands in."""
        parent = node.parent
        sections = self._found.sections.get(extent(parent), ()) if parent is not None else ()
        before = bisect_left(sections, (node.start_byte, ""))
        return sections[before - 1][1] if before else None

    def _exported(self, outer: Node, name: str) -> bool:
        return outer.type == _EXPORT or name in self._found.exported


def _outer_first(place: _Place) -> tuple[int, int, bool]:
    """Of several with one extent, the one with a body comes last: what follows is within it."""
    return place.begin, -place.end, place.match.body is not None


def _encloses(outer: _Place, inner: _Place) -> bool:
    """Names of one declaration have its extent in common, and none encloses another."""
    return (
        outer.begin <= inner.begin and inner.end <= outer.end and (outer.begin, outer.end) != (inner.begin, inner.end)
    )


def _is_local(match: Match, parent: _Open) -> bool:
    """True for what is no symbol within a function: its values, and what it declares without a body."""
    if parent.symbol.kind not in _FUNCTIONS:
        return False
    return match.kind in _LOCAL or (match.kind is SymbolKind.FUNCTION and match.body is None)


def _kind_within(match: Match, parent: _Open | None) -> SymbolKind:
    """A function of a type is a method."""
    if match.kind is SymbolKind.FUNCTION and parent is not None and parent.symbol.kind in _TYPES:
        return SymbolKind.METHOD
    return match.kind
