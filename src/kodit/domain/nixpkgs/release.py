"""A channel's packages at one moment."""

from dataclasses import dataclass
from enum import StrEnum


class ReleaseForm(StrEnum):
    """How a release says what its packages are."""

    TREE = "tree"
    """A nixpkgs tree, to be evaluated."""
    LIST = "list"
    """A list of packages that somebody has evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a channel gave when it was last asked.

    `id` changes if and only if its packages may have: a commit, or the SHA-256 of the list. `name` is what its makers
    call it, where they do. `path` is where it lies on this machine.
    """

    id: str
    form: ReleaseForm
    path: str
    name: str | None = None
