"""What C and C++ files include."""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from kodit.domain.code.reference import EVERYTHING, Binding, Import
from kodit.infrastructure.treesitter.habits import Taken

_SYSTEM = "system_lib_string"
_LITERALS = (_SYSTEM, "string_literal")


def includes(statements: Sequence[Node], _: Sequence[Node], source: bytes) -> Iterator[Taken]:
    """Includes of a literal path; what a macro includes, only the compiler knows."""
    for statement in statements:
        path = statement.child_by_field_name("path")
        if path is not None and path.type in _LITERALS:
            module = source[path.start_byte + 1 : path.end_byte - 1].decode("utf-8", "replace").strip()
            line = statement.start_point[0] + 1
            bindings = (Binding(EVERYTHING, EVERYTHING),)
            yield Taken(Import(module=module, line=line, bindings=bindings, system=path.type == _SYSTEM))
