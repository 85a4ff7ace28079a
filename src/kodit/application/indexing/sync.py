"""SYNC: bring the working copy up to date and record what changed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from kodit.application.indexing.authorship import history_of, with_history
from kodit.application.indexing.hashing import hashed
from kodit.application.indexing.models import DerivedModels
from kodit.application.tasks.work import Work
from kodit.application.unit_of_work import Storage, UnitOfWork
from kodit.domain.code.extracted import EXTRACTED_AS
from kodit.domain.sources.changes import Changes, changes_between, to_be_hashed, unextracted
from kodit.domain.sources.file import File, FileEntry
from kodit.domain.sources.ignore import RULES
from kodit.domain.sources.ports import WorkingCopies, WorkingCopy
from kodit.domain.sources.source import Source
from kodit.domain.sources.submodule import Submodule
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.progress import TaskOperation

UNCHANGED = "nothing changed"


async def sync(
    work: Work,
    *,
    storage: Storage,
    working_copies: WorkingCopies,
    models: DerivedModels,
    now: Callable[[], datetime],
) -> Outcome:
    """Record each file's status; when nothing changed, the phases after this one have nothing to do."""
    async with storage.read() as unit:
        source = await unit.sources.get(work.index_id)
        recorded = await unit.sources.submodules(source.id)
    async with work.progress.step(TaskOperation.REFRESH_WORKING_COPY) as step:
        scanned_at_ns = int(now().timestamp() * 1_000_000_000)
        copy = await working_copies.refresh(source)
        look = await _look(copy, source, recorded)
    async with storage.read() as unit:
        stored = await unit.files.of(source.id) if look.is_whole else await unit.files.at(source.id, look.paths)
        tally = {} if look.is_whole else await unit.files.tally(source.id)
    candidates = to_be_hashed(stored, look.entries)
    async with work.progress.step(TaskOperation.SCAN_FILES, total=len(candidates)) as step:
        hashes = await hashed(copy, candidates, step.advance)
    alike = source.extracted_as == EXTRACTED_AS
    before = stored if alike else unextracted(stored)
    changes = changes_between(
        before, look.entries, hashes, index_id=source.id, scanned_at_ns=scanned_at_ns, renamed=look.renamed
    )
    changes = changes if alike else changes.forgetting(before.values())
    if not look.is_whole:
        changes = changes.among(stored.values(), tally)
    rows, committed_at = await _with_history(work, storage, copy, source, _Compared(look, stored, changes))
    async with storage.write() as unit:
        await unit.files.save(rows)
        if look.submodules is not None and list(look.submodules) != list(recorded):
            await unit.sources.record_submodules(source.id, look.submodules)
        marks = replace(source, rules=RULES, extracted_as=EXTRACTED_AS)
        seen = replace(marks, commit=copy.commit, committed_at=committed_at)
        if seen != source:
            await unit.sources.update(seen)
    async with storage.read() as unit:
        # A source without any file goes through all phases once, so that it counts as indexed.
        complete = source.indexed_at is not None and not await lagging(unit, source.id, models)
    nothing_to_do = complete and changes.pending == 0
    return Done(_counts(changes), skip_followers=UNCHANGED if nothing_to_do else None)


@dataclass(frozen=True, slots=True)
class _Look:
    """What was looked at: every file, or only those at `paths`, which differ from what is stored."""

    entries: Sequence[FileEntry]
    is_whole: bool
    paths: Collection[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    submodules: Sequence[Submodule] | None = None


async def _look(copy: WorkingCopy, source: Source, recorded: Sequence[Submodule]) -> _Look:
    """Only what changed since the commit that the stored files were read at by the same rules; else everything.

    Everything as well where another extraction has cut up the stored files: all of them are extracted again.
    """
    alike = (source.rules, source.extracted_as) == (RULES, EXTRACTED_AS)
    since = source.commit if alike else None
    if source.follows_submodules and any(one.problem for one in recorded):
        since = None  # what could not be had then may be had now
    differing = None if since is None else await copy.changes_since(since)
    if differing is None:
        return _Look(await copy.entries(), is_whole=True, submodules=await copy.submodules())
    return _Look(differing.entries, is_whole=False, paths=differing.paths, renamed=differing.renamed)


@dataclass(frozen=True, slots=True)
class _Compared:
    """What was looked at, the files that it was compared with, and what came of it."""

    look: _Look
    stored: Mapping[str, File]
    changes: Changes


async def _with_history(
    work: Work, storage: Storage, copy: WorkingCopy, source: Source, compared: _Compared
) -> tuple[Sequence[File], datetime | None]:
    """The rows to store with their authors, and when the commit was made; a directory has neither."""
    changes, stored = compared.changes, compared.stored
    if copy.commit is None or (copy.commit == source.commit and not compared.look.is_whole):
        return changes.rows, source.committed_at if copy.commit else None
    listed = {entry.path for entry in compared.look.entries} if compared.look.is_whole else None
    async with work.progress.step(TaskOperation.READ_HISTORY):
        history = await history_of(copy, source, stored, listed)
        rows = await with_history(storage, source, history, stored, changes.rows)
    return rows, history.committed_at


async def lagging(unit: UnitOfWork, index_id: int, models: DerivedModels) -> bool:
    """True while one of the derived indexes lacks snippets, as after a change of the model."""
    for derived, model in models.items():
        mark = await unit.snippets.mark(index_id, derived, model=model)
        if await unit.snippets.count_after(index_id, mark):
            return True
    return False


def _counts(changes: Changes) -> Mapping[str, int]:
    return {
        "files_added": changes.added,
        "files_modified": changes.modified,
        "files_renamed": changes.renamed,
        "files_deleted": changes.deleted,
        "files_unchanged": changes.unchanged,
    }
