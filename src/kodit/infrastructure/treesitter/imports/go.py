"""What Go files import."""

import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE, Binding, Import
from kodit.infrastructure.treesitter.habits import Taken

_MAJOR = re.compile(r"/v\d+$|\.v\d+$")
"""The major version at the end of a module's path is no part of its package's name."""


def go_imports(statements: Sequence[Node], _: Sequence[Node], source: bytes) -> Iterator[Taken]:
    """One for each line of an import declaration."""
    for statement in statements:
        for child in statement.named_children:
            for spec in [child] if child.type == "import_spec" else child.named_children:
                path = spec.child_by_field_name("path")
                if path is not None:
                    module = _text(path, source).strip('"`')
                    bindings = tuple(_bound(spec.child_by_field_name("name"), module, source))
                    yield Taken(Import(module=module, line=spec.start_point[0] + 1, bindings=bindings))


def _bound(name: Node | None, module: str, source: bytes) -> Iterator[Binding]:
    if name is None:
        yield Binding(package_name(module), WHOLE_MODULE)
    elif name.type == "dot":
        yield Binding(EVERYTHING, EVERYTHING)
    elif name.type != "blank_identifier":
        yield Binding(_text(name, source), WHOLE_MODULE)


def package_name(module: str) -> str:
    """The package's name as its path suggests; only the package's own files know it."""
    name = _MAJOR.sub("", module).rpartition("/")[2]
    return name.removeprefix("go-").removesuffix("-go").removesuffix(".go").replace("-", "_")


def _text(node: Node, source: bytes) -> str:
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")
