"""What `walk.nix` is asked for: one expression, handed to nix on its standard input."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.walk import Walk


@dataclass(frozen=True, slots=True)
class GoingOn:
    """Where a walk goes on that has ended too early.

    At `path`, which is done `again` or else passed over. `careful` has its fields looked at one after the other, but
    for those in `without`.
    """

    path: AttrPath
    again: bool = False
    careful: bool = False
    without: frozenset[str] = frozenset()

    def has_left(self, path: AttrPath) -> bool:
        """Whether an attribute is still to be looked at."""
        return path > self.path or (self.again and path == self.path)


@dataclass(frozen=True, slots=True)
class Request:
    """A walk through the tree in a file, or what is left of it.

    `bare` has the tree called without arguments, for a function that takes none.
    """

    tree: Path
    walk: Walk
    going_on: GoingOn | None = None
    bare: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to be looked at."""
        return bool(self.walk.attributes) and not self._attributes()

    def leads_on(self, path: AttrPath) -> bool:
        """Whether this is a set around the attribute that the walk goes on at."""
        there = self.going_on.path.parts if self.going_on else ()
        return len(path.parts) < len(there) and there[: len(path.parts)] == path.parts

    def expression(self, token: str) -> str:
        """The expression; what it says on stderr begins with the token."""
        walk, start = self.walk, self.going_on or GoingOn(AttrPath(()))
        globs = [AttrPath.parse(glob).parts for glob in walk.scopes]
        asked = {
            "token": token,
            "tree": str(self.tree),
            "bare": self.bare,
            "system": walk.system,
            "depth": walk.depth,
            "recurseAll": walk.recurse_all,
            "scopes": "|".join(_pattern(glob[0]) for glob in globs if len(glob) == 1) or "()",
            "nested": [[_pattern(name) for name in glob] for glob in globs if len(glob) > 1],
            "attributes": [list(path.parts) for path in self._attributes()] if walk.attributes else None,
            "explain": 0 < len(walk.attributes) <= EXPLAINED,
            "from": list(start.path.parts),
            "again": start.again,
            "careful": start.careful,
            "without": sorted(start.without),
        }
        return f"({_program()}) (builtins.fromJSON {_literal(json.dumps(asked))})"

    def _attributes(self) -> Sequence[AttrPath]:
        wanted = sorted(path for path in set(self.walk.attributes) if is_spelled_in_nix(path))
        return [path for path in wanted if self.going_on is None or self.going_on.has_left(path)]


EXPLAINED = 20
"""Of so few attributes it is found out what they throw: each that does costs a start of nix."""


def is_spelled_in_nix(path: AttrPath) -> bool:
    """Whether nix can have such a name: it has text without null characters."""
    return all("\0" not in part and not _SURROGATES.search(part) for part in path.parts)


_SURROGATES = re.compile("[\ud800-\udfff]")


@cache
def _program() -> str:
    return Path(__file__).with_name("walk.nix").read_text(encoding="utf-8")


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return f'"{escaped}"'


def _pattern(glob: str) -> str:
    """A POSIX extended regular expression for one name, from a glob with `*`, `?` and `[...]`."""
    return "".join(_translated(re.findall(r"\[!?\]?[^\]]*\]|.", glob, re.DOTALL)))


def _translated(pieces: Iterable[str]) -> Iterable[str]:
    for piece in pieces:
        if len(piece) > 1:
            yield f"[^{piece[2:]}" if piece.startswith("[!") else piece
        elif piece in "*?":
            yield {"*": ".*", "?": "."}[piece]
        else:
            yield f"\\{piece}" if piece in r"\.[]{}()+|^$" else piece
