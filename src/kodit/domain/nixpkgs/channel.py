"""A source whose packages are those of nixpkgs, and what is known of them as a whole."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.nixpkgs.release import Release
from kodit.domain.nixpkgs.walk import Walk

READ_AS = 1
"""The number of the way in which packages are cleaned and named. Packages read in another way are all read again."""

LANGUAGE = "nixpkgs"
"""What stands for the language of a package where it stands in the place of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How a source's packages are read, under the source's id, and how far they are.

    `release_name` is what the makers of the release call it that was read last. `complete_as` is the id of the release
    that the stored packages are all of, None while some of them may be of another or were looked for otherwise.
    `described` is set where packages are described in other words than their own.
    """

    index_id: int
    walk: Walk = field(default_factory=Walk)
    release_name: str | None = None
    complete_as: str | None = None
    described: bool = False

    def read_by(self, walk: Walk, *, described: bool) -> Self:
        """The channel as it is read from now on; another walk leaves nothing complete."""
        complete = self.complete_as if walk == self.walk else None
        return replace(self, walk=walk, described=described, complete_as=complete)

    def incomplete(self) -> Self:
        """While some of its packages may be of another release."""
        return replace(self, complete_as=None)

    def completed(self, release: Release) -> Self:
        """When all of its packages are of a release."""
        return replace(self, complete_as=release.id, release_name=release.name)


class StoredNixPackage(NamedTuple):
    """A package with its place in the database: the file that it stands in the place of."""

    file_id: int
    index_id: int
    package: NixPackage


class HeldPackage(NamedTuple):
    """A package that is stored, as far as it takes to see whether it changed."""

    file_id: int
    content_hash: str


class PackageTally(NamedTuple):
    """How many packages a channel has: at the top of the tree, and in sets of it."""

    top_level: int = 0
    nested: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.top_level + self.nested
