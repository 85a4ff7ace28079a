"""Where the includes of C and C++ lead."""

from collections.abc import Iterator

from kodit.domain.code.linking.tree import Destination, Lead, Outside, SourceTree, ancestors, join, normalised, split
from kodit.domain.code.reference import Import

_ROOTS = ("include", "src", "inc", "lib")
_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".h++")
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".c++", ".m", ".mm")


def destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """Beside the including file, then below the customary directories above it, then wherever only one can be meant."""
    directory = split(path)[0]
    if not imported.system:
        beside = tree.existing(normalised(directory, imported.module))
        if beside:
            return Lead(beside)
    for root in _roots(directory):
        below = tree.existing(normalised(root, imported.module))
        if below:
            return Lead(below)
    # A lone name in angle brackets is that of a header of the system, whoever else bears it.
    if not imported.system or "/" in imported.module:
        found = _only(tree, imported.module)
        if found:
            return Lead(found)
    return Outside(imported.module) if imported.system else None


def sources_of(tree: SourceTree, header: str) -> list[str]:
    """The files that define what a header declares: of the same name, beside it or below `src` instead of `include`."""
    return [path for path in _places_of_sources(header) if path in tree]


def headers_of(tree: SourceTree, path: str) -> list[str]:
    """The headers that declare what a file defines, or defined as long as it was there."""
    stem, dot, ending = path.rpartition(".")
    if dot + ending not in _SOURCES:
        return []
    name = split(stem)[1]
    headers = [header for ending in _HEADERS for header in tree.ending(name + ending)]
    return [header for header in headers if path in _places_of_sources(header)]


def _places_of_sources(header: str) -> list[str]:
    stem, dot, ending = header.rpartition(".")
    if dot + ending not in _HEADERS:
        return []
    stems = dict.fromkeys((stem, *(_swapped(stem, "include", other) for other in ("src", "lib", "source"))))
    return [one + ending for one in stems for ending in _SOURCES]


def _swapped(stem: str, directory: str, other: str) -> str:
    return "/".join(other if part == directory else part for part in stem.split("/"))


def _roots(directory: str) -> Iterator[str]:
    for above in ancestors(directory):
        yield above
        yield from (join(above, root) for root in _ROOTS)


def _only(tree: SourceTree, module: str) -> str | None:
    found = tree.ending(module.lstrip("./"))
    return found[0] if len(found) == 1 else None
