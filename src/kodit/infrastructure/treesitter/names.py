"""Reads the names of a file in their order and says which of them are references."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.reference import INSTANCE, UNNAMED, ReferenceKind
from kodit.infrastructure.treesitter.habits import Habits
from kodit.infrastructure.treesitter.locals import OUTSIDE, Captures, Locals

Place = tuple[int, int]
"""Where a name begins and ends, in bytes."""
Roles = Mapping[int, ReferenceKind | None]

_LONGEST_CHAIN = 200
"""Characters of a qualifier; what is longer is no chain that anybody means by its names."""

_SUPER = "super"
_SPACES = b" \t\n\r\v\f"
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
        self._texts: dict[bytes, str] = {}

    def read(self, places: Iterable[Place], roles: Roles) -> Iterator[Found]:
        """The references among the names, which are in the order of their places."""
        source, bare, meant = self._source, self._habits.bare, self._meant
        joint_ends = frozenset(joint[-1:] for joint in self._joints)
        may_join = frozenset(_SPACES + b"".join(joint_ends))
        telling = None if self._habits.reads_all else {name.encode() for name in self._vocabulary.known}
        before, begin, qualifier, kind = 0, 0, "", None
        for place in places:
            start, end = place
            # A parser that misses a name puts one of no length in its place.
            if start < before or start == end:
                continue
            chained = ""
            if source[start - 1] in may_join:
                between = source[before:start]
                if between.rstrip()[-1:] in joint_ends:
                    called = kind is ReferenceKind.CALL
                    chained = self._asked_of(between, qualifier, source[begin:before], called=called)
            qualifier = chained
            before, begin = end, start
            kind = roles.get(start, bare)
            if kind is None:
                continue
            word = source[start:end]
            read = start not in roles
            if read and (qualifier == UNNAMED or (telling is not None and not qualifier and word not in telling)):
                continue
            name = self._texts.get(word) or self._text(word)
            if not qualifier:
                if self._is_bare_reference(name, place, read=read):
                    yield Found(start, kind, name, "")
            elif (of := meant(qualifier, name, place, read=read)) is not None:
                yield Found(start, kind, name, of)

    def _text(self, word: bytes) -> str:
        """A name as text: most stand in a file many times."""
        known = self._texts.get(word)
        if known is None:
            known = self._texts[word] = word.decode("utf-8", "replace")
        return known

    def _asked_of(self, between: bytes, qualifier: str, word: bytes, *, called: bool) -> str:
        """The qualifier of a name with a joint before it, or none; `word` and its qualifier stand before that."""
        gap = between.strip()
        if gap in self._habits.joints and word:
            return self._longer(qualifier, self._text(word))
        if not gap.endswith(self._ends) or gap.endswith(_RANGE) or _ends_comment(between):
            return ""
        if not called or gap not in _CALL:
            return UNNAMED
        name = self._text(word)
        if not qualifier and self._habits.words.get(name) == _SUPER:
            return _SUPER
        if self._habits.makes and name.lstrip("_")[:1].isupper() and qualifier != UNNAMED:
            return self._longer(qualifier, name) + INSTANCE
        return UNNAMED

    def _longer(self, qualifier: str, name: str) -> str:
        if not qualifier:
            return self._habits.words.get(name, name)
        if qualifier == UNNAMED or len(qualifier) > _LONGEST_CHAIN:
            return UNNAMED
        return f"{qualifier}{SEPARATOR}{name}"

    def _is_bare_reference(self, name: str, place: Place, *, read: bool) -> bool:
        """Whether a name that stands for itself is a reference. One that is read and not known is no namespace's."""
        known, habits = self._vocabulary.known, self._habits
        if name in habits.selves or name in habits.words or name in habits.roots:
            return False
        position, end = place
        if name not in known:
            if name in habits.reserved:
                return False
            if read and name[:1].islower() and self._source.startswith(_SCOPE, end):
                return False
        elif read and name in self._vocabulary.modules and self._reached_into(end):
            return False
        as_type = position in self._locals.type_places
        return self._locals.scope_of(name, position, as_type=as_type) == OUTSIDE

    def _meant(self, qualifier: str, name: str, place: Place, *, read: bool) -> str | None:
        """The qualifier of a name that is asked of something, None for no reference."""
        habits, (position, end) = self._habits, place
        root = qualifier.partition(SEPARATOR)[0]
        if root in habits.selves or root == _SUPER:
            return qualifier if not read or name in self._vocabulary.members else None
        root = root.removesuffix(INSTANCE)
        if root == UNNAMED:
            return qualifier
        scope = self._locals.scope_of(root, position)
        if scope != OUTSIDE or (habits.sigil and root.startswith(habits.sigil)):
            # What is only read of a chain is not worth a reference for each of its parts.
            rest = qualifier.removeprefix(root)
            kind = None if rest.startswith(INSTANCE) or (read and rest) else self._locals.type_of(root, scope)
            root = kind.partition(SEPARATOR)[0] if kind else ""
            if kind is None or self._locals.scope_of(root, position, as_type=True) != OUTSIDE:
                return None if read else UNNAMED
            qualifier = (kind if kind in habits.selves else kind + INSTANCE) + rest
        return qualifier if not read or self._is_known(root, name, end) else None

    def _is_known(self, root: str, name: str, end: int) -> bool:
        """Whether a member that is only read belongs to something known, and is not a module on the way to another."""
        if root not in self._vocabulary.known and not (self._habits.reads_all and root[:1].isupper()):
            return False
        return root not in self._vocabulary.modules or name[:1].isupper() or not self._reached_into(end)

    def _reached_into(self, end: int) -> bool:
        return self._source.startswith(self._joints, end)


def _ends_comment(between: bytes) -> bool:
    """Whether what ends with a joint is a comment with a full stop, on a line above the name."""
    text = between.rstrip()
    if b"\n" not in between[len(text) :]:
        return False
    line = text[text.rfind(b"\n") + 1 :]
    return b"//" in line or b"#" in line
