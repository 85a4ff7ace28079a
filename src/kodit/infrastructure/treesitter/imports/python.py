"""What Python files import."""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE, Binding, Import
from kodit.infrastructure.treesitter.habits import Taken


def python_imports(statements: Sequence[Node], _: Sequence[Node], source: bytes) -> Iterator[Taken]:
    """The modules of `import a.b, c as d` one by one, and of `from ..a import b as c, *` one."""
    for statement in statements:
        if statement.type == "import_statement":
            yield from _modules(statement, source)
        else:
            yield _names(statement, source)


def _modules(statement: Node, source: bytes) -> Iterator[Taken]:
    line = statement.start_point[0] + 1
    for module, alias in _listed(statement, source):
        name = _text(module, source)
        binding = Binding(_text(alias, source) if alias else name, WHOLE_MODULE)
        yield Taken(Import(module=name, line=line, bindings=(binding,)))


def _names(statement: Node, source: bytes) -> Taken:
    level, module = 0, "__future__"
    start = statement.child_by_field_name("module_name")
    if start is not None:
        module = _text(start, source)
        level = len(module) - len(module.lstrip("."))
        module = module[level:]
    bindings, names = [], []
    for name, alias in _listed(statement, source):
        imported = _text(name, source)
        bindings.append(Binding(_text(alias, source) if alias else imported, imported))
        names.append((name.start_byte, imported))
    if not bindings and any(child.type == "wildcard_import" for child in statement.children):
        bindings.append(Binding(EVERYTHING, EVERYTHING))
    line = statement.start_point[0] + 1
    return Taken(Import(module=module, line=line, level=level, bindings=tuple(bindings)), tuple(names))


def _listed(statement: Node, source: bytes) -> Iterator[tuple[Node, Node | None]]:
    """Each name of the statement and its alias."""
    for child in statement.children_by_field_name("name"):
        if child.type != "aliased_import":
            yield child, None
            continue
        name = child.child_by_field_name("name")
        if name is not None:
            yield name, child.child_by_field_name("alias")


def _text(node: Node, source: bytes) -> str:
    """The text without the space that may stand around dots."""
    text = source[node.start_byte : node.end_byte].decode("utf-8", "replace")
    return text if text.isidentifier() else "".join(text.split())
