"""What a parser tells of a file: where its definitions are, and how they nest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kodit.domain.code.snippet import SnippetKind

Position = tuple[int, int]
"""A line, from 1, and a column within it, from 0. Columns are only compared, so their unit is the parser's choice."""

SEPARATOR = "."
"""Stands between the parts of a qualified name in every language: `Parser.parse`, never `Parser::parse`."""

DEEPEST = 12
"""Levels of definitions within definitions; what lies deeper stays part of its parent."""

TABLE_LENGTH = 100
"""A file with more constants, macros and aliases of one line each is a table: better read in windows than as so many
snippets of one line."""

TABULAR = frozenset({SnippetKind.CONSTANT, SnippetKind.FUNCTION, SnippetKind.TYPE})
CLASS_LIKE = frozenset({SnippetKind.CLASS, SnippetKind.INTERFACE, SnippetKind.ENUM})
CONTAINERS = CLASS_LIKE | {SnippetKind.MODULE}
"""The kinds whose members are snippets of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One definition as it stands in the source.

    `name` is what the definition itself says; it has a separator in it where a method names its type
    (`Parser.parse` for Go's receivers and C++'s out-of-class methods).
    `start` and `end` enclose all that belongs to it syntactically: decorators, annotations, `export`. `end` is the
    position after its last character.
    `head_line` is the line of its name, after any decorators and annotations. `body` is where its body begins.
    """

    kind: SnippetKind
    name: str
    start: Position
    end: Position
    head_line: int
    body: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFile:
    """All that chunking needs of a parsed file.

    `leading` holds the comments and attributes that have their lines to themselves, as last line -> first line; one
    that ends just above a definition belongs to it.
    """

    definitions: tuple[Definition, ...] = ()
    leading: Mapping[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Node:
    """A definition among the others: with its qualified name, its kind in context, and the members it contains."""

    definition: Definition
    symbol: str
    kind: SnippetKind
    members: list["Node"]


def nested(definitions: Iterable[Definition]) -> list[Node]:
    """The outermost definitions, in order, each with its members.

    A member's symbol is qualified by its containers. What is defined within a function stays part of it, and so
    do the constants and type aliases within a class. A function directly within a class is a method.
    """
    roots: list[Node] = []
    open_nodes: list[Node] = []
    for definition in sorted(definitions, key=_outer_first):
        while open_nodes and not _contains(open_nodes[-1].definition, definition):
            open_nodes.pop()
        parent = open_nodes[-1] if open_nodes else None
        if len(open_nodes) < DEEPEST and (parent is None or _takes(parent.kind, definition.kind)):
            node = _placed(definition, parent)
            (parent.members if parent else roots).append(node)
            open_nodes.append(node)
    return _without_tables(roots)


def _without_tables(nodes: list[Node]) -> list[Node]:
    return nodes if _tabular(nodes) <= TABLE_LENGTH else _pruned(nodes)


def _tabular(nodes: list[Node]) -> int:
    return sum(_is_tabular(node) + _tabular(node.members) for node in nodes)


def _pruned(nodes: list[Node]) -> list[Node]:
    kept = [node for node in nodes if not _is_tabular(node)]
    for node in kept:
        node.members = _pruned(node.members)
    return kept


def _is_tabular(node: Node) -> bool:
    return node.kind in TABULAR and node.definition.start[0] == node.definition.end[0]


def _outer_first(definition: Definition) -> tuple[Position, Position, str]:
    line, column = definition.end
    return definition.start, (-line, -column), definition.name


def _contains(outer: Definition, inner: Definition) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _takes(outer: SnippetKind, inner: SnippetKind) -> bool:
    if outer is SnippetKind.MODULE:
        return True
    return outer in CLASS_LIKE and inner not in {SnippetKind.CONSTANT, SnippetKind.TYPE}


def _placed(definition: Definition, parent: Node | None) -> Node:
    kind = definition.kind
    if parent is not None and parent.kind in CLASS_LIKE and kind is SnippetKind.FUNCTION:
        kind = SnippetKind.METHOD
    symbol = f"{parent.symbol}{SEPARATOR}{definition.name}" if parent else definition.name
    return Node(definition, symbol, kind, [])
