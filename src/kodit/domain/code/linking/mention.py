"""Which imports can lead elsewhere because a file came or went, told from what they say."""

import re
from collections.abc import Collection, Iterable

from kodit.domain.code.linking.tree import SourceTree, join, split
from kodit.domain.code.reference import Import
from kodit.domain.sources.manifest import PackageKind

MOST = 200
"""Words; with more of them it is as quick to look at every import."""

_WORD = re.compile(r"[\w-]+")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_STANDING_FOR_DIRECTORIES = frozenset(("__init__", "index", "src", "lib"))
_STANDARD_LIBRARY_MARK = "os"
_PYTHON = (".py", ".pyi")
_RUST_CRATES = frozenset(("mod", "main", "tests", "examples", "benches", "bin"))
"""Files of Rust that decide what others beside and below them are."""


def words_of(imports: Iterable[Import]) -> set[str]:
    """The words that imports say: the parts of their modules, and the names that they take and make known."""
    texts = {text for one in imports for text in (one.module, *(name for binding in one.bindings for name in binding))}
    return {word for text in texts for word in words_in(text)}


def words_in(text: str) -> list[str]:
    """The words of a module or a name, in their order."""
    return _WORD.findall(text)


def words_for(tree: SourceTree, moved: Collection[str]) -> frozenset[str] | None:
    """Words of which each import says one that leads elsewhere because files came to these paths or went from there.

    None if nobody can say. `tree` is that of now.
    """
    words: set[str] = set()
    for path in moved:
        of_path = _words_for(tree, path, moved)
        if of_path is None or not all(map(_PLAIN.fullmatch, of_path)):
            return None
        words |= of_path
    return frozenset(words) if len(words) <= MOST else None


def _words_for(tree: SourceTree, path: str, moved: Collection[str]) -> set[str] | None:
    directory, name = split(path)
    word = _first_word(name)
    if word in _STANDING_FOR_DIRECTORIES or word == _STANDARD_LIBRARY_MARK:
        return None
    if name.endswith(".rs") and word in _RUST_CRATES:
        return None
    beside = join(directory, word)
    if tree.has_directory(beside) or any(package.path == beside for package in tree.packages):
        # A module may be called as the directory beside it is, and `.` within that leads to it.
        return None
    return {word, *_of_directory(tree, directory, name, moved), *_as_a_class(name, word)}


def _of_directory(tree: SourceTree, directory: str, name: str, moved: Collection[str]) -> set[str]:
    """The words for its directory, where an import may mean that."""
    own = {_first_word(split(directory)[1])} - {""}
    if name.endswith(".java"):
        return own
    if name.endswith(".go"):
        roots = [package for package in tree.packages if package.kind is PackageKind.GO and package.path == directory]
        return own | {_first_word(split(package.name)[1]) for package in roots}
    # With the first file a directory becomes a namespace, and with the last it is none any more.
    if name.endswith(_PYTHON) and not any(
        other.endswith(_PYTHON) and other not in moved for other in tree.files_in(directory)
    ):
        return own
    return set()


def _as_a_class(name: str, word: str) -> set[str]:
    """The class that PHP's loaders may look for in a file that begins with a small letter."""
    return {word[:1].upper() + word[1:]} if name.endswith(".php") else set()


def _first_word(name: str) -> str:
    return name.partition(".")[0]
