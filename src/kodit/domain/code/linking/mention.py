"""Which imports can lead elsewhere because a file came or went, told from what they say."""

import re
from collections.abc import Collection

from kodit.domain.code.linking.tree import SourceTree, join, split

NAMING_LANGUAGES = frozenset(("python", "javascript", "typescript", "tsx", "c", "cpp", "ruby"))
"""The languages whose imports name the file that they lead to, but for what `words_for` knows of."""

MOST = 20
"""Words; with more of them it is as quick to look at every import."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_STANDING_FOR_DIRECTORIES = frozenset(("__init__", "index", "src", "lib"))
_STANDARD_LIBRARY_MARK = "os"
_PYTHON = (".py", ".pyi")


def words_for(tree: SourceTree, moved: Collection[str]) -> frozenset[str] | None:
    """Words of which each import has one that leads elsewhere because these files came or went; None if nobody can say.

    `tree` is that of now. It holds for the imports of files in `NAMING_LANGUAGES`.
    """
    words: set[str] = set()
    for path in moved:
        word = _word_for(tree, path, moved)
        if word is None:
            return None
        words.add(word)
    return frozenset(words) if len(words) <= MOST else None


def _word_for(tree: SourceTree, path: str, moved: Collection[str]) -> str | None:
    directory, name = split(path)
    word = name.partition(".")[0]
    if not _PLAIN.fullmatch(word) or word in _STANDING_FOR_DIRECTORIES or word == _STANDARD_LIBRARY_MARK:
        return None
    beside = join(directory, word)
    if tree.has_directory(beside) or any(package.path == beside for package in tree.packages):
        # A module may be called as the directory beside it is, and `.` within that leads to it.
        return None
    if name.endswith(_PYTHON) and not any(
        other.endswith(_PYTHON) and other not in moved for other in tree.files_in(directory)
    ):
        # With the first file a directory becomes a namespace, and with the last it is none any more.
        return None
    return word
