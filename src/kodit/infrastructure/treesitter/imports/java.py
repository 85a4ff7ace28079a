"""What Java files import."""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from kodit.domain.code.reference import EVERYTHING, Binding, Import
from kodit.infrastructure.treesitter.habits import Taken


def java_imports(statements: Sequence[Node], _: Sequence[Node], source: bytes) -> Iterator[Taken]:
    """`import a.b.C` takes `C` of `a.b`, `import static a.b.C.f` takes `f` of `a.b.C`."""
    for statement in statements:
        path = next((child for child in statement.named_children if "identifier" in child.type), None)
        if path is None:
            continue
        line = statement.start_point[0] + 1
        written = "".join(source[path.start_byte : path.end_byte].decode("utf-8", "replace").split())
        if any(child.type == "asterisk" for child in statement.named_children):
            yield Taken(Import(module=written, line=line, bindings=(Binding(EVERYTHING, EVERYTHING),)))
            continue
        module, _dot, name = written.rpartition(".")
        name_at = path.end_byte - len(name.encode())
        yield Taken(Import(module=module, line=line, bindings=(Binding(name, name),)), ((name_at, name),))
