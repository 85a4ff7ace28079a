"""The surfaces that are at hand, and the demand for others."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping

from kodit.domain.code.linking.surface import Surface


class NotAtHand(Exception):
    """Surfaces are needed that are not at hand. Whoever brings them may ask again."""

    def __init__(self, paths: Collection[str]) -> None:
        super().__init__(f"{len(paths)} surfaces are not at hand")
        self.paths = frozenset(paths)


class Surfaces(Mapping[str, Surface]):
    """Surfaces by path. No more than `room` are kept by `trim`, those that were needed last."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held: OrderedDict[str, Surface] = OrderedDict()

    def __getitem__(self, path: str) -> Surface:
        """The surface of a file. Raises NotAtHand."""
        surface = self._held.get(path)
        if surface is None:
            raise NotAtHand([path])
        return surface

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def all_of(self, paths: Collection[str]) -> list[Surface]:
        """The surfaces of these files. Raises NotAtHand for all that are missing at once."""
        missing = [path for path in paths if path not in self._held]
        if missing:
            raise NotAtHand(missing)
        return [self._held[path] for path in paths]

    def bring(self, surfaces: Iterable[Surface]) -> None:
        """Have these at hand."""
        for surface in surfaces:
            self._held[surface.path] = surface
            self._held.move_to_end(surface.path)

    def trim(self) -> None:
        """Let go of those that are too many."""
        while len(self._held) > self._room:
            self._held.popitem(last=False)
