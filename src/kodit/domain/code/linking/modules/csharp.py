"""Where C#'s usings lead: to namespaces, which no file stands for."""

from collections.abc import Sequence

from kodit.domain.code.linking.tree import Destination, Outside, SourceTree, split
from kodit.domain.code.reference import Import

_ENDING = ".cs"
_PLATFORM = ("System", "Microsoft", "Windows")


def destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """Out of the source for the namespaces of the platform; of others nobody can tell."""
    top = imported.module.partition(".")[0]
    return Outside(top) if top in _PLATFORM else None


def namespace_files(tree: SourceTree, path: str) -> Sequence[str]:
    """The files of a directory, which by custom share a namespace."""
    return [other for other in tree.files_in(split(path)[0]) if other.endswith(_ENDING)]
