"""What indexing nixpkgs needs from the world."""

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import Channel, HeldPackage, PackageTally, StoredNixPackage
from kodit.domain.nixpkgs.name_filter import NameFilter
from kodit.domain.nixpkgs.nix_package import License, NixPackage
from kodit.domain.nixpkgs.package_query import PackageCandidate, PackageFilters, SearchedChannel
from kodit.domain.nixpkgs.release import Release
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, Walk


class PackageEvaluator(Protocol):
    """Evaluates nixpkgs trees. Held to tests/contracts/test_package_evaluator.py."""

    def evaluate(self, tree: str, walk: Walk) -> AsyncGenerator[Evaluated, None]:
        """Every package that the walk finds, each once, in the order of their paths within a set.

        An attribute that cannot be evaluated is a result of its own, and costs only what follows from it; so is a given
        one that does not exist, or is no package. A field that cannot be evaluated is left out. A consumer that stops
        early should close the generator (`contextlib.aclosing`). Raises NotFound where no tree lies at this path,
        InvalidInput for what is none, Refused for one that may not be read, Unavailable when there is no evaluator, or
        when it takes longer or more memory than it may.
        """
        ...


class Releases(Protocol):
    """Gives the releases of channels. Held to tests/contracts/test_releases.py."""

    async def resolve(self, location: str) -> Release:
        """The release that a channel has now, brought to this machine.

        Raises NotFound for a location where there is none, Unavailable for a network that does not answer,
        InvalidInput for what is neither a tree nor a list of packages.
        """
        ...

    def read(self, release: Release, walk: Walk) -> AsyncGenerator[Evaluated, None]:
        """What it has, as the walk wants it, streamed in bounded memory; of a list, the attributes that are in it."""
        ...

    async def discard(self, location: str) -> None:
        """Delete what is kept of the location on this machine's disk. Never touches what users have there."""
        ...


class ChannelRepository(Protocol):
    """Where channels are kept. Held to tests/contracts/test_channel_repository.py."""

    async def of(self, index_id: int) -> Channel:
        """The channel of a source; read as is usual, where nothing was ever saved."""
        ...

    async def all(self) -> Mapping[int, Channel]:
        """Every channel that was ever saved, by its source."""
        ...

    async def save(self, channel: Channel) -> None:
        """Store it in the place of what was known of it."""
        ...

    async def failures(self, index_id: int) -> Sequence[EvaluationFailure]:
        """The attributes that could not be evaluated, by path."""
        ...

    async def count_failures(self, index_id: int) -> int:
        """How many these are."""
        ...

    async def record_failures(self, index_id: int, failures: Iterable[EvaluationFailure]) -> None:
        """Store failures, in the place of those of the same attributes; others stay."""
        ...

    async def keep_failures(self, index_id: int, attrs: Collection[AttrPath]) -> None:
        """Forget all failures but those of these attributes."""
        ...


class NixPackageRepository(Protocol):
    """Where the packages of channels are kept. Held to tests/contracts/test_nix_package_repository.py.

    A package stands in the place of a file, which must be stored before it: the file's path is the package's attribute
    path as text, the file's content hash that of the package.
    """

    async def held(self, index_id: int) -> Mapping[str, HeldPackage]:
        """Every package of an index, by its attribute path as text."""
        ...

    async def save(self, index_id: int, packages: Mapping[int, NixPackage]) -> None:
        """Store packages by the ids of their files, in the place of those that were stored for these."""
        ...

    async def remove(self, index_id: int, file_ids: Collection[int]) -> None:
        """Forget the packages that stand in the place of these files."""
        ...

    async def tidy(self, index_id: int) -> None:
        """Let go of what is kept for several packages and no package needs any more."""
        ...

    async def get(self, index_id: int, attr: AttrPath) -> StoredNixPackage | None:
        """The package of this attribute path, None where there is none."""
        ...

    async def of_files(self, file_ids: Collection[int]) -> Mapping[int, StoredNixPackage]:
        """The packages that stand in the place of these files, by file; what is none is left out."""
        ...

    async def after(self, index_id: int, file_id: int, *, limit: int) -> Sequence[StoredNixPackage]:
        """The next `limit` packages of an index with a file id above `file_id`, by that: one page of all of them."""
        ...

    async def tally(self, index_id: int) -> PackageTally:
        """How many packages an index has."""
        ...


class NixPackageSearch(Protocol):
    """Packages as a search sees them, each by the id of the snippet that holds its text.

    Held to tests/contracts/test_nix_package_search.py. Names are asked for in lower case, as `names_of` gives them, and
    given back so. Every call may raise Locked or DatabaseUnusable.
    """

    async def channels(self) -> Sequence[SearchedChannel]:
        """Every channel, by name."""
        ...

    async def passing(self, filters: PackageFilters) -> Collection[int]:
        """The packages that pass the filters."""
        ...

    async def called(self, names: Collection[str], filters: PackageFilters, *, limit: int) -> Sequence[int]:
        """Packages that are called one of these names as a whole; those with the shorter attribute path first."""
        ...

    async def with_parts(self, parts: Collection[str], filters: PackageFilters, *, limit: int) -> Sequence[int]:
        """Packages whose names have one of these as a part; those that have most of them first, then as `called`."""
        ...

    async def beginning(self, start: str, filters: PackageFilters, *, limit: int) -> Sequence[int]:
        """Packages with a name that begins so, then those with a part of one; the shorter first, then as `called`."""
        ...

    async def alike(self, name: str, index_ids: Collection[int], *, most: int, anyhow: bool = False) -> Sequence[str]:
        """The names and parts of names that `nearest_names` finds for this one among those that begin alike.

        With `anyhow`, and where none of these is near, it finds them among all. No index means any.
        """
        ...

    async def candidates(self, ids: Collection[int]) -> Mapping[int, PackageCandidate]:
        """What ranking looks at of the packages that still exist."""
        ...

    async def packages(self, ids: Collection[int]) -> Mapping[int, NixPackage]:
        """The packages that still exist."""
        ...

    async def name_filters(self, index_ids: Collection[int]) -> Mapping[int, NameFilter]:
        """What tells whether a channel may have a name, without looking at its packages; none while it changes."""
        ...

    async def licenses(self, index_ids: Collection[int]) -> Collection[License]:
        """Every licence that a package of these channels has; no index means any."""
        ...

    async def platforms(self, index_ids: Collection[int]) -> Collection[str]:
        """Every platform that a package of these channels has; no index means any."""
        ...


class NameFilterRepository(Protocol):
    """Where the filters of channels' names are kept. Held to tests/contracts/test_name_filter_repository.py.

    A filter is there, or it is of exactly the names that are stored: whoever changes names says so in the transaction
    that changes them.
    """

    async def names_changed(self, index_id: int) -> None:
        """Take the filter of a channel away, as its names are changed by this transaction."""
        ...

    async def names(self, index_id: int) -> tuple[int, Collection[str]]:
        """The version of a channel's names, and these names, but for parts of names."""
        ...

    async def put(self, index_id: int, version: int, made: NameFilter) -> bool:
        """Store a filter of the names of this version; False, and nothing done, when they have changed since."""
        ...
