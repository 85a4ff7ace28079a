"""What a file shows to whoever looks up a name in it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.linking.declared import declared_types
from kodit.domain.code.linking.rules import rules_of
from kodit.domain.code.reference import EVERYTHING, Binding, Import, Reference, ReferenceKind
from kodit.domain.code.symbol import StoredSymbol, Symbol, SymbolKind

TYPES = frozenset(
    (SymbolKind.CLASS, SymbolKind.STRUCT, SymbolKind.INTERFACE, SymbolKind.TRAIT, SymbolKind.ENUM, SymbolKind.TYPE)
)
"""The kinds of symbols that have members."""

VALUES = frozenset((SymbolKind.CONSTANT, SymbolKind.VARIABLE))
"""The kinds of symbols that may only be names for something else."""

DEFAULT = "default"
"""What a JavaScript module calls the one thing that it exports without a name."""

_EXPORTED = f"export {DEFAULT}"


class Entry(NamedTuple):
    """A symbol as names lead to it. `is_default` says that its module exports it without a name (JavaScript).

    `type` is what a field or a variable is declared to be, as it is written there; "" where nobody can tell.
    """

    id: int
    path: str
    name: str
    qualified_name: str
    kind: SymbolKind
    is_default: bool = False
    type: str = ""


class Bound(NamedTuple):
    """A name that an import binds."""

    imported: Import
    binding: Binding


class Parent(NamedTuple):
    """A type that another one inherits from, as it is written."""

    qualifier: str
    name: str


@dataclass(frozen=True, slots=True)
class Surface:
    """One file: its symbols by their qualified names, what its imports bind, what its types inherit from.

    `defaults` are the symbols that the module exports without a name, `stars` the imports that bind everything.
    `names` has the names of the symbols, by their ids, as `symbols` has them.
    """

    path: str
    language: str = ""
    symbols: Mapping[str, Sequence[Entry]] = field(default_factory=dict)
    defaults: Sequence[Entry] = ()
    bindings: Mapping[str, Sequence[Bound]] = field(default_factory=dict)
    stars: Sequence[Import] = ()
    bases: Mapping[str, Sequence[Parent]] = field(default_factory=dict)
    imports: Sequence[Import] = ()
    names: Mapping[int, str] = field(default_factory=dict)


def surface_of(
    path: str,
    language: str,
    symbols: Sequence[StoredSymbol],
    imports: Sequence[Import],
    bases: Iterable[tuple[int | None, Reference]],
) -> Surface:
    """The surface of a file. `bases` are its references of inheritance, each with the id of the symbol around it."""
    names = _flat_names(symbols) if rules_of(language).flat else {one.id: one.symbol.qualified_name for one in symbols}
    types = declared_types(language, symbols)
    entries: defaultdict[str, list[Entry]] = defaultdict(list)
    for stored in symbols:
        if stored.id in names:
            name = names[stored.id]
            entry = _entry(stored.id, path, stored.symbol, name)
            entries[name].append(entry._replace(type=types[stored.id]) if stored.id in types else entry)
    inherited: defaultdict[str, list[Parent]] = defaultdict(list)
    for scope_id, reference in bases:
        if scope_id in names and reference.kind is ReferenceKind.INHERITANCE:
            inherited[names[scope_id]].append(Parent(reference.qualifier, reference.name))
    bindings, stars = _bindings(imports)
    return Surface(
        path=path,
        language=language,
        symbols=dict(entries),
        defaults=[entry for alike in entries.values() for entry in alike if entry.is_default],
        bindings=bindings,
        stars=stars,
        bases=dict(inherited),
        imports=imports,
        names=names,
    )


def _flat_names(symbols: Sequence[StoredSymbol]) -> dict[int, str]:
    """The qualified names without the namespaces that enclose them, which have none themselves."""
    prefixes: dict[int, str] = {}
    names: dict[int, str] = {}
    for stored in symbols:
        symbol = stored.symbol
        prefix = prefixes.get(stored.parent_id, "") if stored.parent_id is not None else ""
        if symbol.kind is SymbolKind.MODULE:
            prefixes[stored.id] = symbol.qualified_name + SEPARATOR
        else:
            prefixes[stored.id] = prefix
            names[stored.id] = symbol.qualified_name.removeprefix(prefix)
    return names


def _entry(symbol_id: int, path: str, symbol: Symbol, name: str) -> Entry:
    return Entry(symbol_id, path, symbol.name, name, symbol.kind, symbol.signature.startswith(_EXPORTED))


def _bindings(imports: Sequence[Import]) -> tuple[dict[str, list[Bound]], list[Import]]:
    """The names that imports bind, and the imports that bind everything."""
    bindings: defaultdict[str, list[Bound]] = defaultdict(list)
    stars: list[Import] = []
    for imported in imports:
        for binding in imported.bindings:
            if binding.imported == EVERYTHING and binding.local == EVERYTHING:
                stars.append(imported)
            else:
                bindings[binding.local].append(Bound(imported, binding))
    return dict(bindings), stars


def carried_names(surface: Surface, names: frozenset[str]) -> frozenset[str]:
    """The names by which a file hands on what others say about these: aliases, fields, and the types that inherit."""
    carried = {
        local.rpartition(SEPARATOR)[2] or EVERYTHING
        for local, bounds in surface.bindings.items()
        if any(bound.binding.imported in names for bound in bounds)
    }
    carried |= carrying_fields(surface, names)
    for kind, bases in surface.bases.items():
        if any(base.name in names or not names.isdisjoint(base.qualifier.split(SEPARATOR)) for base in bases):
            carried.add(kind.rpartition(SEPARATOR)[2])
    return frozenset(carried)


def carrying_fields(surface: Surface, names: frozenset[str]) -> frozenset[str]:
    """The names of the fields and variables whose type is one of these."""
    return frozenset(
        entry.name
        for entries in surface.symbols.values()
        for entry in entries
        if entry.type and not names.isdisjoint(entry.type.split(SEPARATOR))
    )
