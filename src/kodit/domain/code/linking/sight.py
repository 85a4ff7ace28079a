"""Who can see into a file, other than those whose imports lead to it."""

from collections.abc import Iterable, Sequence

from kodit.domain.code.linking.modules import include, java, python
from kodit.domain.code.linking.rules import rules_of
from kodit.domain.code.linking.tree import SourceTree, ancestors, join, split


def gates(tree: SourceTree, path: str, language: str) -> Iterable[str]:
    """The files through which a file is seen: what imports one of them may look up names in this one."""
    directory, name = split(path)
    if language == "python":
        # A package shows its modules, and whoever imports a module may speak of its packages.
        above = [join(outer, init) for outer in ancestors(directory) for init in python.INIT]
        return [*above, *(tree.below(directory) if name in python.INIT else ())]
    if language in ("c", "cpp"):
        return include.headers_of(tree, path)
    return _package(tree, path, language)


def neighbours(tree: SourceTree, path: str, language: str, speakers: Sequence[str]) -> Iterable[str]:
    """The files that see a file without any import. `speakers` are all files of its language."""
    if language == "rust":
        # A path from the root of the crate leads everywhere.
        return speakers
    if language == "go":
        # Tests see what they test, which does not see them.
        return tree.files_in(split(path)[0])
    # A header sees the sources beside it.
    return include.headers_of(tree, path) if language in ("c", "cpp") else _package(tree, path, language)


def _package(tree: SourceTree, path: str, language: str) -> Sequence[str]:
    return java.package_and_tests(tree, path) if language == "java" else rules_of(language).companions(tree, path)


def own_names(path: str) -> frozenset[str]:
    """The names by which the module is called that a file stands for: its own, or its directory's."""
    directory, name = split(path)
    return frozenset((name.partition(".")[0], split(directory)[1])) - {""}
