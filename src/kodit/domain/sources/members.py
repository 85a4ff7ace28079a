"""Who belongs to which workspace."""

import re
from collections.abc import Iterator, Mapping

from kodit.domain.sources.glob import regex_of
from kodit.domain.sources.inheritance import Group
from kodit.domain.sources.manifest import PackageKind
from kodit.domain.sources.package import PackageKey

_BRACES = re.compile(r"\{([^{}]*)\}")
_MOST_ALTERNATIVES = 100


class Members:
    """Tells the root of the workspace that a package belongs to."""

    def __init__(self, groups: Mapping[PackageKey, Group]) -> None:
        self._roots = {key: _Pattern(key, group.members) for key, group in groups.items() if group.members is not None}

    def root_of(self, key: PackageKey) -> PackageKey | None:
        """The nearest workspace above that has the package as a member, or which it is the root of."""
        for directory in ancestors(key.path):
            root = self._roots.get(PackageKey(directory, key.kind))
            if root is not None and root.has(key.path):
                return root.key
        return None


class _Pattern:
    """One workspace, with what it says of its members."""

    def __init__(self, key: PackageKey, members: tuple[str, ...]) -> None:
        self.key = key
        inside = [text for text in members if not text.startswith("!")]
        self._inside = _compiled(inside)
        self._outside = _compiled([text.removeprefix("!") for text in members if text.startswith("!")])
        # Cargo finds its members by the paths that lead to them, too.
        self._everything = key.kind is PackageKind.CARGO

    def has(self, path: str) -> bool:
        """Whether a package in this directory belongs to the workspace."""
        if path == self.key.path:
            return True
        if self._outside.fullmatch(path):
            return False
        return self._everything or self._inside.fullmatch(path) is not None


def ancestors(path: str) -> Iterator[str]:
    """A directory and all those above it, up to the source's root."""
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield ""


def _compiled(patterns: list[str]) -> re.Pattern[str]:
    expressions = [regex_of(one) for pattern in patterns for one in _alternatives(pattern)]
    known = [expression for expression in expressions if expression is not None]
    return re.compile("|".join(known) if known else r"(?!)", re.DOTALL)


def _alternatives(pattern: str) -> list[str]:
    """A pattern with braces as patterns without."""
    found = [pattern]
    while (braces := _BRACES.search(found[0])) and len(found) < _MOST_ALTERNATIVES:
        words = braces[1].split(",")
        found = [one.replace(braces[0], word, 1) for one in found for word in words][:_MOST_ALTERNATIVES]
    return found
