"""What PHP files use of other namespaces, and which files they include."""

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from kodit.domain.code.reference import EVERYTHING, Binding, Import
from kodit.infrastructure.treesitter.habits import Taken

_SEPARATOR = "\\"
_LITERAL = re.compile(rb"\w+[\s(]*(?:(?:__DIR__|dirname\(__FILE__\))\s*\.\s*)?(['\"])/?(?P<path>[^'\"$]+)\1[\s)]*\Z")


def php_imports(statements: Sequence[Node], expressions: Sequence[Node], source: bytes) -> Iterator[Taken]:
    """`use A\\B\\C as D` takes `C` of `A\\B`; `require` of a literal path, or one below `__DIR__`, takes everything."""
    for statement in statements:
        prefix = "".join(_text(child, source) for child in statement.named_children if child.type == "namespace_name")
        for clause in _clauses(statement):
            yield from _used(clause, prefix, source)
    for expression in expressions:
        found = _LITERAL.match(source, expression.start_byte, expression.end_byte)
        if found is not None:
            module = found["path"].decode("utf-8", "replace")
            line = expression.start_point[0] + 1
            yield Taken(Import(module=module, line=line, bindings=(Binding(EVERYTHING, EVERYTHING),)))


def _clauses(statement: Node) -> Iterator[Node]:
    for child in statement.named_children:
        if child.type == "namespace_use_clause":
            yield child
        elif child.type == "namespace_use_group":
            yield from (clause for clause in child.named_children if clause.type == "namespace_use_clause")


def _used(clause: Node, prefix: str, source: bytes) -> Iterator[Taken]:
    path = next((child for child in clause.named_children if child.type in ("name", "qualified_name")), None)
    if path is None:
        return
    alias = clause.child_by_field_name("alias")
    written = _SEPARATOR.join(part for part in (prefix, _text(path, source)) if part).lstrip(_SEPARATOR)
    module, _, name = written.rpartition(_SEPARATOR)
    binding = Binding(_text(alias, source) if alias is not None else name, name)
    line = clause.start_point[0] + 1
    yield Taken(Import(module=module, line=line, bindings=(binding,)), ((path.end_byte - len(name.encode()), name),))


def _text(node: Node, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")
