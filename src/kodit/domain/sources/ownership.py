"""Which package owns a file: the one in the deepest directory above it, so that every file has one owner at most."""

from collections.abc import Iterable

from kodit.domain.sources.manifest import PackageKind
from kodit.domain.sources.package import PackageKey

_ORDER = {kind: place for place, kind in enumerate(PackageKind)}


def key_order(key: PackageKey) -> tuple[str, int]:
    """Sorts packages by path, and those of one directory by what kind goes first."""
    return key.path, _ORDER[key.kind]


class Ownership:
    """Tells the owners of files, given the packages of their source.

    Where a directory has packages of several kinds, the first in the order of `PackageKind` owns the files; the others
    own none.
    """

    def __init__(self, keys: Iterable[PackageKey]) -> None:
        self._owners: dict[str, PackageKey | None] = {}
        for key in sorted(keys, key=key_order):
            self._owners.setdefault(key.path, key)

    def of(self, path: str) -> PackageKey | None:
        """The package that owns the file at this path; None when no package lies above it."""
        directory = path.rpartition("/")[0]
        # What was found is remembered for every directory: files come by the thousands.
        return self._owners[directory] if directory in self._owners else self._climbed(directory)

    def _climbed(self, directory: str) -> PackageKey | None:
        passed: list[str] = []
        while directory not in self._owners:
            passed.append(directory)
            if not directory:
                break
            directory = directory.rpartition("/")[0]
        owner = self._owners.get(directory)
        self._owners.update(dict.fromkeys(passed, owner))
        return owner
