"""What definitions are called."""

import re

from tree_sitter import Node

from kodit.domain.code.definition import SEPARATOR

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


def name_of(node: Node) -> str:
    """The name as the domain writes it: one separator, no type arguments, no `exports.` or `.prototype`."""
    raw = written(node)
    if raw.isidentifier() and raw != "operator":
        return raw[:_LONGEST_NAME]
    # The `<` of an operator opens no type arguments, and a conversion's parameters are no part of its name.
    operator = _OPERATOR.search(raw)
    if operator is not None:
        raw = raw[: operator.start()]
    while raw.strip("<>=") and raw != (shorter := _GENERICS.sub("", raw)):
        raw = shorter
    name = _SEPARATORS.sub(SEPARATOR, raw.strip()).replace(".prototype.", SEPARATOR)
    if operator is not None:
        name += _CONVERSION.sub(r"\1", operator[0])
    return _SPACE.sub(" ", _EXPORTED.sub("", name)).strip(SEPARATOR)[:_LONGEST_NAME]


def line_of_name(node: Node) -> int:
    """The line of the last part of a name."""
    while node.type == "qualified_identifier" and (inner := node.child_by_field_name("name")) is not None:
        node = inner
    return node.start_point[0] + 1


def written(node: Node) -> str:
    """The node's text."""
    return (node.text or b"").decode("utf-8", "replace")


def declared(node: Node) -> Node | None:
    """What a declaration declares: the end of its chain of declarators, of which the node is the first link."""
    for _ in range(_DEEPEST_DECLARATOR):
        if node.type == "operator_cast":
            return node
        inner = node.child_by_field_name("declarator") or _unnamed_declarator(node)
        if inner is None:
            return node if _NAMING.search(node.type) else None
        node = inner
    return None


def _unnamed_declarator(node: Node) -> Node | None:
    """The declarator within a parenthesised or reference declarator, whose grammar gives it no field."""
    if node.type not in ("parenthesized_declarator", "reference_declarator", "attributed_declarator"):
        return None
    return next(iter(node.named_children), None)
