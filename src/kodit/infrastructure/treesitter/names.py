"""Reads the names of a file in their order and says which of them are references."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from tree_sitter import Node

from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.reference import INSTANCE, UNNAMED, ReferenceKind
from kodit.infrastructure.treesitter.habits import Habits
from kodit.infrastructure.treesitter.locals import OUTSIDE, Captures, Locals

Roles = Mapping[int, ReferenceKind | None]

_LONGEST_CHAIN = 200
"""Characters of a qualifier; what is longer is no chain that anybody means by its names."""

_SUPER = "super"
_RANGE = b".."
_SCOPE = b"::"
"""Stands after namespaces too, which are small by custom; a file that uses them need not make them known."""
_AT_THE_ROOT = (b"::", b"\\")
"""Joints that also stand before a name without anything that it is asked of."""
_AFTER_VALUE = (b")::", b">::", b"]::", b"}::")
_CALL = (b"().", b"()?.")
_REFERENCES = {
    "use": ReferenceKind.USE,
    "base": ReferenceKind.INHERITANCE,
    "call": ReferenceKind.CALL,
}
"""Captures of names that are references wherever they are not local; the last one tells."""

_NO_REFERENCES = ("skip", "local", "parameter", "outer", "global")


class Found(NamedTuple):
    """A reference and the byte where its name stands."""

    position: int
    kind: ReferenceKind
    name: str
    qualifier: str


class Vocabulary(NamedTuple):
    """Which names a file makes known."""

    known: frozenset[str]
    """Those that it imports, or defines outside of functions and types."""
    modules: frozenset[str]
    """Those of the imported that stand for a whole module: to reach into it is no use of it by itself."""
    members: frozenset[str]
    """Those that it defines anywhere."""


def roles_of(captures: Captures, source: bytes) -> Roles:
    """What a name is by where it stands, None for no reference; a name that is only read has no role."""
    roles: dict[int, ReferenceKind | None] = {}
    for node in captures.get("spelled", ()):
        if source.startswith(b"(", node.end_byte):
            roles[node.start_byte] = ReferenceKind.CALL
        elif not source[node.start_byte : node.start_byte + 1].isupper():
            roles[node.start_byte] = None
    for capture, kind in _REFERENCES.items():
        for node in captures.get(capture, ()):
            roles[node.start_byte] = kind
    for capture in _NO_REFERENCES:
        for node in captures.get(capture, ()):
            roles[node.start_byte] = None
    return roles


class NameReader:
    """One pass over the names of a file.

    What stands between a name and the one before it tells whether it continues a chain (`os.path`), is asked of a value
    without a name (`f(x).close`), or stands for itself.
    """

    def __init__(self, source: bytes, habits: Habits, vocabulary: Vocabulary, bound: Locals) -> None:
        self._source = source
        self._habits = habits
        self._vocabulary = vocabulary
        self._locals = bound
        self._joints = tuple(habits.joints)
        self._ends = tuple(joint for joint in habits.joints if joint not in _AT_THE_ROOT) + _AFTER_VALUE

    def read(self, names: Iterable[Node], roles: Roles) -> Iterator[Found]:
        """The references among the names, which are in the order of their places."""
        source, joints, ends = self._source, self._habits.joints, self._ends
        bare = self._habits.bare
        before, last, qualifier, called = 0, "", "", False
        for node in names:
            start = node.start_byte
            if start < before:
                continue
            between = source[before:start]
            gap = between.strip()
            if gap in joints and last:
                qualifier = self._longer(qualifier, last)
            elif gap.endswith(ends) and not gap.endswith(_RANGE) and _on_its_line(between):
                qualifier = self._of_value(gap, qualifier, last, called=called)
            else:
                qualifier = ""
            before = node.end_byte
            last = source[start:before].decode("utf-8", "replace")
            kind = roles.get(start, bare)
            called = kind is ReferenceKind.CALL
            if kind is None:
                continue
            tell = self._member if qualifier else self._bare
            found = tell(Found(start, kind, last, qualifier), before, read=start not in roles)
            if found is not None:
                yield found

    def _longer(self, qualifier: str, name: str) -> str:
        if not qualifier:
            return self._habits.words.get(name, name)
        if qualifier == UNNAMED or len(qualifier) > _LONGEST_CHAIN:
            return UNNAMED
        return f"{qualifier}{SEPARATOR}{name}"

    def _of_value(self, gap: bytes, qualifier: str, name: str, *, called: bool) -> str:
        """The qualifier of a member of what a call gives, or of another value."""
        if not called or gap not in _CALL:
            return UNNAMED
        if not qualifier and self._habits.words.get(name) == _SUPER:
            return _SUPER
        if self._habits.makes and name.lstrip("_")[:1].isupper() and qualifier != UNNAMED:
            return self._longer(qualifier, name) + INSTANCE
        return UNNAMED

    def _bare(self, found: Found, end: int, *, read: bool) -> Found | None:
        """A name that stands for itself."""
        name, vocabulary, habits = found.name, self._vocabulary, self._habits
        if read and not (habits.reads_all or name in vocabulary.known):
            return None
        if name in habits.selves or name in habits.words:
            return None
        if name in habits.reserved and name not in vocabulary.known:
            return None
        if read and name in vocabulary.modules and self._reached_into(end):
            return None
        if read and name not in vocabulary.known and name[:1].islower() and self._source.startswith(_SCOPE, end):
            return None
        return None if self._locals.scope_of(name, found.position) != OUTSIDE else found

    def _member(self, found: Found, end: int, *, read: bool) -> Found | None:
        """A name that is asked of something."""
        qualifier, habits = found.qualifier, self._habits
        root = qualifier.partition(SEPARATOR)[0]
        if root in habits.selves or root == _SUPER:
            return found if not read or found.name in self._vocabulary.members else None
        root = root.removesuffix(INSTANCE)
        if root == UNNAMED:
            return None if read else found
        scope = self._locals.scope_of(root, found.position)
        if scope != OUTSIDE or (habits.sigil and root.startswith(habits.sigil)):
            kind = self._locals.type_of(root, scope) if root == qualifier else None
            root = kind.partition(SEPARATOR)[0] if kind else ""
            if kind is None or self._locals.scope_of(root, found.position) != OUTSIDE:
                return None if read else found._replace(qualifier=UNNAMED)
            found = found._replace(qualifier=kind if kind in habits.selves else kind + INSTANCE)
        if not read:
            return found
        if root not in self._vocabulary.known and not (habits.reads_all and root[:1].isupper()):
            return None
        passing = root in self._vocabulary.modules and not found.name[:1].isupper() and self._reached_into(end)
        return None if passing else found

    def _reached_into(self, end: int) -> bool:
        return self._source.startswith(self._joints, end)


def _on_its_line(between: bytes) -> bool:
    """Whether what ends with a joint does so on the line of the name: a comment above may end with a full stop."""
    return b"\n" not in between[len(between.rstrip()) :]
