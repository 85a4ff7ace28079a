"""Where Rust's paths lead: along the tree of modules, which the files follow."""

from kodit.domain.code.linking.tree import Destination, Lead, Outside, SourceTree, ancestors, join, split
from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE, Import
from kodit.domain.sources.manifest import PackageKind

_ROOTS = ("lib.rs", "main.rs")
_OWN_CRATES = ("tests", "examples", "benches", "bin")
"""Directories, each of whose files is the root of a crate."""


def destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """Where the path leads, with the name at its end where it is that of a module with a file of its own."""
    module = walk(tree, Lead(path), imported.module)
    if isinstance(module, Lead) and len(imported.bindings) == 1:
        return child(tree, module, imported.bindings[0].imported) or module
    return module


def walk(tree: SourceTree, start: Lead, module: str) -> Destination:
    """Where a path leads that is written in this module. What has no file of its own is inside of one."""
    parts = [part for part in module.split("::") if part]
    here = _first(tree, start, parts[0]) if parts else start
    for part in parts[1:]:
        if not isinstance(here, Lead):
            return here
        here = _next(tree, here, part)
    return here


def child(tree: SourceTree, module: Lead, name: str) -> Lead | None:
    """The module of that name within a module, where it has a file of its own."""
    if name in (WHOLE_MODULE, EVERYTHING, "self"):
        return None
    whole = join(_directory_of_children(tree, module.path), module.inside.replace(".", "/"), name)
    found = tree.first((f"{whole}.rs", f"{whole}/mod.rs"))
    return Lead(found) if found else None


def _first(tree: SourceTree, start: Lead, part: str) -> Destination:
    if part == "crate":
        return Lead(_crate_root(tree, start.path))
    if part in ("self", "super"):
        return _next(tree, start, part)
    for package in tree.packages:
        if package.kind is PackageKind.CARGO and package.name.replace("-", "_") == part:
            found = tree.first((join(package.path, "src", "lib.rs"), join(package.path, "lib.rs")))
            return Lead(found) if found else None
    return child(tree, start, part) or Outside(part)


def _next(tree: SourceTree, here: Lead, part: str) -> Lead | None:
    if part == "self":
        return here
    if part == "super":
        return _parent(tree, here)
    return child(tree, here, part) or Lead(here.path, f"{here.inside}.{part}" if here.inside else part)


def _parent(tree: SourceTree, here: Lead) -> Lead | None:
    if here.inside:
        return Lead(here.path, here.inside.rpartition(".")[0])
    directory, name = split(here.path)
    if _is_root(tree, here.path):
        return None
    if name == "mod.rs":
        directory, name = split(directory)
    above, of = split(directory)
    found = tree.first(
        (*(join(directory, root) for root in _ROOTS), join(directory, "mod.rs"), join(above, f"{of}.rs"))
    )
    return Lead(found) if found else None


def _crate_root(tree: SourceTree, path: str) -> str:
    if _is_root(tree, path):
        return path
    for above in ancestors(split(path)[0]):
        if found := tree.first(join(above, root) for root in _ROOTS):
            return found
    return path


def _is_root(tree: SourceTree, path: str) -> bool:
    directory, name = split(path)
    return name in _ROOTS or (split(directory)[1] in _OWN_CRATES and name != "mod.rs" and not _below_root(tree, path))


def _below_root(tree: SourceTree, path: str) -> bool:
    """True for a file of a module that merely bears the name of such a directory."""
    directory = split(path)[0]
    above, name = split(directory)
    return (
        name != "bin" and tree.first((join(directory, "mod.rs"), f"{directory}.rs", join(above, "lib.rs"))) is not None
    )


def _directory_of_children(tree: SourceTree, path: str) -> str:
    directory, name = split(path)
    if name == "mod.rs" or _is_root(tree, path):
        return directory
    return join(directory, name.removesuffix(".rs"))
