"""When there is no use in going on with an evaluation, and what is said then."""

from pathlib import Path

from kodit.domain.errors import InvalidInput, KoditError, Unavailable
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.infrastructure.nix.limits import Cause, Death

MOST_STARTS = 2_000
"""Starts of nix for one evaluation. Each costs what importing the tree takes: a tenth of a second up to a whole one."""

MOST_EXCESSES = 20
"""Attributes and fields that may take too long or too much, as each costs all that it may take."""

_MORE = "raise KODIT_NIX_TIME_LIMIT or KODIT_NIX_MEMORY_LIMIT"


class Patience:
    """How often an evaluation may still be begun anew."""

    def __init__(self) -> None:
        self._starts = 0
        self._excesses = 0

    def spend(self, path: AttrPath, death: Death, *, is_its_fault: bool) -> None:
        """Count that nix ended at an attribute. Raises Unavailable when that was once too often."""
        self._starts += 1
        self._excesses += is_its_fault and death.cause is not Cause.ERROR
        if self._excesses > MOST_EXCESSES:
            raise Unavailable(
                f"more than {MOST_EXCESSES} attributes take too much time or memory, as {path}: {death.message}",
                remedy=_MORE,
            )
        if self._starts > MOST_STARTS:
            raise Unavailable(
                f"nix had to be started {MOST_STARTS:,} times; of {path} it says: {death.message}",
                remedy="evaluate with the nix that the tree is for, or raise KODIT_NIX_MEMORY_LIMIT",
            )


def refusal(death: Death, root: Path) -> KoditError:
    """The error for a tree of which not even the first attribute was reached."""
    if death.cause is not Cause.ERROR:
        return Unavailable(f"the tree at {root} cannot be read: {death.message}", remedy=_MORE)
    if "requires nix" in death.message.lower():
        return Unavailable(
            f"this nix is too old for the tree at {root}: {death.message}",
            remedy="install a newer nix, or give the packages.json of the channel's release",
        )
    return InvalidInput(
        f"{root} cannot be evaluated as a nixpkgs tree: {death.message}",
        remedy="name a directory whose default.nix gives a set of packages",
    )
