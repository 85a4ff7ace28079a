"""Where Python's imports lead."""

import sys
from collections.abc import Iterable, Sequence

from kodit.domain.code.linking.tree import Destination, Lead, Outside, SourceTree, ancestors, join, nearest, split
from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE, Import

INIT = ("__init__.py", "__init__.pyi")
_ENDINGS = (".py", ".pyi")
_STANDARD_LIBRARY_MARK = "os.py"
_ROOTS = ("", "src", "lib", "python")


def destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """Where an import leads; one of a single name leads to the submodule of that name where there is one."""
    module = module_destination(tree, path, imported)
    if isinstance(module, Lead) and len(imported.bindings) == 1:
        return submodule(tree, module.path, imported.bindings[0].imported) or module
    if module is None and len(imported.bindings) == 1:
        return _in_namespace(tree, path, imported)
    return module


def module_destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """The module that an import names, whatever it takes from it."""
    parts = [part for part in imported.module.split(".") if part]
    if imported.level:
        base = _base(path, imported.level)
        found = None if base is None else _module(tree, base, parts)
        return Lead(found) if found else None
    if not parts:
        return None
    if parts[0] == tree.name and is_package(tree, ""):
        # The source is the package itself.
        inside = _module(tree, "", parts[1:])
        return Lead(inside) if inside else None
    for root in _roots(tree, path, parts[0]):
        if found := _module(tree, root, parts):
            return Lead(found)
    if any(_is_there(tree, join(root, parts[0])) for root in _roots(tree, path, parts[0])):
        return None
    return Outside(parts[0])


def package_destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """The outermost package of the module that `import package.module` names; None where there is no such module.

    A file has links to the modules that its imports lead to, and only by them is it found again when a package changes.
    """
    module = module_destination(tree, path, imported)
    if not isinstance(module, Lead):
        return module
    directory, name = split(module.path)
    around = ancestors(directory if name in INIT else module.path)
    steps = len([part for part in imported.module.split(".") if part]) - 1
    found = _module(tree, around[steps], [])
    return Lead(found) if found else None


def submodule(tree: SourceTree, package: str, name: str) -> Lead | None:
    """The file of a module of a package, whose own file is given."""
    directory, file = split(package)
    if file not in INIT or name in (WHOLE_MODULE, EVERYTHING):
        return None
    found = _module(tree, directory, [name])
    return Lead(found) if found else None


def _in_namespace(tree: SourceTree, path: str, imported: Import) -> Destination:
    """`from package import module`, where the package has no file of its own."""
    name = imported.bindings[0].imported
    if name in (WHOLE_MODULE, EVERYTHING):
        return None
    parts = [*(part for part in imported.module.split(".") if part), name]
    if imported.level:
        base = _base(path, imported.level)
        roots: Iterable[str] = () if base is None else (base,)
    else:
        roots = _roots(tree, path, parts[0])
    found = next((found for root in roots if (found := _module(tree, root, parts))), None)
    return Lead(found) if found else None


def _base(path: str, level: int) -> str | None:
    above = ancestors(split(path)[0])
    return above[level - 1] if level <= len(above) else None


def _module(tree: SourceTree, root: str, parts: list[str]) -> str | None:
    whole = join(root, *parts)
    candidates = [join(whole, init) for init in INIT]
    if parts:
        candidates += [f"{whole}{ending}" for ending in _ENDINGS]
    return tree.first(candidates)


def _roots(tree: SourceTree, path: str, top: str) -> Sequence[str]:
    """Where absolute imports of a file may begin, likeliest first: directories that are no packages themselves."""
    directory = split(path)[0]
    key = ("roots", directory, top)
    if key not in tree.remembered:
        found = dict.fromkeys([*_own_roots(tree, directory), *_elsewhere(tree, directory, top)])
        standard = top in sys.stdlib_module_names
        tree.remembered[key] = tuple(
            root for root in found if not standard or join(root, _STANDARD_LIBRARY_MARK) in tree
        )
    roots: Sequence[str] = tree.remembered[key]
    return roots


def _own_roots(tree: SourceTree, directory: str) -> Sequence[str]:
    """The directories above that are no packages, and those within them that customarily hold packages."""
    key = ("own roots", directory)
    if key not in tree.remembered:
        own = [above for above in ancestors(directory) if not is_package(tree, above)]
        tree.remembered[key] = (*own, *(join(above, name) for above in own for name in _ROOTS))
    roots: Sequence[str] = tree.remembered[key]
    return roots


def _elsewhere(tree: SourceTree, directory: str, top: str) -> Sequence[str]:
    """The directory with the package that everybody can mean: the only one, or the nearest."""
    key = ("tops", top)
    if key not in tree.remembered:
        packages = [directory for directory in tree.directories_ending(top) if is_package(tree, directory)]
        tops = {split(package)[0] for package in packages}
        tree.remembered[key] = sorted(root for root in tops if not is_package(tree, root))
    found = nearest(directory, tree.remembered[key])
    return () if found is None else (found,)


def is_package(tree: SourceTree, directory: str) -> bool:
    """True for a directory with a file that makes it a package."""
    return any(join(directory, init) in tree for init in INIT)


def _is_there(tree: SourceTree, whole: str) -> bool:
    """True for a module or a package, also for one that has no file of its own."""
    if any(f"{whole}{ending}" in tree for ending in _ENDINGS):
        return True
    return any(path.endswith(_ENDINGS) for path in tree.files_in(whole))
