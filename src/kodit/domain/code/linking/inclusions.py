"""What files make known by including others."""

from collections.abc import Iterator

from kodit.domain.code.linking.destinations import Destinations
from kodit.domain.code.linking.modules import include
from kodit.domain.code.linking.surface import Surface
from kodit.domain.code.linking.surfaces import Surfaces
from kodit.domain.code.linking.tree import Lead
from kodit.domain.code.reference import EVERYTHING

FARTHEST = 400
"""Files that an include makes known. Whoever includes more is not understood better by looking further."""


class Inclusions:
    """The files that each file includes, directly or through others. Raises NotAtHand for surfaces that it needs."""

    def __init__(self, destinations: Destinations, surfaces: Surfaces) -> None:
        self._destinations = destinations
        self._tree = destinations.tree
        self._surfaces = surfaces
        self._included: dict[str, tuple[str, ...]] = {}

    def all_of(self, file: Surface) -> tuple[str, ...]:
        """The files whose names are known in a file because it includes them, nearest first."""
        if file.path not in self._included:
            known: dict[str, None] = {}
            nearest = list(self._includes(file))
            while nearest and len(known) < FARTHEST:
                known.update(dict.fromkeys(nearest))
                following = [path for one in self._surfaces.all_of(nearest) for path in self._includes(one)]
                nearest = [path for path in dict.fromkeys(following) if path not in known and path != file.path]
            self._included[file.path] = tuple(known)
        return self._included[file.path]

    def _includes(self, file: Surface) -> Iterator[str]:
        for imported in file.imports:
            if any(binding.imported != EVERYTHING for binding in imported.bindings):
                # It takes a name, as `use` of PHP does, and nothing else becomes known by it.
                continue
            lead = self._destinations.of(file.path, file.language, imported)
            if isinstance(lead, Lead):
                yield lead.path
                yield from include.sources_of(self._tree, lead.path)
