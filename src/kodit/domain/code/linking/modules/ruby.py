"""Where Ruby's requires lead."""

from kodit.domain.code.linking.tree import Destination, Lead, Outside, SourceTree, ancestors, join, normalised, split
from kodit.domain.code.reference import Import

_ENDING = ".rb"
_ROOTS = ("lib", "app", "test", "spec")


def destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """Beside the file for `require_relative`, else below the `lib` directories, nearest first."""
    module = imported.module.removesuffix(_ENDING)
    directory = split(path)[0]
    if imported.level or module.startswith("."):
        beside = tree.existing(normalised(directory, module + _ENDING))
        return Lead(beside) if beside else None
    for above in ancestors(directory):
        for root in (above, *(join(above, root) for root in _ROOTS)):
            # Only what lies in a directory of that kind can be required by its bare name.
            below = tree.existing(normalised(root, module + _ENDING))
            if below and split(root)[1] in _ROOTS:
                return Lead(below)
    only = _only(tree, module)
    return Lead(only) if only else Outside(module.partition("/")[0])


def _only(tree: SourceTree, module: str) -> str | None:
    found = tree.ending(join("lib", module + _ENDING))
    return found[0] if len(found) == 1 else None
