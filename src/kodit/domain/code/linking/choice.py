"""Where names are looked up, what they may mean, and which of several meanings counts."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.linking.rules import NameRules
from kodit.domain.code.linking.surface import Bound, Entry, Surface
from kodit.domain.code.linking.tree import Lead, Outside
from kodit.domain.code.reference import INSTANCE, Import
from kodit.domain.code.symbol import SymbolKind

Meaning = Entry | Lead | Outside | None
"""What a name stands for: a symbol, a module of the source, something outside of it; None when in doubt."""

Trail = set[tuple[str, str, str]]
"""Where a name was looked for already: imports, and what inherits, go in circles."""


FARTHEST_FIELD = 8
"""How many fields may stand behind one another in what declares their types; nobody writes as many."""


class Scope(NamedTuple):
    """A symbol that a name stands in."""

    qualified_name: str
    kind: SymbolKind


class Place(NamedTuple):
    """Where a name is used: in a file, within symbols, from inside out, at a line (0: wherever)."""

    file: Surface
    scopes: Sequence[Scope] = ()
    line: int = 0


def pick(entries: Sequence[Entry], rules: NameRules) -> Entry | None:
    """The one that is meant of several symbols with one name."""
    if rules.blocks:
        entries = [entry for entry in entries if entry.kind is not SymbolKind.CLASS]
    if not entries:
        return None
    return entries[-1] if rules.last_wins else entries[0]


def preceding(bounds: Sequence[Bound], line: int) -> Bound:
    """Of several imports of one name the last one above a line; the first where none is."""
    return next((bound for bound in reversed(bounds) if bound.imported.line <= line), bounds[0])


def through_field(trail: Trail, field: Entry) -> Trail | None:
    """The trail with a field on it, whose type is looked up; None where that goes in circles, or too far.

    `parser = parser.Parser()` goes in circles.
    """
    step = (field.path, field.qualified_name, INSTANCE)
    if step in trail or sum(mark == INSTANCE for _, _, mark in trail) >= FARTHEST_FIELD:
        return None
    return {*trail, step}


def prefixes(name: str) -> Iterator[str]:
    """The qualified names of what encloses a symbol, from inside out."""
    while SEPARATOR in name:
        name = name.rpartition(SEPARATOR)[0]
        yield name


def type_around(file: Surface, method: str) -> Entry | None:
    """The type that a method is written for, whichever file defines it."""
    holder = method.rpartition(SEPARATOR)[0]
    return Entry(0, file.path, "", holder, SymbolKind.CLASS) if holder else None


def outside_name(imported: Import) -> str:
    """What a module outside of the source is called in the name of what it has."""
    return imported.module.replace("::", SEPARATOR).replace("\\", SEPARATOR)
