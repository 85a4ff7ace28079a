"""What a query finds in a file: the definitions that make snippets, and those that make symbols.

A query may capture, in one pattern:

- `@definition.<kind>`, where kind is a value of `SymbolKind`: the node of a definition.
- `@symbol.<kind>`: the same, of a definition that is part of its parent's snippet.
- `@snippet.<kind>`: the same, of what makes a snippet and no symbol: a group of constants.
- `@name`: its name. Without one, the chain of `declarator` fields leads to it (C and C++), from `@declarator` or from
  the node.
- `@receiver`: the type that qualifies the name, where it does not enclose the definition (Go).
- `@self`: there, if what is defined belongs to the class around the method that defines it (`self.x = ...`).
- `@rest`: there, if what follows up to the next one belongs to it (`namespace A;`).
- `@body`: the body, where it is not the node's field `body`.
- `@wrapped` within `@wrapper`: a definition whose extent is the wrapper's: decorators, `export`, `template <...>`.
- `@leading`: a comment or attribute that belongs to the definition below it.
- `@section`: what says who may use the members below it (`private:`).
- `@imported`: a name that is no symbol where it stands: what is declared there is an import.
- `@exported`: a name that is exported apart from its definition; `@private`: one that is made private so.

When several patterns match one name, the last in the file says what it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from tree_sitter import Node, QueryCursor

from kodit.domain.code.definition import SEPARATOR, Definition, ParsedFile, Position
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.code.symbol import SymbolKind, snippet_kind
from kodit.infrastructure.treesitter.grammars import query_of
from kodit.infrastructure.treesitter.naming import declared, line_of_name, name_of, written

Extent = tuple[int, int]
"""Where a node begins and ends, in bytes."""

_Captures = dict[str, list[Node]]

_IN_CLAUSES = frozenset({"elixir", "haskell"})
"""Languages whose functions may be defined clause by clause."""

_ASKS = {"definition": (True, True), "symbol": (False, True), "snippet": (True, False)}
"""A capture's prefix -> whether it makes a snippet, and whether it makes a symbol."""


class Match(NamedTuple):
    """A definition as one pattern sees it. A named tuple, because there are thousands to a megabyte.

    `belongs_to_class` says `@self`, `lasts` says `@rest`.

    `line` is where the name begins, with all that qualifies it, `name_line` where its last part does.

    `last` is the last clause of a function that has several.
    """

    pattern: int
    kind: SymbolKind
    node: Node
    name: str
    line: int
    name_line: int
    body: Node | None
    belongs_to_class: bool
    lasts: bool
    last: Node | None = None

    @property
    def ends(self) -> Node:
        """The node that ends with it."""
        return self.last or self.node


@dataclass(frozen=True, slots=True)
class Found:
    """What a file's query found.

    `parsed` is for cutting snippets. `comments` are the comments and attributes with their lines to themselves, by
    the line that they end on. `sections` are the words that open a section of members, by the extent of what contains
    them, in their order.
    """

    parsed: ParsedFile
    matches: Sequence[Match] = ()
    wrappers: Mapping[Extent, Node] = field(default_factory=dict)
    comments: Mapping[int, Node] = field(default_factory=dict)
    sections: Mapping[Extent, Sequence[tuple[int, str]]] = field(default_factory=dict)
    exported: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()


def found_in(language: str, root: Node, source: bytes) -> Found:
    """What the language's query finds in a tree by `grammars.tree_of`."""
    search = _Search(source)
    for pattern, captures in QueryCursor(query_of(language)).matches(root):
        search.take(pattern, captures)
    if language in _IN_CLAUSES:
        search.join_clauses()
    return search.found()


class _Search:
    """The matches of one file, as they come."""

    __slots__ = (
        "_comments",
        "_exported",
        "_imported",
        "_leading",
        "_private",
        "_sections",
        "_snippets",
        "_source",
        "_symbols",
        "_wrappers",
    )

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._snippets: dict[int, Match] = {}
        self._symbols: dict[int, Match] = {}
        self._wrappers: dict[Extent, Node] = {}
        self._comments: dict[int, Node] = {}
        self._leading: dict[int, int] = {}
        self._sections: dict[Extent, list[tuple[int, str]]] = {}
        self._exported: set[str] = set()
        self._imported: set[int] = set()
        self._private: set[str] = set()

    def take(self, pattern: int, captures: _Captures) -> None:
        if "leading" in captures:
            for comment in captures["leading"]:
                self._lead(comment)
        elif "wrapper" in captures:
            self._wrappers[extent(captures["wrapped"][0])] = captures["wrapper"][0]
        elif "section" in captures:
            self._open_section(captures["section"][0])
        elif "imported" in captures:
            self._imported.update(node.start_byte for node in captures["imported"])
        elif "exported" in captures:
            self._exported.update(written(node) for node in captures["exported"])
        elif "private" in captures:
            self._private.update(written(node).lstrip(":") for node in captures["private"])
        else:
            for capture, nodes in captures.items():
                asked = _asked(capture)
                if asked is not None:
                    self._define(pattern, captures, nodes[0], asked)

    def join_clauses(self) -> None:
        """Make one definition of the clauses of a function that follow one another."""
        self._snippets = _joined(self._snippets)
        self._symbols = _joined(self._symbols)

    def found(self) -> Found:
        definitions = tuple(self._placed(match) for match in self._snippets.values())
        return Found(
            parsed=ParsedFile(definitions=definitions, leading=self._leading),
            matches=tuple(match for key, match in self._symbols.items() if key not in self._imported),
            wrappers=self._wrappers,
            comments=self._comments,
            sections=self._sections,
            exported=frozenset(self._exported),
            private=frozenset(self._private),
        )

    def _define(self, pattern: int, captures: _Captures, node: Node, asked: "_Asked") -> None:
        """Record a definition by where its name stands, unless a later pattern has."""
        named = captures["name"][0] if "name" in captures else declared(captures.get("declarator", (node,))[0])
        name = name_of(named) if named is not None else ""
        if named is None or not name:
            return
        receiver = captures.get("receiver")
        if receiver:
            name = f"{name_of(receiver[0])}{SEPARATOR}{name}"
        makes_snippet, makes_symbol, kind = asked
        if kind is SymbolKind.FUNCTION and SEPARATOR in name:
            kind = SymbolKind.METHOD
        bodies = captures.get("body")
        body = bodies[0] if bodies else node.child_by_field_name("body")
        line = named.start_point[0] + 1
        marks = "self" in captures, "rest" in captures
        match = Match(pattern, kind, node, name, line, line_of_name(named), body, *marks)
        key = named.start_byte
        if makes_snippet and (key not in self._snippets or self._snippets[key].pattern <= pattern):
            self._snippets[key] = match
        if makes_symbol and (key not in self._symbols or self._symbols[key].pattern <= pattern):
            self._symbols[key] = match

    def _lead(self, node: Node) -> None:
        """Record a comment, unless code stands before it on its line."""
        begin = node.start_byte
        line_start = self._source.rfind(b"\n", 0, begin) + 1
        if not self._source[line_start:begin].strip():
            last = end_of(node)[0]
            self._leading[last] = start_of(node)[0]
            self._comments[last] = node

    def _open_section(self, node: Node) -> None:
        parent = node.parent
        if parent is not None:
            self._sections.setdefault(extent(parent), []).append((node.start_byte, written(node)))

    def _placed(self, match: Match) -> Definition:
        outer = wrapped(match.node, self._wrappers)
        return Definition(
            kind=snippet_kind(match.kind) or SnippetKind.CONSTANT,
            name=match.name,
            start=start_of(outer),
            end=end_of(match.last or outer),
            head_line=match.line,
            body=start_of(match.body) if match.body is not None else None,
        )


_Asked = tuple[bool, bool, SymbolKind]
"""Whether a capture makes a snippet, whether it makes a symbol, and the kind of that."""


@cache
def _asked(capture: str) -> _Asked | None:
    """What a capture asks for; None for one that only tells of another."""
    prefix, dot, kind = capture.partition(".")
    return (*_ASKS[prefix], SymbolKind(kind)) if dot else None


def _joined(matches: Mapping[int, Match]) -> dict[int, Match]:
    joined: dict[int, Match] = {}
    before: dict[str, int] = {}
    for key, match in sorted(matches.items()):
        first = joined.get(before.get(match.name, -1))
        if first is not None and first.kind is match.kind is SymbolKind.FUNCTION and _follows(first, match):
            joined[before[match.name]] = first._replace(last=match.node)
        else:
            joined[key] = match
            before[match.name] = key
    return joined


def _follows(first: Match, match: Match) -> bool:
    """True for two definitions in one block with nothing but comments and attributes between them."""
    sibling = match.node.prev_named_sibling
    while sibling is not None and sibling.type in ("comment", "haddock", "unary_operator", "signature"):
        sibling = sibling.prev_named_sibling
    return sibling is not None and sibling.id == first.ends.id


def wrapped(node: Node, wrappers: Mapping[Extent, Node]) -> Node:
    """The outermost wrapper of a node, or itself."""
    while (wrapper := wrappers.get(extent(node))) is not None and extent(wrapper) != extent(node):
        node = wrapper
    return node


def extent(node: Node) -> Extent:
    """Where the node begins and ends."""
    return node.start_byte, node.end_byte


def start_of(node: Node) -> Position:
    """Where the node begins."""
    row, column = node.start_point
    return row + 1, column


def end_of(node: Node) -> Position:
    """Where the node ends; a node that includes its line's end still ends on that line."""
    row, column = node.end_point
    if column == 0 and row > node.start_point[0]:
        return row, 1_000_000_000
    return row + 1, column
