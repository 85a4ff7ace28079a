"""What people may call a package."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from kodit.domain.nixpkgs.nix_package import NixPackage

LONGEST = 200
"""Characters of a name that count."""

_BETWEEN = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class NameKind(StrEnum):
    """How a name comes to be a package's."""

    ATTRIBUTE = "attribute"
    """Its whole attribute path."""
    LAST = "last"
    """The last name of its attribute path, where that has several."""
    PNAME = "pname"
    PROGRAM = "program"
    """The program that one calls it for."""
    PART = "part"
    """A word of one of the others: `webkit` and `gtk` of `webkitGtk` and of `webkit-gtk`.

    Those of the sets that it is in are left out, as thousands of others have the same.
    """


class Name(NamedTuple):
    """A name in lower case."""

    kind: NameKind
    name: str


def names_of(package: NixPackage) -> frozenset[Name]:
    """Everything that a package may be asked for by, but for its description."""
    attr = ".".join(package.attr.parts)
    whole = [(NameKind.ATTRIBUTE, attr), (NameKind.PNAME, package.pname)]
    if len(package.attr.parts) > 1:
        whole.append((NameKind.LAST, package.attr.name))
    if package.main_program:
        whole.append((NameKind.PROGRAM, package.main_program))
    named = {Name(kind, _spelled(text)) for kind, text in whole}
    own = [package.attr.name, package.pname, package.main_program or ""]
    parts = {Name(NameKind.PART, part) for text in own for part in parts_of(text)}
    return frozenset(name for name in named | parts if name.name)


def parts_of(text: str) -> Iterator[str]:
    """The words of a name, in lower case: what stands between signs, and between small and capital letters."""
    return (_spelled(part) for part in _BETWEEN.split(text) if part)


def begin_alike(one: str, other: str) -> bool:
    """Whether two names have the same first letter, or change places of the first two: people rarely miss the first."""
    return one[:1] == other[:1] or one[:2] == other[1::-1]


def _spelled(text: str) -> str:
    return text.casefold().replace("\0", "")[:LONGEST]
