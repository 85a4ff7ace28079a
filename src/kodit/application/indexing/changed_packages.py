"""What a few changed files mean to the packages of a source, where no manifest is among them."""

from collections.abc import Sequence
from itertools import chain

from kodit.application.unit_of_work import UnitOfWork
from kodit.domain.sources.file import File, FileStatus
from kodit.domain.sources.manifest import READ_AS, PackageKind, manifest_kind
from kodit.domain.sources.ownership import Ownership
from kodit.domain.sources.package import OwnedFile, PackageKey, PackageOutline
from kodit.domain.sources.plan import PackagePlan, plan_of
from kodit.domain.sources.source import Source

FEW = 200
"""Changed files. With more of them it is as quick to look at all."""

_ROOT = PackageKey("", PackageKind.DIRECTORY)
"""The package that there is only while there are files that no other one owns."""


async def plan_of_few(unit: UnitOfWork, source: Source) -> tuple[PackagePlan, int] | None:
    """The plan for the packages that own changed files, and how many packages there are.

    None where the packages of the source may be others than those that are stored: then all files tell what they are.
    """
    if source.indexed_at is None:
        return None
    changed = await unit.files.changed(source.id)
    if len(changed) > FEW or any(map(_tells_of_packages, changed)):
        return None
    packages = await unit.packages.outlines(source.id)
    # One that waits for its extraction was left so by a run that did not come to its end.
    if any(one.source_hash is None for one in packages) or await unit.packages.has_other(source.id, READ_AS):
        return None
    return await _planned(unit, packages, changed)


def _tells_of_packages(file: File) -> bool:
    if file.status is FileStatus.RENAMED and file.former_paths is None:
        return True
    return any(manifest_kind(path) is not None for path in (file.path, *(file.former_paths or ())))


async def _planned(
    unit: UnitOfWork, packages: Sequence[PackageOutline], changed: Sequence[File]
) -> tuple[PackagePlan, int] | None:
    ids = {one.key: one.id for one in packages}
    ownership = Ownership(ids)
    present = [file for file in changed if file.status is not FileStatus.DELETED]
    keys = [ownership.of(file.path) for file in present]
    before = await unit.packages.owners([file.id for file in changed])
    touched = {*(ids[key] for key in keys if key is not None), *before.values()}
    moved = [OwnedFile(one.id, one.path, one.size, one.content_hash, before.get(one.id)) for one in present]
    files = {one.id: one for one in chain(moved, await unit.packages.files_of(touched))}
    root = ids.get(_ROOT)
    if None in keys or (root in touched and all(ownership.of(one.path) != _ROOT for one in files.values())):
        return None
    return plan_of(packages, files.values(), among=touched), len(packages)
