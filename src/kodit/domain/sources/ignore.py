"""Which files of a source are left out.

Three rules, each by itself enough to leave a file out:

- the patterns of `.gitignore` files, in git's own syntax and order: the deepest file that says something about a
  path decides, and in it the last pattern that matches;
- the patterns of `.noindex` files, in the same syntax; an empty `.noindex` leaves its whole directory out. They are
  a chain of their own, so neither kind brings back what the other leaves out;
- directories that never hold code written by hand.

What is below a directory that is left out is never looked at, so it cannot be brought back.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple, Self

from kodit.domain.sources.glob import regex_of

RULES = 1
"""The number of these rules. Whoever changes what they leave out raises it, so that stored sources are listed anew."""

GIT = ".git"
GITIGNORE = ".gitignore"
NOINDEX = ".noindex"

_NEVER_ENTERED = frozenset(
    {GIT, ".hg", ".svn"}  # what version control keeps for itself
    | {"node_modules", "__pycache__", ".tox", ".mypy_cache", ".ruff_cache", ".pytest_cache"}  # filled by tools
)
_VIRTUAL_ENVIRONMENTS = frozenset({"venv", ".venv"})


def is_never_entered(name: str) -> bool:
    """True for a directory that nobody writes code in, whatever it contains."""
    return name in _NEVER_ENTERED


def is_virtual_environment(name: str, names_inside: Collection[str]) -> bool:
    """True for a Python environment: named as one, and marked as one by its `pyvenv.cfg`."""
    return name in _VIRTUAL_ENVIRONMENTS and "pyvenv.cfg" in names_inside


class _Pattern(NamedTuple):
    regex: str
    excludes: bool
    by_name: bool
    directories_only: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    """Neighbouring patterns with the same verdict, as one expression over names and one over paths."""

    excludes: bool
    by_name: re.Pattern[str] | None
    by_path: re.Pattern[str] | None

    def matches(self, path: str, name: str) -> bool:
        if self.by_name is not None and self.by_name.fullmatch(name):
            return True
        return self.by_path is not None and self.by_path.fullmatch(path) is not None


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """One file of patterns, compiled; its paths are relative to the directory that it stands in."""

    _rules: tuple[_Rule, ...]

    @classmethod
    def parsed(cls, text: str) -> Self:
        """Read the lines of a `.gitignore`. A pattern that can match nothing is passed over, as git does."""
        lines = text.removeprefix("\ufeff").split("\n")
        patterns = [pattern for line in lines if (pattern := _parsed(line.removesuffix("\r"))) is not None]
        runs = groupby(patterns, key=lambda pattern: pattern.excludes)
        return cls(tuple(_rule(excludes, list(run)) for excludes, run in runs)[::-1])

    def verdict(self, path: str, name: str) -> bool | None:
        """True to leave it out, False to keep it, None to ask the next file. Directories end in a slash."""
        for rule in self._rules:
            if rule.matches(path, name):
                return rule.excludes
        return None


def _parsed(line: str) -> _Pattern | None:
    if line.startswith("#"):
        return None
    glob = _without_trailing_spaces(line)
    excludes = not glob.startswith("!")
    glob = glob.removeprefix("!")
    directories_only = glob.endswith("/")
    glob = glob.removesuffix("/")
    by_name = "/" not in glob
    regex = regex_of(glob.removeprefix("/"))
    return None if regex is None else _Pattern(regex, excludes, by_name, directories_only)


def _without_trailing_spaces(line: str) -> str:
    """Without the spaces at its end, but for one behind a backslash."""
    end = at = 0
    while at < len(line):
        if line[at] == " ":
            at += 1
        else:
            at += 2 if line[at] == "\\" else 1
            end = at
    return line[:end]


def _rule(excludes: bool, patterns: list[_Pattern]) -> _Rule:
    return _Rule(
        excludes=excludes,
        by_name=_any_of([pattern for pattern in patterns if pattern.by_name]),
        by_path=_any_of([pattern for pattern in patterns if not pattern.by_name]),
    )


def _any_of(patterns: list[_Pattern]) -> re.Pattern[str] | None:
    alternatives = [f"(?:{pattern.regex}){'/' if pattern.directories_only else '/?'}" for pattern in patterns]
    return re.compile("|".join(alternatives), re.DOTALL) if alternatives else None


class _Layer(NamedTuple):
    """An ignore file, and how many characters of a path stand before the part that it speaks of.

    A file above the source's root speaks of more than the path: `above` is that part, with a slash at its end.
    """

    file: IgnoreFile
    depth: int
    above: str = ""


@dataclass(frozen=True, slots=True)
class IgnoreScope:
    """The ignore files that hold in one directory of a source, deepest first."""

    gitignores: tuple[_Layer, ...] = ()
    noindexes: tuple[_Layer, ...] = ()

    def from_above(self, gitignore: str, *, above: str) -> "IgnoreScope":
        """With a `.gitignore` from outside the source; `above` leads from its directory to the source's root."""
        layer = _Layer(IgnoreFile.parsed(gitignore), 0, f"{above}/" if above else "")
        return IgnoreScope((layer, *self.gitignores), self.noindexes)

    def within(self, directory: str, *, gitignore: str | None = None, noindex: str | None = None) -> "IgnoreScope":
        """The scope inside `directory` (relative to the root, "" for the root), given the texts that it holds."""
        if gitignore is None and noindex is None:
            return self
        depth = len(directory) + 1 if directory else 0
        return IgnoreScope(
            _deeper(self.gitignores, gitignore, depth),
            _deeper(self.noindexes, noindex, depth),
        )

    def excludes(self, path: str, *, is_directory: bool) -> bool:
        """True when the rules in force leave out `path`, whose parent directory this is the scope of."""
        if not self.gitignores and not self.noindexes:
            return False
        marked = f"{path}/" if is_directory else path
        name = marked[path.rfind("/") + 1 :]
        return _verdict(self.gitignores, marked, name) or _verdict(self.noindexes, marked, name)


def _deeper(layers: tuple[_Layer, ...], text: str | None, depth: int) -> tuple[_Layer, ...]:
    return layers if text is None else (_Layer(IgnoreFile.parsed(text), depth), *layers)


def _verdict(layers: tuple[_Layer, ...], path: str, name: str) -> bool:
    for layer in layers:
        verdict = layer.file.verdict(layer.above + path[layer.depth :], name)
        if verdict is not None:
            return verdict
    return False


def leaves_out_its_directory(noindex: str) -> bool:
    """True for the text of a `.noindex` that says nothing but: not here."""
    return not noindex.strip()


def parents(path: str) -> Iterator[str]:
    """The directories that `path` lies in, outermost first, without the root."""
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)
