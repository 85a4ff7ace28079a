"""What JavaScript and TypeScript files import."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tree_sitter import Node

from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE, Binding, Import
from kodit.infrastructure.treesitter.habits import Taken

_DEFAULT = "default"
_LONGEST_PATTERN = 2000
"""Names in one pattern; nobody writes as many."""


class _Name(NamedTuple):
    """What a statement takes from its module: the local name, the imported one, and where these stand."""

    local: str
    imported: str
    local_at: int
    imported_at: int | None


def ecmascript_imports(statements: Sequence[Node], calls: Sequence[Node], source: bytes) -> Iterator[Taken]:
    """Imports and exports from elsewhere, `require` and `import` of a literal, and what stands for the module."""
    for statement in statements:
        module = statement.child_by_field_name("source") or _required(statement)
        if module is None:
            continue
        exported = statement.type == "export_statement"
        names = list(_exported(statement, source) if exported else _imported(statement, source))
        yield _taken(statement, module, source, names, exported=exported)
    for call in calls:
        if call.type != "call_expression":
            yield from _offered(call, source)
            continue
        arguments = call.child_by_field_name("arguments")
        module = arguments.named_children[0] if arguments is not None and arguments.named_children else None
        if module is not None:
            yield _taken(call, module, source, list(_bound(call, source)))


def _taken(statement: Node, module: Node, source: bytes, names: list[_Name], *, exported: bool = False) -> Taken:
    return Taken(
        Import(
            module=_text(module, source).strip("\"'`"),
            line=statement.start_point[0] + 1,
            bindings=tuple(Binding(name.local, name.imported) for name in names),
            exported=exported,
        ),
        tuple((name.imported_at, name.imported) for name in names if name.imported_at is not None),
        tuple(name.local_at for name in names),
    )


def _offered(statement: Node, source: bytes) -> Iterator[Taken]:
    """`module.exports = a`, `export = a` and `export default a`, where `a` is a name or defines one."""
    value = statement.child_by_field_name("right") or statement.child_by_field_name("value")
    local = _DEFAULT if value is not None and statement.type == "export_statement" else WHOLE_MODULE
    if value is None:
        value = statement.named_children[0]
    named = value if value.type == "identifier" else value.child_by_field_name("name")
    if named is not None and named.type in ("identifier", "type_identifier"):
        binding = Binding(local, _text(named, source))
        yield Taken(Import(module="", line=statement.start_point[0] + 1, bindings=(binding,), exported=True))


def _required(statement: Node) -> Node | None:
    """The module of `import fs = require("fs")`."""
    clause = next((child for child in statement.named_children if child.type == "import_require_clause"), None)
    return clause.child_by_field_name("source") if clause is not None else None


def _imported(statement: Node, source: bytes) -> Iterator[_Name]:
    for clause in statement.named_children:
        if clause.type == "import_require_clause":
            yield _whole(clause.named_children[0], source)
        elif clause.type == "import_clause":
            for part in clause.named_children:
                yield from _of_clause(part, source)


def _of_clause(part: Node, source: bytes) -> Iterator[_Name]:
    if part.type == "identifier":
        yield _Name(_text(part, source), _DEFAULT, part.start_byte, part.start_byte)
    elif part.type == "namespace_import":
        yield _whole(part.named_children[-1], source)
    else:
        yield from _specified(part, source)


def _exported(statement: Node, source: bytes) -> Iterator[_Name]:
    for part in statement.named_children:
        if part.type == "namespace_export":
            yield _whole(part.named_children[-1], source)
        elif part.type == "export_clause":
            yield from _specified(part, source)
    if any(child.type == "*" for child in statement.children):
        yield _Name(EVERYTHING, EVERYTHING, statement.start_byte, None)


def _specified(clause: Node, source: bytes) -> Iterator[_Name]:
    """`{a, b as c}`."""
    for specifier in clause.named_children:
        name = specifier.child_by_field_name("name")
        if name is not None:
            local = specifier.child_by_field_name("alias") or name
            yield _both(local, name, source)


def _bound(call: Node, source: bytes) -> Iterator[_Name]:
    """What the declaration binds, whose value the call is."""
    value, parent = call, call.parent
    part = None
    if parent is not None and parent.type == "await_expression":
        value, parent = parent, parent.parent
    if parent is not None and parent.type == "member_expression":
        part = parent.child_by_field_name("property")
        value, parent = parent, parent.parent
    if parent is None or parent.type != "variable_declarator" or parent.child_by_field_name("value") != value:
        return
    name = parent.child_by_field_name("name")
    if name is None:
        return
    if name.type == "identifier":
        yield _both(name, part, source) if part is not None else _whole(name, source)
    elif name.type == "object_pattern" and part is None:
        yield from _destructured(name, source)


def _destructured(pattern: Node, source: bytes) -> Iterator[_Name]:
    """`{a, b: c, d = 1}`."""
    for part in pattern.named_children[:_LONGEST_PATTERN]:
        name = part.child_by_field_name("left") if part.type == "object_assignment_pattern" else part
        if name is None:
            continue
        if name.type == "shorthand_property_identifier_pattern":
            yield _both(name, name, source)
        elif name.type == "pair_pattern":
            key, value = name.child_by_field_name("key"), name.child_by_field_name("value")
            if key is not None and value is not None and value.type == "identifier":
                yield _both(value, key, source)


def _whole(name: Node, source: bytes) -> _Name:
    return _Name(_text(name, source), WHOLE_MODULE, name.start_byte, None)


def _both(local: Node, imported: Node, source: bytes) -> _Name:
    return _Name(
        _text(local, source).strip("\"'"), _text(imported, source).strip("\"'"), local.start_byte, imported.start_byte
    )


def _text(node: Node, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")
