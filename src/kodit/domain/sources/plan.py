"""Which packages of a source are to be extracted, and in which order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kodit.domain.sources.file import File
from kodit.domain.sources.ownership import Ownership, key_order
from kodit.domain.sources.package import OwnedFile, PackageOutline, StoredPackage, source_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePlan:
    """What is to be done about the packages of a source.

    `owners` has the files whose owner is another than the database says. `due` are the packages to be extracted, with
    the source hash that each has when that is done: first those that are new or whose manifests changed, then those
    that have other files than they were extracted from. `ranks` are the places of their files in this order.
    """

    owners: Mapping[int, int | None]
    due: Mapping[int, str]
    ranks: Mapping[int, int]

    def in_order(self, files: Iterable[File]) -> list[File]:
        """Files by their packages, and those of one package by path; what no package waits for comes last."""
        last = len(self.due) + 1
        return sorted(files, key=lambda file: (self.ranks.get(file.id, last), file.path))


def plan_of(
    packages: Sequence[StoredPackage | PackageOutline],
    files: Iterable[OwnedFile],
    *,
    among: Collection[int] | None = None,
) -> PackagePlan:
    """The plan for these packages, which are all of a source, and these files, which are all it has.

    With the ids `among`, only of these packages are these all files that they own or owned.
    """
    ids = {stored.key: stored.id for stored in packages}
    ownership = Ownership(ids)
    looked_at = [stored for stored in packages if among is None or stored.id in among]
    owned: dict[int, list[OwnedFile]] = {stored.id: [] for stored in looked_at}
    owners: dict[int, int | None] = {}
    for file in files:
        key = ownership.of(file.path)
        owner = None if key is None else ids[key]
        if owner is not None and owner in owned:
            owned[owner].append(file)
        if owner != file.package_id:
            owners[file.id] = owner
    due: dict[int, str] = {}
    ranks: dict[int, int] = {}
    hashes = {package: source_hash((file.path, file.content_hash) for file in its) for package, its in owned.items()}
    for stored in sorted(looked_at, key=_phase_and_path):
        if stored.source_hash != hashes[stored.id]:
            due[stored.id] = hashes[stored.id]
            ranks.update((file.id, len(due)) for file in owned[stored.id])
    return PackagePlan(owners=owners, due=due, ranks=ranks)


def _phase_and_path(stored: StoredPackage | PackageOutline) -> tuple[bool, tuple[str, int]]:
    return stored.source_hash is not None, key_order(stored.key)
