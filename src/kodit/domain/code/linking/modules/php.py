"""Where PHP's uses and requires lead."""

from collections.abc import Sequence

from kodit.domain.code.linking.tree import (
    Destination,
    Lead,
    Outside,
    PackageRoot,
    SourceTree,
    join,
    nearest,
    normalised,
    split,
)
from kodit.domain.code.reference import WHOLE_MODULE, Import
from kodit.domain.sources.manifest import PackageKind

_ENDING = ".php"
_SOURCES = ("src", "", "lib", "app")


def destination(tree: SourceTree, path: str, imported: Import) -> Destination:
    """A file named by its path, or the one that a class lies in by its namespace, as autoloaders look for it."""
    if imported.module.endswith(_ENDING):
        beside = tree.existing(normalised(split(path)[0], imported.module.removeprefix("/")))
        return Lead(beside) if beside else None
    parts = [part for part in imported.module.split("\\") if part]
    names = [binding.imported for binding in imported.bindings if binding.imported != WHOLE_MODULE]
    parts += names if len(names) == 1 else []
    if not parts:
        return None
    whole = "/".join(parts) + _ENDING
    home = parts[0][:1].lower() + parts[0][1:]
    named = [*tree.ending(whole), *tree.ending(join(home, *parts[1:]) + _ENDING)]
    if found := nearest(split(path)[0], named) or _in_packages(tree, parts):
        return Lead(found)
    return None if named else Outside(parts[0])


def namespace_files(tree: SourceTree, path: str) -> Sequence[str]:
    """The files of the namespace of a file, as autoloaders lay them out."""
    return [other for other in tree.files_in(split(path)[0]) if other.endswith(_ENDING)]


def _in_packages(tree: SourceTree, parts: list[str]) -> str | None:
    """`Acme\\Blog\\Post` is `src/Post.php` of the package `acme/blog`."""
    for package in tree.packages:
        if package.kind is PackageKind.COMPOSER and (rest := _within(package, parts)):
            candidates = (join(package.path, source, *rest) + _ENDING for source in _SOURCES)
            if found := tree.first(candidates):
                return found
    return None


def _within(package: PackageRoot, parts: list[str]) -> list[str]:
    names = [name.replace("-", "").lower() for name in package.name.split("/")]
    given = [part.lower() for part in parts[: len(names)]]
    if given == names:
        return parts[len(names) :]
    return parts[1:] if given[:1] == names[-1:] else []
