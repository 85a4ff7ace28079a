"""Arguments as callers in Python give them, who have no command line that checks them first."""

from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

from kodit.domain.errors import InvalidInput

Kind = TypeVar("Kind", bound=StrEnum)


def several(option: str, given: Collection[str]) -> None:
    """Raises InvalidInput for a single text, which Python would take apart into letters."""
    if isinstance(given, str):
        raise InvalidInput(
            f"{option} is one text, {str(given)!r}, where several may be given",
            remedy=f"give a tuple: {option}=({str(given)!r},)",
        )


def known(option: str, given: Collection[Kind], kind: type[Kind]) -> frozenset[Kind]:
    """The kinds, also those given by name. Raises InvalidInput for one that there is none of."""
    several(option, given)
    names = frozenset(kind)
    for one in given:
        if one not in names:
            raise InvalidInput(f"{option} has {one!r}, which there is none of", remedy=f"use any of {', '.join(kind)}")
    return frozenset(kind(one) for one in given)


def at_least_one(option: str, given: int | None) -> None:
    """Raises InvalidInput for a number below 1; None is none given."""
    if given is not None and given < 1:
        raise InvalidInput(f"{option} is {given}, which is less than 1", remedy=f"give {option}=1 or more")
