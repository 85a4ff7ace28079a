"""SYNC of a channel: find out whether it has another release."""

from collections.abc import Mapping

from kodit.application.indexing.models import DerivedModels
from kodit.application.indexing.sync import UNCHANGED, lagging
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.code.marks import Derived
from kodit.domain.nixpkgs.channel import READ_AS, Channel
from kodit.domain.nixpkgs.ports import Releases
from kodit.domain.nixpkgs.release import Release
from kodit.domain.sources.file import FileStatus
from kodit.domain.sources.source import Source
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.progress import TaskOperation


async def sync_channel(work: Work, *, storage: Storage, releases: Releases, models: DerivedModels) -> Outcome:
    """When the stored packages are all of the release that there is, the phases after this one have nothing to do."""
    async with storage.read() as unit:
        source = await unit.sources.get(work.index_id)
        channel = await unit.channels.of(source.id)
    async with work.progress.step(TaskOperation.RESOLVE_RELEASE):
        release = await releases.resolve(source.repository)
    async with storage.read() as unit:
        packages = await unit.nix_packages.tally(source.id)
        # A channel without any package goes through all phases once, so that it counts as indexed.
        nothing_to_do = (
            is_up_to_date(source, channel, release)
            and source.indexed_at is not None
            and not _waiting(await unit.files.tally(source.id))
            and not await lagging(unit, source.id, wanted_models(models, channel))
        )
    if nothing_to_do:
        return Done({"files_unchanged": packages.total}, skip_followers=UNCHANGED)
    return Done({})


def _waiting(tally: Mapping[FileStatus, int]) -> bool:
    """Whether an unfinished run has left packages to the later phases."""
    return any(number for status, number in tally.items() if status is not FileStatus.CLEAN)


def is_up_to_date(source: Source, channel: Channel, release: Release) -> bool:
    """Whether all stored packages are of this release, and made as they are made today."""
    return channel.complete_as == release.id and source.extracted_as == READ_AS


def wanted_models(models: DerivedModels, channel: Channel) -> DerivedModels:
    """What is derived from a channel's packages: descriptions only where somebody wants them."""
    return {
        derived: model for derived, model in models.items() if channel.described or derived is not Derived.TEXT_VECTORS
    }
