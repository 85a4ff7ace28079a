"""What is asked of packages, and what is answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.licenses import licenses
from kodit.domain.nixpkgs.nix_package import License, NixPackage


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFilters:
    """Which packages may be answered at all. Empty, or None, means: any.

    `licenses` are SPDX identifiers or names, in any spelling, of which a package must have one. `platforms` are
    systems, of which it must be for one. The others ask for packages that are so (True) or are not (False).
    """

    index_ids: frozenset[int] = frozenset()
    licenses: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    broken: bool | None = None
    unfree: bool | None = None
    insecure: bool | None = None
    unsupported: bool | None = None

    @property
    def flags(self) -> Mapping[str, bool]:
        """What is asked of a package's flags, by the field that has each."""
        asked = {
            "is_broken": self.broken,
            "is_unfree": self.unfree,
            "is_insecure": self.insecure,
            "is_unsupported": self.unsupported,
        }
        return {name: wanted for name, wanted in asked.items() if wanted is not None}

    @property
    def narrows(self) -> bool:
        """True when not every package of the chosen channels passes."""
        return bool(self.licenses or self.platforms or self.flags)

    def accepts(self, package: NixPackage) -> bool:
        """Whether a package of one of the channels passes."""
        return (
            self.accepts_licenses(package.licenses)
            and self.accepts_platforms(package.platforms)
            and all(getattr(package, name) is wanted for name, wanted in self.flags.items())
        )

    def accepts_licenses(self, held: Collection[License]) -> bool:
        """Whether one of a package's licences is asked for."""
        return not self.licenses or any(is_called(license, asked) for license in held for asked in self.licenses)

    def accepts_platforms(self, held: Collection[str]) -> bool:
        """Whether one of a package's platforms is asked for: one that names none is for all of them."""
        return not self.platforms or not held or not self.platforms.isdisjoint(held)


def is_called(license: License, asked: str) -> bool:
    """Whether a licence is meant by an SPDX identifier or a name.

    Case does not count, old spellings are known (`gpl2Plus`), and an identifier without its end means each that begins
    so: `GPL-2.0` is `GPL-2.0-only` and `GPL-2.0-or-later`.
    """
    wanted = asked.casefold().strip()
    spdx = (license.spdx_id or "").casefold()
    if not wanted:
        return False
    if wanted in (license.name.casefold(), spdx) or spdx in (f"{wanted}-only", f"{wanted}-or-later"):
        return True
    return spdx != "" and any(one.spdx_id == license.spdx_id for one in licenses(asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageQuery:
    """One search over packages. `text` may be any string at all."""

    text: str
    filters: PackageFilters = field(default_factory=PackageFilters)
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageCandidate:
    """What ranking looks at of a package; `id` is that of the snippet that holds its text."""

    id: int
    index_id: int
    attr: AttrPath
    pname: str
    version: str
    description: str | None
    long_description: str | None
    main_program: str | None


class SearchedChannel(NamedTuple):
    """What an answer says of the channel that it is from.

    `release` is what its makers call the release. `is_complete` is set where all packages are of one release.
    """

    id: int
    name: str
    release: str | None = None
    is_complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageHit:
    """One answer. `ranks` has its place (from 1) in each list that it came from, by the list's name."""

    channel: str
    score: float
    ranks: Mapping[str, int]
    package: NixPackage
