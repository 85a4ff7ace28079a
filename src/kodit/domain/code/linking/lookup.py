"""Looking up names: in files, in modules and in types."""

from collections.abc import Sequence

from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.linking.choice import (
    Meaning,
    Place,
    Scope,
    Trail,
    outside_name,
    pick,
    preceding,
    prefixes,
    through_field,
    type_around,
)
from kodit.domain.code.linking.companions import Companions
from kodit.domain.code.linking.destinations import Destinations
from kodit.domain.code.linking.modules import python, rust
from kodit.domain.code.linking.rules import NameRules, rules_of
from kodit.domain.code.linking.surface import DEFAULT, TYPES, VALUES, Bound, Entry, Surface
from kodit.domain.code.linking.surfaces import Surfaces
from kodit.domain.code.linking.tree import Lead, Outside, split
from kodit.domain.code.reference import INSTANCE, UNNAMED, WHOLE_MODULE
from kodit.domain.code.symbol import SymbolKind

SUPER = "super"

_PATHS = ("crate", "self", "super")


class Lookup:
    """Looks up names of a source's files. Everything raises NotAtHand for surfaces that it needs."""

    def __init__(self, destinations: Destinations, surfaces: Surfaces) -> None:
        self._destinations = destinations
        self._tree = destinations.tree
        self._surfaces = surfaces
        self._companions = Companions(destinations, surfaces)

    def name(self, place: Place, qualifier: str, name: str, trail: Trail) -> Meaning:
        """What a name with what stands before it means."""
        if qualifier == UNNAMED:
            return None
        if not qualifier:
            return self._alone(place, name, trail)
        rules = rules_of(place.file.language)
        if rules.textual and not qualifier.endswith(INSTANCE):
            found = self._companions.anywhere(place, f"{qualifier}{SEPARATOR}{name}")
            if found is not None:
                return found
        if qualifier == SUPER and place.file.language != "rust":
            return self._inherited(place, name, trail)
        return self.member(self._holder(place, qualifier, set(trail)), name, trail)

    def member(self, holder: Meaning, name: str, trail: Trail) -> Meaning:
        """What a name means that is asked of this."""
        match holder:
            case Lead():
                whole = self._whole(holder, trail)
                found = self.member(whole, name, trail) if isinstance(whole, Entry) else None
                return found if found is not None else self._in_module(holder, name, trail)
            case Outside(outside):
                return Outside(f"{outside}{SEPARATOR}{name}")
            case Entry() if holder.kind in TYPES:
                return self._in_type(holder.path, holder.qualified_name, name, trail)
            case Entry(kind=SymbolKind.MODULE):
                return self._in_module(self._module(holder), name, trail)
            case Entry() if holder.type:
                return self.member(self._instance(holder, trail), name, trail)
        return None

    def bound(self, file: Surface, bound: Bound, trail: Trail) -> Meaning:
        """What a name means that an import binds."""
        imported, (local, name) = bound
        if imported.is_own:
            return self._own(Place(file), name, trail, rules_of(file.language))
        module = self._destinations.of_module(file.path, file.language, imported)
        if isinstance(module, Outside):
            whole = outside_name(imported)
            return Outside(whole if name == WHOLE_MODULE else f"{whole}{SEPARATOR}{name}")
        if name == WHOLE_MODULE:
            return module
        found = self._in_module(module, name, trail) if module is not None else None
        if found is None and name == DEFAULT and module is not None:
            offered = self._whole(module, trail)
            return offered if offered != module else self._in_module(module, local, trail)
        if found is None:
            exact = self._destinations.of(file.path, file.language, imported)
            if isinstance(exact, Lead) and exact != module:
                # In Python the file is what is imported, elsewhere what bears its name in it.
                return exact if file.language == "python" else self._in_module(exact, name, trail)
        return found

    def _alone(self, place: Place, name: str, trail: Trail) -> Meaning:
        """What a name means before which and after which nothing stands."""
        found = self._bare(place, name, trail)
        rules = rules_of(place.file.language)
        if not rules.defaults or not isinstance(found, Lead):
            return found
        whole = self._whole(found, trail)
        return whole if whole != found else pick(place.file.symbols.get(name, ()), rules)

    def _whole(self, found: Meaning, trail: Trail) -> Meaning:
        """What a module exports in place of itself, if it does: whoever names the module means that (JavaScript)."""
        if not isinstance(found, Lead) or found.inside or (found.path, "", WHOLE_MODULE) in trail:
            return found
        trail.add((found.path, "", WHOLE_MODULE))
        surface = self._surfaces[found.path]
        bounds = surface.bindings.get(WHOLE_MODULE, ())
        whole = self._whole(self.bound(surface, bounds[0], trail), trail) if len(bounds) == 1 else None
        return whole if isinstance(whole, Entry) else found

    def _holder(self, place: Place, qualifier: str, trail: Trail) -> Meaning:
        """What stands before a name."""
        file = place.file
        parts = qualifier.split(SEPARATOR)
        if parts[0] in rules_of(file.language).selves:
            found = self._members(self._enclosing(place), parts[1:], trail)
            if found is not None or file.language != "rust":
                return found
        kind, instance, members = qualifier.partition(INSTANCE)
        if instance:
            made = self._type(self._holder(place, kind, trail), trail)
            return self._members(made, [part for part in members.split(SEPARATOR) if part], trail)
        if file.language == "rust" and parts[0] in _PATHS:
            inside = SEPARATOR.join(
                scope.qualified_name for scope in place.scopes[:1] if scope.kind is SymbolKind.MODULE
            )
            module = rust.walk(self._tree, Lead(file.path, inside), parts[0])
            return self._members(module, parts[1:], trail)
        for length in range(len(parts), 1, -1):
            if bounds := file.bindings.get(SEPARATOR.join(parts[:length])):
                return self._members(self.bound(file, preceding(bounds, place.line), trail), parts[length:], trail)
        first = self._bare(place, parts[0], trail)
        return self._members(self._package(file, parts[0]) if first is None else first, parts[1:], trail)

    def _type(self, meant: Meaning, trail: Trail) -> Entry | None:
        """What is meant, if that is a type."""
        kind = self._whole(meant, trail)
        return kind if isinstance(kind, Entry) and kind.kind in TYPES else None

    def _instance(self, holder: Entry, trail: Trail) -> Entry | None:
        """The type of a field or a variable, looked up where that is declared."""
        if (further := through_field(trail, holder)) is None:
            return None
        surface = self._surfaces[holder.path]
        around = [
            Scope(outer, entries[0].kind)
            for outer in prefixes(holder.qualified_name)
            if (entries := surface.symbols.get(outer))
        ]
        return self._type(self._holder(Place(surface, around), holder.type, further), further)

    def _members(self, holder: Meaning, names: Sequence[str], trail: Trail) -> Meaning:
        for name in names:
            # A step that was taken once may be taken again: `node.next.next`.
            holder = self.member(holder, name, set(trail))
        return holder

    def _package(self, file: Surface, name: str) -> Meaning:
        """The package that `import package.module` makes known by its name, or the module beside (Rust)."""
        if file.language == "rust":
            return rust.child(self._tree, Lead(file.path), name)
        beginning = f"{name}{SEPARATOR}"
        for local, (bound, *_) in file.bindings.items():
            if local.startswith(beginning) and file.language == "python":
                found = self._destinations.of_package(file.path, bound.imported)
                if found is not None:
                    return found
        return None

    def _bare(self, place: Place, name: str, trail: Trail) -> Meaning:
        """What a name means that stands for itself: from inside out, then imported, then there anyhow."""
        file = place.file
        rules = rules_of(file.language)
        found = self._in_scopes(place, name, trail, rules) or self._own(place, name, trail, rules)
        if found is None:
            found = self._starred(file, name, trail)
        if found is None:
            found = self._companions.named(file.path, name, rules)
        if found is None and rules.textual:
            found = self._companions.anywhere(place, name)
        return found

    def _in_scopes(self, place: Place, name: str, trail: Trail, rules: NameRules) -> Meaning:
        for depth, scope in enumerate(place.scopes):
            found: Meaning = None
            if scope.kind not in TYPES or (depth == 0 and not rules.members_bare):
                found = pick(place.file.symbols.get(f"{scope.qualified_name}{SEPARATOR}{name}", ()), rules)
            elif rules.members_bare:
                found = self._in_type(place.file.path, scope.qualified_name, name, trail)
            if found is None and rules.members_bare and scope.kind is SymbolKind.METHOD:
                # A method that is defined outside of its type.
                holder = type_around(place.file, scope.qualified_name)
                found = self.member(holder, name, trail)
            if found is not None:
                return found
        return None

    def _own(self, place: Place, name: str, trail: Trail, rules: NameRules) -> Meaning:
        own = pick(place.file.symbols.get(name, ()), rules)
        bounds = place.file.bindings.get(name)
        # What `const name = require(...)` declares is what it imports.
        if bounds and (own is None or (rules.defaults and own.kind in VALUES)):
            return self.bound(place.file, preceding(bounds, place.line), trail) or own
        return own

    def _starred(self, file: Surface, name: str, trail: Trail, *, exported: bool = False) -> Meaning:
        for imported in reversed(file.stars):
            if (exported and not imported.exported) or (file.language == "python" and name.startswith("_")):
                continue
            module = self._destinations.of_module(file.path, file.language, imported)
            found = self._in_module(module, name, trail) if isinstance(module, Lead) else None
            if found is not None:
                return found
        return None

    def _in_module(self, module: Lead, name: str, trail: Trail) -> Meaning:
        """What a name means to whoever looks at a module from outside."""
        if (module.path, module.inside, name) in trail:
            return None
        trail.add((module.path, module.inside, name))
        surface = self._surfaces[module.path]
        rules = rules_of(surface.language)
        if module.inside:
            return self._in_type(module.path, module.inside, name, trail) or self._submodule(surface, module, name)
        found = self._shown(surface, name, trail, rules)
        if found is None:
            found = self._submodule(surface, module, name)
        if found is None:
            found = self._companions.named(module.path, name, rules)
        if found is None and rules.textual:
            found = self._companions.anywhere(Place(surface), name)
        if found is None and surface.language == "java":
            found = self._in_type(module.path, split(module.path)[1].partition(".")[0], name, trail)
        return found

    def _shown(self, surface: Surface, name: str, trail: Trail, rules: NameRules) -> Meaning:
        """What a file defines by this name, or imports and lets others see."""
        found: Meaning = pick(surface.symbols.get(name, ()), rules)
        if found is None and name == DEFAULT and rules.defaults:
            found = pick(surface.defaults, rules)
        for bound in surface.bindings.get(name, ()):
            if found is None and (bound.imported.exported or not rules.hidden_bindings):
                found = self.bound(surface, bound, trail)
            # What a module takes from outside is not its own to hand on.
            found = None if isinstance(found, Outside) else found
        return found if found is not None else self._starred(surface, name, trail, exported=rules.hidden_bindings)

    def _submodule(self, surface: Surface, module: Lead, name: str) -> Lead | None:
        if surface.language == "python":
            return python.submodule(self._tree, module.path, name)
        return rust.child(self._tree, module, name) if surface.language == "rust" else None

    def _in_type(self, path: str, kind: str, name: str, trail: Trail) -> Meaning:
        """What a name means as a member of a type, or of what that inherits from."""
        if (path, f"{kind}{SEPARATOR}", name) in trail:
            return None
        trail.add((path, f"{kind}{SEPARATOR}", name))
        surface = self._surfaces[path]
        rules = rules_of(surface.language)
        found: Meaning = pick(surface.symbols.get(f"{kind}{SEPARATOR}{name}", ()), rules)
        if found is None:
            found = self._companions.named(path, f"{kind}{SEPARATOR}{name}", rules)
        return found if found is not None else self._of_bases(surface, kind, name, trail)

    def _of_bases(self, surface: Surface, kind: str, name: str, trail: Trail) -> Meaning:
        around = [Scope(outer, SymbolKind.MODULE) for outer in prefixes(kind)]
        for base in surface.bases.get(kind, ()):
            holder = self.name(Place(surface, around), base.qualifier, base.name, set(trail))
            if isinstance(holder, Entry) and holder.kind in TYPES | {SymbolKind.MODULE}:
                found = self._in_type(holder.path, holder.qualified_name, name, trail)
                if found is not None:
                    return found
        return None

    def _inherited(self, place: Place, name: str, trail: Trail) -> Meaning:
        enclosing = self._enclosing(place)
        if enclosing is None:
            return None
        return self._of_bases(self._surfaces[enclosing.path], enclosing.qualified_name, name, trail)

    def _enclosing(self, place: Place) -> Entry | None:
        """The type around a name."""
        for scope in place.scopes:
            if scope.kind in TYPES or scope.kind is SymbolKind.MODULE:
                return Entry(0, place.file.path, "", scope.qualified_name, SymbolKind.CLASS)
            if scope.kind is SymbolKind.METHOD:
                found = type_around(place.file, scope.qualified_name)
                if found is not None:
                    return found
        return None

    def _module(self, entry: Entry) -> Lead:
        """The module that a symbol of its kind stands for: in Rust, where it is declared, a file of its own."""
        outer = Lead(entry.path, entry.qualified_name.rpartition(SEPARATOR)[0])
        own = rust.child(self._tree, outer, entry.name) if entry.path.endswith(".rs") else None
        return own or Lead(entry.path, entry.qualified_name)
