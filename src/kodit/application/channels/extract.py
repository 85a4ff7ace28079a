"""EXTRACT of a channel: read its release, and store the packages that changed."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from kodit.application.channels.name_filters import make_name_filter
from kodit.application.channels.package_store import PackageStore
from kodit.application.channels.sync import is_up_to_date
from kodit.application.indexing.sync import UNCHANGED
from kodit.application.indexing.trailing import Trailing
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.channel import READ_AS, Channel
from kodit.domain.nixpkgs.cleaning import cleaned
from kodit.domain.nixpkgs.comparison import ReleaseComparison
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.nixpkgs.ports import Releases
from kodit.domain.nixpkgs.release import Release, ReleaseForm
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure
from kodit.domain.sources.source import Source
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.progress import TaskOperation

BATCH = 1_000
"""Packages that are cleaned at once and stored in one transaction: a killed worker loses no more than this, and other
writers wait no longer, which is about a tenth of a second."""


async def extract_channel(work: Work, *, storage: Storage, releases: Releases) -> Outcome:
    """Store what is new or another, a batch in a transaction, and remove what is gone.

    The release is read again by a later attempt, but what a batch has stored is not stored again. A package is gone
    only when the release was read to its end without it: an attribute that could not be evaluated keeps the package
    that it had, and is recorded.
    """
    async with storage.read() as unit:
        source = await unit.sources.get(work.index_id)
        channel = await unit.channels.of(source.id)
    async with work.progress.step(TaskOperation.RESOLVE_RELEASE):
        release = await releases.resolve(source.repository)
    if is_up_to_date(source, channel, release):
        async with work.progress.step(TaskOperation.READ_PACKAGES) as step:
            await step.skip(UNCHANGED)
        return Done({})
    async with storage.write() as unit:
        await unit.channels.save((await unit.channels.of(source.id)).incomplete())
        held = await unit.nix_packages.held(source.id)
    comparison = ReleaseComparison(held, afresh=source.extracted_as not in (None, READ_AS))
    counts: Counter[str] = Counter()
    store = PackageStore(storage, source.id, comparison, counts)
    await _read(work, releases, (release, channel), store)
    await _remove_gone(work, store)
    async with storage.write() as unit:
        await unit.channels.keep_failures(source.id, comparison.failed)
        await unit.nix_packages.tidy(source.id)
    await make_name_filter(storage, source.id)
    # What lies on a disk may have been changed while it was read: then it is read again next time.
    if not source.lies_on_disk or (await releases.resolve(source.repository)).id == release.id:
        await _complete(storage, source, channel, release)
    return Done(counts)


async def _read(work: Work, releases: Releases, what: tuple[Release, Channel], store: PackageStore) -> None:
    """A batch is stored while the next one is read."""
    release, channel = what
    root = release.path if release.form is ReleaseForm.TREE else ""
    reading = releases.read(release, channel.walk)
    async with (
        work.progress.step(TaskOperation.READ_PACKAGES, total=len(store.comparison.held) or None) as step,
        Trailing() as storing,
        aclosing(_batches(reading)) as batches,
    ):
        async for batch in batches:
            packages, failures = await asyncio.to_thread(_cleaned, batch, root)
            await storing.give(store.add(packages, failures))
            await step.advance(len(batch))


async def _batches(reading: AsyncGenerator[Evaluated, None]) -> AsyncGenerator[Sequence[Evaluated], None]:
    batch: list[Evaluated] = []
    async with aclosing(reading):
        async for evaluated in reading:
            batch.append(evaluated)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _cleaned(batch: Sequence[Evaluated], root: str) -> tuple[Sequence[NixPackage], Sequence[EvaluationFailure]]:
    packages: list[NixPackage] = []
    failures: list[EvaluationFailure] = []
    for evaluated in batch:
        if isinstance(evaluated, EvaluationFailure):
            failures.append(evaluated)
            continue
        try:
            packages.append(cleaned(evaluated, root))
        except InvalidInput as error:
            failures.append(EvaluationFailure(evaluated.attr, str(error)))
    return packages, failures


async def _remove_gone(work: Work, store: PackageStore) -> None:
    gone = sorted(store.comparison.gone())
    async with work.progress.step(TaskOperation.DELETE_OLD_SNIPPETS, total=len(gone)) as step:
        for start in range(0, len(gone), BATCH):
            paths = gone[start : start + BATCH]
            await store.remove(paths)
            await step.advance(len(paths))
        if not gone:
            await step.skip("no package is gone")


async def _complete(storage: Storage, source: Source, read: Channel, release: Release) -> None:
    async with storage.write() as unit:
        channel = await unit.channels.of(source.id)
        now = await unit.sources.get(source.id)
        await unit.sources.update(replace(now, commit=release.id, extracted_as=READ_AS))
        # Whoever has the channel read otherwise by now has it read again.
        if channel.walk == read.walk:
            await unit.channels.save(channel.completed(release))
