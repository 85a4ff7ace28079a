"""Where the imports of Java, and of languages that lay out their files like it, lead."""

from collections.abc import Sequence

from kodit.domain.code.linking.tree import Destination, Lead, Outside, SourceTree, nearest, split
from kodit.domain.code.reference import EVERYTHING, WHOLE_MODULE, Import

_ENDING = ".java"


def destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """`import a.b.C` leads to `a/b/C.java`, `import a.b.*` to the first file of `a/b`, which stands for all of them."""
    parts = imported.module.split(".")
    names = [binding.imported for binding in imported.bindings]
    single = names[0] if len(names) == 1 and names[0] not in (WHOLE_MODULE, EVERYTHING) else None
    wanted = [*parts, single] if single else parts
    for length in range(len(wanted), 0, -1):
        found = nearest(split(path)[0], tree.ending("/".join(wanted[:length]) + _ENDING))
        # A single part tells too little: any file may be called so.
        if found and (length > 1 or length == len(wanted)):
            return Lead(found, ".".join(wanted[length:-1] if single else wanted[length:]))
    if EVERYTHING in names and (files := _package(tree, path, parts)):
        return Lead(files[0])
    if tree.directories_ending("/".join(parts)):
        return None
    return Outside(".".join(part for part in parts if part.islower()) or parts[0])


def package_files(tree: SourceTree, path: str) -> Sequence[str]:
    """The files of the package of a file: those beside it, and for a test those of what it tests."""
    directory = split(path)[0]
    return [*_files(tree, directory), *_files(tree, _swapped(directory, "test", "main"))]


def package_and_tests(tree: SourceTree, path: str) -> Sequence[str]:
    """The files of the package of a file, with those that test it."""
    directory = split(path)[0]
    return [*package_files(tree, path), *_files(tree, _swapped(directory, "main", "test"))]


def _swapped(directory: str, part: str, other: str) -> str | None:
    """`src/main/java/a` for `src/test/java/a`; None where there is nothing to swap."""
    before, found, after = f"/{directory}/".partition(f"/{part}/java/")
    return f"{before}/{other}/java/{after}".strip("/") if found else None


def _files(tree: SourceTree, directory: str | None) -> Sequence[str]:
    return () if directory is None else [path for path in tree.files_in(directory) if path.endswith(_ENDING)]


def _package(tree: SourceTree, path: str, parts: list[str]) -> Sequence[str]:
    directory = nearest(split(path)[0], tree.directories_ending("/".join(parts)))
    return _files(tree, directory)
