"""What files say about names to others, and what of it changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product

from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.linking.destinations import Destinations
from kodit.domain.code.linking.rules import rules_of
from kodit.domain.code.linking.surface import DEFAULT, TYPES, Bound, Surface
from kodit.domain.code.linking.tree import Outside
from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE
from kodit.domain.code.symbol import SymbolKind


def shown_names(surface: Surface, destinations: Destinations) -> Mapping[str, Sequence[object]]:
    """By name, all of what a look at this file can say about it: as long as it is the same, no look ends differently.

    A type shows what it inherits from, too. What the imports of everything bind goes by the name `EVERYTHING`, and so
    does what a module exports in place of itself, which has any name elsewhere. What a file takes from outside of the
    source it does not show.
    """
    shown: defaultdict[str, list[object]] = defaultdict(list)
    textual = rules_of(surface.language).textual
    for qualified_name, entries in surface.symbols.items():
        for entry in entries:
            shown[entry.name].append((qualified_name, entry.kind, entry.is_default, entry.type))
            if entry.is_default:
                shown[DEFAULT].append(qualified_name)
        for base in surface.bases.get(qualified_name, ()):
            shown[entries[0].name].append((qualified_name, base))
    for local, bounds in surface.bindings.items():
        inside = [bound for bound in bounds if not _is_outside(surface, bound, destinations)]
        for name, (imported, binding) in product(names_of(local), inside):
            place = (imported.module, imported.level, imported.exported, binding.imported)
            shown[name or EVERYTHING].append((local, *place))
    for imported in surface.imports:
        if (textual and not imported.bindings) or imported in surface.stars:
            shown[EVERYTHING].append((imported.module, imported.level, imported.exported, imported.system))
    return shown


def names_of(local: str) -> frozenset[str]:
    """What an import that binds this makes known: `import package.module` the package, too."""
    return frozenset((local.partition(SEPARATOR)[0], _last(local)))


def changed_names(before: Surface, after: Surface, destinations: Destinations) -> frozenset[str]:
    """The names about which the two surfaces of one file say different things."""
    old, new = shown_names(before, destinations), shown_names(after, destinations)
    return frozenset(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def names_on_the_way(surface: Surface, names: frozenset[str], destinations: Destinations) -> frozenset[str]:
    """Those of the names that may stand in a chain without being a reference: modules, small types, typed fields.

    In `package.module.function()` the module is not used by itself, so that nothing bears its name.
    """
    found = {
        entry.name
        for entries in surface.symbols.values()
        for entry in entries
        if entry.name in names and (entry.kind in TYPES or entry.kind is SymbolKind.MODULE)
    }
    fields = {entry.name for entries in surface.symbols.values() for entry in entries if entry.type}
    for local, bounds in surface.bindings.items():
        if _last(local) in names and any(_is_module(surface, bound, destinations) for bound in bounds):
            found.add(_last(local))
    return frozenset(name for name in found if not name[:1].isupper()) | (fields & names)


def _is_module(surface: Surface, bound: Bound, destinations: Destinations) -> bool:
    if bound.binding.imported == WHOLE_MODULE:
        return not _is_outside(surface, bound, destinations)
    exact = destinations.of(surface.path, surface.language, bound.imported)
    return exact != destinations.of_module(surface.path, surface.language, bound.imported)


def _is_outside(surface: Surface, bound: Bound, destinations: Destinations) -> bool:
    return isinstance(destinations.of(surface.path, surface.language, bound.imported), Outside)


def _last(local: str) -> str:
    return local.rpartition(SEPARATOR)[2]
