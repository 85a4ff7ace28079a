"""What C# files use of other namespaces."""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from kodit.domain.code.reference import EVERYTHING, Binding, Import
from kodit.infrastructure.treesitter.habits import Taken


def csharp_imports(statements: Sequence[Node], _: Sequence[Node], source: bytes) -> Iterator[Taken]:
    """`using A.B;` and `using static A.B.C;` take everything, `using D = A.B.C;` takes `C` of `A.B`."""
    for statement in statements:
        alias = statement.child_by_field_name("name")
        path = next((child for child in statement.named_children if child != alias), None)
        if path is None:
            continue
        line = statement.start_point[0] + 1
        exported = any(child.type == "global" for child in statement.children)
        written = "".join(_text(path, source).split())
        if alias is None:
            bindings = (Binding(EVERYTHING, EVERYTHING),)
            yield Taken(Import(module=written, line=line, bindings=bindings, exported=exported))
            continue
        module, _dot, name = written.partition("<")[0].rpartition(".")
        bindings = (Binding(_text(alias, source), name),)
        position = path.start_byte + _text(path, source).rfind(name)
        yield Taken(Import(module=module, line=line, bindings=bindings, exported=exported), ((position, name),))


def _text(node: Node, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")
