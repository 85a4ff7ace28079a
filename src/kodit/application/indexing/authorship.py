"""What SYNC learns of the commits: who changed each file last, and when."""

from collections.abc import Collection, Mapping, Sequence

from kodit.application.unit_of_work import Storage
from kodit.domain.sources.file import File
from kodit.domain.sources.history import History
from kodit.domain.sources.ports import WorkingCopy
from kodit.domain.sources.source import Source


async def history_of(
    copy: WorkingCopy, source: Source, stored: Mapping[str, File], listed: Collection[str] | None
) -> History:
    """What the commits since the last look say, or all commits where that does not do.

    `listed` are the paths of all files, None when only differences were looked at: a file that the rules left out so
    far may have been changed long ago.
    """
    # A listing of everything is also what changed submodules ask for, and of those only a whole history tells.
    afresh = source.rules is None or (listed is not None and source.follows_submodules)
    since = None if afresh else source.commit
    history = await copy.history(since)
    if listed is None or not history.follows:
        return history
    known = {path for path, file in stored.items() if file.changed_at is not None}
    return history if known.union(history.touches).issuperset(listed) else await copy.history(None)


async def with_history(
    storage: Storage, source: Source, history: History, stored: Mapping[str, File], rows: Sequence[File]
) -> Sequence[File]:
    """The rows to store, with what is known of them, and those that only their history has changed.

    `stored` are the files that were compared, as they were; `rows` those of them that changed, as they shall be.
    """
    async with storage.read() as unit:
        others = await unit.files.at(source.id, history.touches.keys() - stored.keys() - {row.path for row in rows})
    before = {**stored, **others}
    changed = {row.id for row in rows if row.id}
    unchanged = [file for file in before.values() if file.id not in changed]
    told = history.told_of([*rows, *unchanged], known=before.keys())
    return [*told[: len(rows)], *(new for new, old in zip(told[len(rows) :], unchanged, strict=True) if new is not old)]
