"""Where the imports of JavaScript and TypeScript lead."""

from collections.abc import Iterator

from kodit.domain.code.linking.tree import (
    Destination,
    Lead,
    Outside,
    PackageRoot,
    SourceTree,
    ancestors,
    join,
    normalised,
    split,
)
from kodit.domain.code.reference import Import
from kodit.domain.sources.manifest import PackageKind

_ENDINGS = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".json")
_WRITTEN_FOR = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""TypeScript imports the file that the compiler will make, not the one that is there."""
_SOURCES = ("", "src", "lib")
_HOME = ("@/", "~/")
"""What bundlers are customarily told to take for the directory of the sources."""


def destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """Relative modules lead to files, others to a package of the workspace or out of the source."""
    module = imported.module.partition("?")[0]
    directory = split(path)[0]
    if module.startswith("."):
        found = normalised(directory, module)
        return _lead(None if found is None else _file(tree, found))
    if module.startswith("/") or not module:
        return None
    if module.startswith(_HOME):
        return _lead(_below_sources(tree, directory, module[2:]))
    if package := _workspace_package(tree, module):
        return _lead(_in_package(tree, package, module[len(package.name) :].strip("/")))
    if "/" in module and (found := _below_sources(tree, directory, module)):
        return Lead(found)
    return Outside(_package_name(module))


def _lead(path: str | None) -> Lead | None:
    return Lead(path) if path else None


def _file(tree: SourceTree, whole: str) -> str | None:
    return tree.first(_candidates(whole))


def _candidates(whole: str) -> Iterator[str]:
    yield whole
    stem, dot, ending = whole.rpartition(".")
    yield from (stem + other for other in _WRITTEN_FOR.get(dot + ending, ()))
    yield from (whole + ending for ending in _ENDINGS if whole)
    yield from (join(whole, f"index{ending}") for ending in _ENDINGS)


def _below_sources(tree: SourceTree, directory: str, rest: str) -> str | None:
    """The file in the nearest `src` above, or beside it."""
    for above in ancestors(directory):
        for root in (join(above, "src"), *([above] if above in ("", "src") or above.endswith("/src") else [])):
            if found := _file(tree, join(root, rest)):
                return found
    return None


def _workspace_package(tree: SourceTree, module: str) -> PackageRoot | None:
    found = [
        package
        for package in tree.packages
        if package.kind is PackageKind.NPM and (module == package.name or module.startswith(f"{package.name}/"))
    ]
    return max(found, key=lambda package: len(package.name), default=None)


def _in_package(tree: SourceTree, package: PackageRoot, rest: str) -> str | None:
    for root in _SOURCES:
        if found := _file(tree, join(package.path, root, rest)):
            return found
    return None


def _package_name(module: str) -> str:
    first, _, rest = module.partition("/")
    if first.startswith("@"):
        return f"{first}/{rest.partition('/')[0]}"
    return first.removeprefix("node:")
