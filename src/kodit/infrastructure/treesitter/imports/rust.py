"""What Rust files import."""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE, Binding, Import
from kodit.infrastructure.treesitter.habits import Taken

_SEPARATOR = "::"
_SELF = "self"


def rust_imports(statements: Sequence[Node], _: Sequence[Node], source: bytes) -> Iterator[Taken]:
    """Trees of `use` by module, `mod name;` as the module `self::name`, and `extern crate`."""
    for statement in statements:
        line = statement.start_point[0] + 1
        exported = any(child.type == "visibility_modifier" for child in statement.named_children)
        if statement.type == "use_declaration":
            for module, bindings, names in _by_module(statement, source):
                yield Taken(Import(module=module, line=line, bindings=bindings, exported=exported), names)
            continue
        name = _text(statement.child_by_field_name("name"), source)
        alias = _text(statement.child_by_field_name("alias"), source) or name
        module = f"{_SELF}{_SEPARATOR}{name}" if statement.type == "mod_item" else name
        bindings = (Binding(alias, WHOLE_MODULE),)
        yield Taken(Import(module=module, line=line, bindings=bindings, exported=exported))


def _by_module(
    statement: Node, source: bytes
) -> Iterator[tuple[str, tuple[Binding, ...], tuple[tuple[int, str], ...]]]:
    """What a `use` takes of each module, in the order of the tree."""
    found: dict[str, tuple[list[Binding], list[tuple[int, str]]]] = {}
    for module, local, name, position in _leaves(statement.child_by_field_name("argument"), source):
        bindings, names = found.setdefault(module, ([], []))
        bindings.append(Binding(local, name))
        if name not in (WHOLE_MODULE, EVERYTHING):
            names.append((position, name))
    for module, (bindings, names) in found.items():
        yield module, tuple(bindings), tuple(names)


def _leaves(tree: Node | None, source: bytes) -> Iterator[tuple[str, str, str, int]]:
    """The module, the local and the imported name, and where that stands, of each end of a tree."""
    waiting = [(tree, "")] if tree is not None else []
    while waiting:
        node, prefix = waiting.pop()
        path = _joined(prefix, _text(node.child_by_field_name("path"), source))
        if node.type == "use_list":
            waiting += [(child, prefix) for child in reversed(node.named_children)]
        elif node.type == "scoped_use_list":
            listed = node.child_by_field_name("list")
            waiting += [(listed, path)] if listed is not None else []
        elif node.type == "use_wildcard":
            inner = _text(node.named_children[0], source) if node.named_children else ""
            yield _joined(prefix, inner), EVERYTHING, EVERYTHING, node.start_byte
        elif node.type == "use_as_clause":
            yield _leaf(
                path, _text(node.child_by_field_name("alias"), source), node.child_by_field_name("path") or node
            )
        elif "comment" not in node.type:
            yield _leaf(_joined(prefix, _text(node, source)), "", node)


def _leaf(path: str, alias: str, node: Node) -> tuple[str, str, str, int]:
    module, _, name = path.rpartition(_SEPARATOR)
    if name == _SELF and module:
        return module, alias or module.rpartition(_SEPARATOR)[2], WHOLE_MODULE, node.start_byte
    if not module:
        return name, alias or name, WHOLE_MODULE, node.start_byte
    return module, alias or name, name, node.end_byte - len(name.encode())


def _joined(prefix: str, path: str) -> str:
    return f"{prefix}{_SEPARATOR}{path}" if prefix and path else prefix or path


def _text(node: Node | None, source: bytes) -> str:
    """The path without the space that may stand in it, and without the separator of a path from the root."""
    if node is None:
        return ""
    return "".join(source[node.start_byte : node.end_byte].decode("utf-8", "replace").split()).removeprefix(_SEPARATOR)
