"""EXTRACT: cut changed files into snippets."""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage
from kodit.domain.code.classification import is_too_large
from kodit.domain.code.extracted import ExtractedFile, FileContent
from kodit.domain.code.ports import SnippetExtractor
from kodit.domain.code.replacement import SnippetChanges, replacement
from kodit.domain.sources.file import File, FileStatus, SkipReason
from kodit.domain.sources.ports import WorkingCopies, WorkingCopy
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.progress import TaskOperation

BATCH_FILES = 200
BATCH_SNIPPETS = 4_000
"""What one transaction stores at most: a killed worker loses no more than this, and other writers wait no longer."""


async def extract(
    work: Work, *, storage: Storage, working_copies: WorkingCopies, extractor: SnippetExtractor
) -> Outcome:
    """Replace the snippets of changed files and remove those of deleted ones, a batch in a transaction.

    What a batch has stored is not extracted again by a later attempt. A file that cannot be read or parsed is
    stored with the reason, and costs nothing but itself.
    """
    async with storage.read() as unit:
        source = await unit.sources.get(work.index_id)
        pending = await unit.files.pending(source.id)
    counts: Counter[str] = Counter()
    await _remove_deleted(work, storage, [file for file in pending if file.status is FileStatus.DELETED], counts)
    changed = [file for file in pending if file.status is not FileStatus.DELETED]
    async with work.progress.step(TaskOperation.EXTRACT_SNIPPETS, total=len(changed)) as step:
        if not changed:
            await step.skip("no changed files")
            return Done(counts)
        copy = await working_copies.open(source)
        async with aclosing(_batches(copy, changed, extractor)) as batches:
            async for batch in batches:
                await _store(storage, source.id, batch, counts)
                await step.advance(len(batch.files))
    return Done(counts)


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


async def _remove_deleted(work: Work, storage: Storage, deleted: Sequence[File], counts: Counter[str]) -> None:
    async with work.progress.step(TaskOperation.DELETE_OLD_SNIPPETS, total=len(deleted)) as step:
        if not deleted:
            await step.skip("no deleted files")
            return
        async with storage.write() as unit:
            stored = await unit.snippets.of_files([file.id for file in deleted])
            changes = [replacement(file.id, stored.get(file.id, ()), ()) for file in deleted]
            await unit.snippets.apply(work.index_id, changes)
        _count_snippets(counts, changes)
        await step.advance(len(deleted))


async def _batches(
    copy: WorkingCopy, files: Sequence[File], extractor: SnippetExtractor
) -> AsyncGenerator[_Batch, None]:
    """Extracted files by path; what is too large or cannot be read is a result of its own."""
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


async def _store(storage: Storage, index_id: int, batch: _Batch, counts: Counter[str]) -> None:
    """Snippets and file rows together, so that a file counts as processed exactly when its snippets are there."""
    async with storage.write() as unit:
        stored = await unit.snippets.of_files([file.id for file in batch.files])
        pairs = list(zip(batch.files, batch.extracted, strict=True))
        changes = [replacement(file.id, stored.get(file.id, ()), extracted.snippets) for file, extracted in pairs]
        await unit.snippets.apply(index_id, changes)
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
