"""Where an attribute stands: paths through nested sets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import total_ordering
from typing import NamedTuple, Self

from kodit.domain.errors import InvalidInput

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_'-]*")
_KEYWORDS = frozenset({"assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with"})
_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|([^".]+)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@total_ordering
@dataclass(frozen=True, slots=True)
class AttrPath:
    """The names that lead to an attribute, outermost first: `("python3Packages", "numpy")`.

    As text it is written with dots, as nix writes it: a name that has dots or other signs in it stands in quotes.
    """

    parts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """A path from its text; a name without quotes may have any sign but dots and quotes.

        Raises InvalidInput for an empty name, or a quote that is not closed.
        """
        return cls(tuple(_parts(text)))

    @property
    def scope(self) -> Self | None:
        """The set that it is in, None at the top."""
        return type(self)(self.parts[:-1]) if len(self.parts) > 1 else None

    @property
    def name(self) -> str:
        """Its name within its set."""
        return self.parts[-1]

    def __str__(self) -> str:
        return ".".join(part if _is_bare(part) else _quoted(part) for part in self.parts)

    def __lt__(self, other: Self) -> bool:
        return self.parts < other.parts


class ScopedAttr(NamedTuple):
    """An attribute as a set and a name in it: `python3Packages.numpy` is (`python3Packages`, `numpy`)."""

    scope: str | None
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The two parts of a dotted path; a name at the top has no scope. Raises InvalidInput as `AttrPath.parse`."""
        path = AttrPath.parse(text)
        return cls(str(path.scope) if path.scope else None, path.name)


def _is_bare(part: str) -> bool:
    # Attributes such as `0ad` cannot be written bare in nix, but nothing else reads as they do, and people type them.
    return bool(_BARE.fullmatch(f"_{part}")) and part not in _KEYWORDS and part != ""


def _quoted(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return f'"{escaped}"'


def _parts(text: str) -> Iterator[str]:
    position = 0
    while (found := _PART.match(text, position)) is not None:
        yield _ESCAPED.sub(r"\1", found[1]) if found[2] is None else found[2]
        position = found.end()
        if position == len(text):
            return
        if text[position] != ".":
            break
        position += 1
    raise InvalidInput(
        f"{text!r} is no attribute path",
        remedy='names with dots between them, such as python3Packages.numpy or a."b.c"',
    )
