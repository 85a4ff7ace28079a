"""What Ruby files require."""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from kodit.domain.code.reference import EVERYTHING, Binding, Import
from kodit.infrastructure.treesitter.habits import Taken


def ruby_imports(_: Sequence[Node], calls: Sequence[Node], source: bytes) -> Iterator[Taken]:
    """Calls of `require`, `require_relative`, `load` and `autoload` with a literal."""
    for call in calls:
        method, arguments = call.child_by_field_name("method"), call.child_by_field_name("arguments")
        if method is None or arguments is None:
            continue
        called = _text(method, source)
        literal = next((child for child in arguments.named_children if child.type == "string"), None)
        if literal is None or any(child.type == "interpolation" for child in literal.named_children):
            continue
        module = _text(literal, source).strip("\"'")
        level = 1 if called == "require_relative" else 0
        bindings: tuple[Binding, ...] = (Binding(EVERYTHING, EVERYTHING),)
        names: tuple[tuple[int, str], ...] = ()
        first = arguments.named_children[0]
        if called == "autoload" and first.type == "simple_symbol":
            name = _text(first, source).lstrip(":")
            bindings, names = (Binding(name, name),), ((first.start_byte + 1, name),)
        yield Taken(Import(module=module, line=call.start_point[0] + 1, level=level, bindings=bindings), names)


def _text(node: Node, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")
