"""What indexing nixpkgs needs from the world."""

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import Channel, HeldPackage, PackageTally, StoredNixPackage
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.nixpkgs.release import Release
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, Walk


class PackageEvaluator(Protocol):
    """Evaluates nixpkgs trees. Held to tests/contracts/test_package_evaluator.py."""

    def evaluate(self, tree: str, walk: Walk) -> AsyncGenerator[Evaluated, None]:
        """Every package that the walk finds, each once, in the order of their paths within a set.

        An attribute that cannot be evaluated is a result of its own, and costs only what follows from it. Raises
        NotFound where no tree lies at this path, Unavailable when there is no evaluator, or when it takes longer or
        more memory than it may.
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
