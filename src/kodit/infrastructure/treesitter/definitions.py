"""What a query finds in a file, as the domain's definitions.

A query may capture, in one pattern:

- `@definition.<kind>`, where kind is a value of `SnippetKind`: the definition's node.
- `@name`: its name. Without one, the chain of `declarator` fields leads to it (C and C++).
- `@receiver`: the type that qualifies the name, where it does not enclose the definition (Go).
- `@body`: the body, where it is not the node's field `body`.
- `@wrapped` within `@wrapper`: a definition whose extent is the wrapper's: decorators, `export`, `template <...>`.
- `@leading`: a comment or attribute that belongs to the definition below it.

When several patterns match one name, the last in the file says what it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node, QueryCursor

from kodit.domain.code.definition import SEPARATOR, Definition, ParsedFile, Position
from kodit.domain.code.snippet import SnippetKind
from kodit.infrastructure.treesitter.grammars import query_of

_PREFIX = "definition."
_Extent = tuple[int, int]
_Captures = dict[str, list[Node]]

_DEEPEST_DECLARATOR = 20
_GENERICS = re.compile(r"<[^<>]*>")
_SEPARATORS = re.compile(r"\s*(?:::|\\|->|\.)\s*")
_OPERATOR = re.compile(r"\boperator\b.*", re.DOTALL)
_CONVERSION = re.compile(r"(operator\s+\w[^()]*)\(.*", re.DOTALL)
_NAMING = re.compile(r"identifier|_name|operator_cast|template_function")
"""The types of nodes that a chain of declarators may end with; a macro the parser does not know leads elsewhere."""
_EXPORTED = re.compile(r"^(?:module\.)?exports\.|^this\.")
_SPACE = re.compile(r"\s+")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class _Match:
    """A definition as one pattern sees it."""

    pattern: int
    kind: SnippetKind
    node: Node
    name: str
    line: int
    body: Node | None


def parsed(language: str, root: Node, source: bytes) -> ParsedFile:
    """The definitions, comments and attributes of a tree by `grammars.tree_of`."""
    matches: dict[int, _Match] = {}
    wrappers: dict[_Extent, Node] = {}
    leading: dict[int, int] = {}
    for pattern, captures in QueryCursor(query_of(language)).matches(root):
        for comment in captures.get("leading", ()):
            _lead(leading, comment, source)
        if "wrapper" in captures:
            wrappers[_extent(captures["wrapped"][0])] = captures["wrapper"][0]
        for key, match in _definitions(pattern, captures):
            if key not in matches or matches[key].pattern <= pattern:
                matches[key] = match
    return ParsedFile(definitions=tuple(_placed(match, wrappers) for match in matches.values()), leading=leading)


def _lead(leading: dict[int, int], node: Node, source: bytes) -> None:
    """Record a comment, unless code stands before it on its line."""
    begin = node.start_byte
    line_start = source.rfind(b"\n", 0, begin) + 1
    if not source[line_start:begin].strip():
        leading[_end(node)[0]] = _start(node)[0]


def _definitions(pattern: int, captures: _Captures) -> Iterator[tuple[int, _Match]]:
    """The definitions of one match, keyed by where their name stands."""
    for capture, nodes in captures.items():
        if not capture.startswith(_PREFIX):
            continue
        node = nodes[0]
        named = captures["name"][0] if "name" in captures else _declared(node)
        name = _text(named) if named is not None else ""
        if named is None or not name:
            continue
        receiver = captures.get("receiver")
        if receiver:
            name = f"{_text(receiver[0])}{SEPARATOR}{name}"
        kind = SnippetKind(capture.removeprefix(_PREFIX))
        if kind is SnippetKind.FUNCTION and SEPARATOR in name:
            kind = SnippetKind.METHOD
        bodies = captures.get("body")
        body = bodies[0] if bodies else node.child_by_field_name("body")
        yield named.start_byte, _Match(pattern, kind, node, name, _start(named)[0], body)


def _declared(node: Node) -> Node | None:
    """What a declaration declares: the end of its chain of declarators."""
    declarator = node.child_by_field_name("declarator")
    for _ in range(_DEEPEST_DECLARATOR):
        if declarator is None:
            return None
        inner = declarator.child_by_field_name("declarator") or _unnamed_declarator(declarator)
        if inner is None:
            return declarator if _NAMING.search(declarator.type) else None
        declarator = inner
    return None


def _unnamed_declarator(node: Node) -> Node | None:
    """The declarator within a parenthesised or reference declarator, whose grammar gives it no field."""
    if node.type not in ("parenthesized_declarator", "reference_declarator", "attributed_declarator"):
        return None
    return next(iter(node.named_children), None)


def _text(node: Node) -> str:
    """The name as the domain writes it: one separator, no type arguments, no `exports.` or `.prototype`."""
    raw = (node.text or b"").decode("utf-8", "replace")
    # The `<` of an operator opens no type arguments, and a conversion's parameters are no part of its name.
    operator = _OPERATOR.search(raw)
    if operator is not None:
        raw = raw[: operator.start()]
    while raw != (shorter := _GENERICS.sub("", raw)):
        raw = shorter
    if operator is not None:
        raw += _CONVERSION.sub(r"\1", operator[0])
    name = _SEPARATORS.sub(SEPARATOR, raw.strip()).replace(".prototype.", SEPARATOR)
    return _SPACE.sub(" ", _EXPORTED.sub("", name)).strip(SEPARATOR)[:_LONGEST_NAME]


def _placed(match: _Match, wrappers: dict[_Extent, Node]) -> Definition:
    outer = match.node
    while (wrapper := wrappers.get(_extent(outer))) is not None and _extent(wrapper) != _extent(outer):
        outer = wrapper
    return Definition(
        kind=match.kind,
        name=match.name,
        start=_start(outer),
        end=_end(outer),
        head_line=match.line,
        body=_start(match.body) if match.body is not None else None,
    )


def _extent(node: Node) -> _Extent:
    return node.start_byte, node.end_byte


def _start(node: Node) -> Position:
    row, column = node.start_point
    return row + 1, column


def _end(node: Node) -> Position:
    """Where the node ends; a node that includes its line's end still ends on that line."""
    row, column = node.end_point
    if column == 0 and row > node.start_point[0]:
        return row, 1_000_000_000
    return row + 1, column
