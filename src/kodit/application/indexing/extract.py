"""EXTRACT: cut changed files into snippets."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from kodit.application.indexing.facts import FactStore
from kodit.application.indexing.link import link
from kodit.application.indexing.packages import PackageSearch
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.code.classification import is_too_large
from kodit.domain.code.extracted import ExtractedFile, FileContent
from kodit.domain.code.ports import SnippetExtractor
from kodit.domain.code.replacement import SnippetChanges, replacement
from kodit.domain.sources.file import File, FileStatus, SkipReason
from kodit.domain.sources.ports import ManifestReader, WorkingCopies, WorkingCopy
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.progress import TaskOperation

BATCH_FILES = 200
BATCH_SNIPPETS = 4_000
"""What one transaction stores at most: a killed worker loses no more than this, and other writers wait no longer."""


async def extract(
    work: Work,
    *,
    storage: Storage,
    working_copies: WorkingCopies,
    extractor: SnippetExtractor,
    manifest_reader: ManifestReader,
) -> Outcome:
    """Replace the snippets of changed files and remove those of deleted ones, a batch in a transaction.

    Files are extracted package by package. What a batch has stored is not extracted again by a later attempt. A file
    that cannot be read or parsed is stored with the reason, and costs nothing but itself.
    """
    async with storage.read() as unit:
        source = await unit.sources.get(work.index_id)
        pending = await unit.files.pending(source.id)
    counts: Counter[str] = Counter()
    facts = FactStore(storage, source.id, pending)
    await facts.begin()
    await _remove_deleted(work, facts, [file for file in pending if file.status is FileStatus.DELETED], counts)
    opened = _once(lambda: working_copies.open(source))
    search = PackageSearch(work, source, opened=opened, reader=manifest_reader, counts=counts)
    plan = await search.run()
    changed = plan.in_order(file for file in pending if file.status is not FileStatus.DELETED)
    async with work.progress.step(TaskOperation.EXTRACT_SNIPPETS, total=len(changed)) as step:
        if changed:
            async with aclosing(_batches(await opened(), changed, extractor)) as batches:
                async for batch in batches:
                    await _store(work, facts, batch, counts)
                    await step.advance(len(batch.files))
        else:
            await step.skip("no changed files")
    await link(work, storage, counts, before=facts.placed)
    await search.done(plan)
    return Done(counts)


def _once(open_copy: Callable[[], Awaitable[WorkingCopy]]) -> Callable[[], Awaitable[WorkingCopy]]:
    """The working copy, opened when it is first asked for."""
    held: list[WorkingCopy] = []

    async def opened() -> WorkingCopy:
        if not held:
            held.append(await open_copy())
        return held[0]

    return opened


@dataclass(slots=True)
class _Batch:
    files: list[File] = field(default_factory=list)
    extracted: list[ExtractedFile] = field(default_factory=list)
    snippets: int = 0

    def add(self, file: File, extracted: ExtractedFile) -> None:
        self.files.append(file)
        self.extracted.append(extracted)
        self.snippets += len(extracted.snippets)

    @property
    def full(self) -> bool:
        return len(self.files) >= BATCH_FILES or self.snippets >= BATCH_SNIPPETS


async def _remove_deleted(work: Work, facts: FactStore, deleted: Sequence[File], counts: Counter[str]) -> None:
    async with work.progress.step(TaskOperation.DELETE_OLD_SNIPPETS, total=len(deleted)) as step:
        if not deleted:
            await step.skip("no deleted files")
            return
        async with work.storage.write() as unit:
            await facts.remove(unit, deleted)
            stored = await unit.snippets.of_files([file.id for file in deleted])
            changes = [replacement(file.id, stored.get(file.id, ()), ()) for file in deleted]
            await unit.snippets.apply(work.index_id, changes)
        _count_snippets(counts, changes)
        await step.advance(len(deleted))


async def _batches(
    copy: WorkingCopy, files: Sequence[File], extractor: SnippetExtractor
) -> AsyncGenerator[_Batch, None]:
    """Extracted files in the order given; what is too large or cannot be read is a result of its own."""
    unreadable: set[str] = set()

    async def contents(paths: Sequence[str]) -> AsyncIterator[FileContent]:
        async for path, content in copy.read(paths):
            if content is None:
                unreadable.add(path)
            yield FileContent(path=path, content=content or b"")

    batch = _Batch()
    for file in files:
        # Not even read: a file may be larger than the memory.
        if is_too_large(file.size):
            batch.add(file, ExtractedFile(path=file.path, skip_reason=SkipReason.TOO_LARGE))
    rest = [file for file in files if not is_too_large(file.size)]
    remaining = iter(rest)
    async with aclosing(extractor.extract(contents([file.path for file in rest]))) as extracting:
        async for extracted in extracting:
            file = next(remaining)
            batch.add(file, _unreadable(file) if file.path in unreadable else extracted)
            if batch.full:
                yield batch
                batch = _Batch()
    if batch.files:
        yield batch


def _unreadable(file: File) -> ExtractedFile:
    return ExtractedFile(path=file.path, skip_reason=SkipReason.UNREADABLE, problem="cannot be read")


async def _store(work: Work, facts: FactStore, batch: _Batch, counts: Counter[str]) -> None:
    """All of a file together with its row, so that it counts as processed exactly when its snippets are there."""
    async with work.storage.write() as unit:
        stored = await unit.snippets.of_files([file.id for file in batch.files])
        pairs = list(zip(batch.files, batch.extracted, strict=True))
        changes = [replacement(file.id, stored.get(file.id, ()), extracted.snippets) for file, extracted in pairs]
        await unit.snippets.apply(work.index_id, changes)
        await facts.store(unit, pairs, counts)
        await unit.files.save(_processed(file, extracted) for file, extracted in pairs)
    _count_snippets(counts, changes)
    counts.update(_file_counts(batch.extracted))


def _processed(file: File, extracted: ExtractedFile) -> File:
    return replace(
        file,
        extracted_hash=file.content_hash,
        language=extracted.language,
        skip_reason=extracted.skip_reason,
    )


def _count_snippets(counts: Counter[str], changes: Sequence[SnippetChanges]) -> None:
    counts["snippets_added"] += sum(len(change.add) for change in changes)
    counts["snippets_removed"] += sum(len(change.remove) for change in changes)
    counts["snippets_kept"] += sum(change.kept for change in changes)


def _file_counts(extracted: Sequence[ExtractedFile]) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for file in extracted:
        counts["files_extracted" if file.skip_reason is None else f"skipped: {file.skip_reason}"] += 1
    return counts
