"""Which of the paths that changed belong to a source."""

import os
from collections.abc import Collection
from pathlib import Path

from kodit.domain.sources import ignore
from kodit.domain.sources.ignore import IgnoreScope
from kodit.infrastructure.filesystem.listing import Directory, scope_above, scope_inside


def left_in(root: str, excluded: Collection[str], paths: Collection[str]) -> list[str]:
    """Those of these paths, relative to the root, that no rule leaves out, in order.

    `excluded` are absolute, resolved directories that are left out as well. What is gone is judged by the rules that
    hold at its place now, as a file or as a directory: nobody knows any more which it was.
    """
    looked = _Looked(root, frozenset(excluded))
    return sorted(path for path in paths if looked.leaves_in(path))


class _Looked:
    """The directories on the way to the paths, each looked at once."""

    def __init__(self, root: str, excluded: frozenset[str]) -> None:
        self._root = root
        self._excluded = excluded
        self._above = scope_above(Path(root))
        self._scopes: dict[str, IgnoreScope | None] = {}

    def leaves_in(self, path: str) -> bool:
        if path in ("", "."):
            return True
        scope = self._scope_of(path.rpartition("/")[0])
        on_disk = f"{self._root}/{path}"
        if scope is None or self._is_closed(path):
            return False
        is_directory = os.path.isdir(on_disk) and not os.path.islink(on_disk)  # noqa: PTH112, PTH114
        if is_directory:
            return self._scope_of(path) is not None
        is_gone = not os.path.lexists(on_disk)
        return not scope.excludes(path, is_directory=False) and not (
            is_gone and scope.excludes(path, is_directory=True)
        )

    def _scope_of(self, directory: str) -> IgnoreScope | None:
        """The rules inside a directory, None when it is left out."""
        if directory not in self._scopes:
            self._scopes[directory] = self._found(directory)
        return self._scopes[directory]

    def _found(self, directory: str) -> IgnoreScope | None:
        if not directory:
            return self._inside("", self._above)
        above = self._scope_of(directory.rpartition("/")[0])
        if above is None or self._is_closed(directory) or above.excludes(directory, is_directory=True):
            return None
        return self._inside(directory, above)

    def _inside(self, directory: str, above: IgnoreScope) -> IgnoreScope | None:
        on_disk = f"{self._root}/{directory}" if directory else self._root
        try:
            with os.scandir(on_disk) as scan:
                children = {child.name: child for child in scan}
        except OSError:  # gone, or closed to us
            return above
        return scope_inside(Directory(on_disk, directory, above), children)

    def _is_closed(self, path: str) -> bool:
        name = path.rpartition("/")[2]
        return ignore.is_never_entered(name) or f"{self._root}/{path}" in self._excluded
