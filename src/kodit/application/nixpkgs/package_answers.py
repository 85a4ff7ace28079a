"""What is answered about packages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.nixpkgs.package_query import PackageHit, PackageQuery, SearchedChannel


@dataclass(frozen=True, slots=True)
class PackageAnswers:
    """The answers, best first.

    `understood` has, for words that nothing is called and no text has, the names that were looked for in their place.
    `by_meaning_only` is set where no answer has a word of the question.
    `incomplete` are the names of the channels whose packages are not all known yet. `more` is set where there are more
    answers than were asked for.
    """

    query: PackageQuery
    hits: Sequence[PackageHit]
    understood: Mapping[str, Sequence[str]]
    by_meaning_only: bool
    incomplete: Sequence[str]
    took_ms: float
    more: bool = False


@dataclass(frozen=True, slots=True)
class FoundPackage:
    """A package and the channel that it is of."""

    channel: SearchedChannel
    package: NixPackage


@dataclass(frozen=True, slots=True)
class NameAnswer:
    """Whether something is called so.

    `packages` has the attribute paths of those that are, by channel. `by_filters` is set where it was known from the
    channels' filters alone that there are none.
    """

    name: str
    packages: Mapping[str, Sequence[str]]
    by_filters: bool = False

    @property
    def exists(self) -> bool:
        """Whether anything is called so."""
        return bool(self.packages)
