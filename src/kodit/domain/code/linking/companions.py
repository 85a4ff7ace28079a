"""Names that a file sees in others without an import of them."""

from kodit.domain.code.definition import SEPARATOR
from kodit.domain.code.linking.choice import Place, pick
from kodit.domain.code.linking.destinations import Destinations
from kodit.domain.code.linking.inclusions import Inclusions
from kodit.domain.code.linking.rules import NameRules, rules_of
from kodit.domain.code.linking.surface import TYPES, Entry
from kodit.domain.code.linking.surfaces import Surfaces
from kodit.domain.code.symbol import SymbolKind


class Companions:
    """What files define that another one sees anyhow. Everything raises NotAtHand for surfaces that it needs."""

    def __init__(self, destinations: Destinations, surfaces: Surfaces) -> None:
        self._tree = destinations.tree
        self._surfaces = surfaces
        self._inclusions = Inclusions(destinations, surfaces)

    def named(self, path: str, name: str, rules: NameRules) -> Entry | None:
        """What the companions of a file define by a name."""
        others = [other for other in rules.companions(self._tree, path) if other != path]
        for surface in self._surfaces.all_of(others):
            if found := pick(surface.symbols.get(name, ()), rules):
                return found
        return None

    def anywhere(self, place: Place, name: str) -> Entry | None:
        """A name that this file or any included one defines, within the same namespaces or types."""
        files = [place.file, *self._surfaces.all_of(self._inclusions.all_of(place.file))]
        rules = rules_of(place.file.language)
        around = [
            scope.qualified_name for scope in place.scopes if scope.kind in TYPES or scope.kind is SymbolKind.MODULE
        ]
        for prefix in (*(f"{outer}{SEPARATOR}" for outer in around), ""):
            for file in files:
                if found := pick(file.symbols.get(f"{prefix}{name}", ()), rules):
                    return found
        return None
