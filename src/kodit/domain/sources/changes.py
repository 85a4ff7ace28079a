"""What changed in a source since its files were last looked at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kodit.domain.sources.file import File, FileEntry, FileStatus

RACY_NS = 2_000_000_000
"""How old a file must be before its modification time tells one content from the next, in nanoseconds.

A file may be written twice within one tick of the file system's clock, with the same size and time. The coarsest
clock in use, that of FAT, ticks every two seconds. Git calls such an entry racily clean.
"""

UNREADABLE_HASH = ""
"""The content hash of a file that is there but cannot be read; no content has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one look at a source found.

    `rows` are the files to store: new ones with `id` 0, others with the id that they have.
    The counts speak of this look. `pending` counts all files that wait for the later phases, those that an
    earlier unfinished run left waiting among them; when it is 0, the later phases have nothing to do.
    """

    rows: tuple[File, ...]
    added: int
    modified: int
    deleted: int
    unchanged: int
    pending: int


def to_be_hashed(stored: Mapping[str, File], entries: Iterable[FileEntry]) -> list[FileEntry]:
    """The entries whose content must be read to know whether it changed.

    `stored` maps each path to its file. An entry whose size and time are as stored is taken to be unchanged.
    """
    return [entry for entry in entries if _known_hash(stored.get(entry.path), entry) is None]


def changes_between(
    stored: Mapping[str, File],
    entries: Sequence[FileEntry],
    hashes: Mapping[str, str | None],
    *,
    index_id: int,
    scanned_at_ns: int,
) -> Changes:
    """Compare what is stored with what is there.

    `hashes` has the content hash of every entry that `to_be_hashed` named: None for a file that was gone when it
    was to be hashed, `UNREADABLE_HASH` for one that could not be read.
    `scanned_at_ns` is the moment before the entries were listed, in nanoseconds since the epoch.
    Raises KeyError when a hash is missing.
    """
    found: dict[str, File] = {}
    for entry in entries:
        before = stored.get(entry.path)
        content_hash = _known_hash(before, entry)
        if content_hash is None:
            content_hash = hashes[entry.path]
        if content_hash is not None:
            seen = _Seen(entry.size, _trusted_mtime(entry, scanned_at_ns), content_hash)
            found[entry.path] = _new(index_id, entry.path, seen) if before is None else _seen_again(before, seen)
    closed = tuple(f"{entry.path}/" for entry in entries if entry.unreadable)
    missing = [file for path, file in stored.items() if path not in found]
    # Nobody can tell whether what lies in an unreadable directory is still there: it stays as it was.
    rest = [file if closed and file.path.startswith(closed) else _gone(file) for file in missing]
    return _counted(stored, [*found.values(), *rest])


@dataclass(frozen=True, slots=True)
class _Seen:
    size: int
    mtime_ns: int
    content_hash: str


def _known_hash(before: File | None, entry: FileEntry) -> str | None:
    """The content hash as far as the listing gives it, or lets the stored one stand; None to read the content."""
    if entry.unreadable:
        return UNREADABLE_HASH
    if entry.content_hash is not None:
        return entry.content_hash
    if before is None or before.status is FileStatus.DELETED or before.content_hash == UNREADABLE_HASH:
        return None
    # A time of 0 is never trusted: the file was too fresh when it was last looked at.
    same = entry.mtime_ns != 0 and (before.size, before.mtime_ns) == (entry.size, entry.mtime_ns)
    return before.content_hash if same else None


def _trusted_mtime(entry: FileEntry, scanned_at_ns: int) -> int:
    """The time to remember: 0 for a file that may yet change without its time changing."""
    return entry.mtime_ns if entry.mtime_ns < scanned_at_ns - RACY_NS else 0


def _new(index_id: int, path: str, seen: _Seen) -> File:
    return File(
        index_id=index_id,
        path=path,
        size=seen.size,
        mtime_ns=seen.mtime_ns,
        content_hash=seen.content_hash,
        status=FileStatus.ADDED,
    )


def _seen_again(before: File, seen: _Seen) -> File:
    same = before.content_hash == seen.content_hash
    file = replace(
        before,
        size=seen.size,
        mtime_ns=seen.mtime_ns,
        content_hash=seen.content_hash,
        skip_reason=before.skip_reason if same else None,
    )
    if before.status is FileStatus.DELETED:
        # The unfinished run may have deleted its snippets already, so what they were made from counts for nothing.
        return replace(file, status=FileStatus.MODIFIED, extracted_hash=None, skip_reason=None)
    if before.status is FileStatus.CLEAN and not same:
        return replace(file, status=FileStatus.MODIFIED)
    return file


def _gone(before: File) -> File:
    return before if before.status is FileStatus.DELETED else replace(before, status=FileStatus.DELETED)


def _counted(stored: Mapping[str, File], files: list[File]) -> Changes:
    rows = tuple(file for file in files if stored.get(file.path) != file)
    added = sum(file.path not in stored for file in rows)
    deleted = sum(file.status is FileStatus.DELETED for file in rows)
    modified = sum(_content_changed(stored.get(file.path), file) for file in rows)
    return Changes(
        rows=rows,
        added=added,
        modified=modified,
        deleted=deleted,
        unchanged=len(files) - added - modified - sum(file.status is FileStatus.DELETED for file in files),
        pending=sum(file.status is not FileStatus.CLEAN for file in files),
    )


def _content_changed(before: File | None, after: File) -> bool:
    if before is None or after.status is FileStatus.DELETED:
        return False
    return before.content_hash != after.content_hash or before.status is FileStatus.DELETED
