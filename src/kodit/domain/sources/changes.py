"""What changed in a source since its files were last looked at."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kodit.domain.sources.file import File, FileEntry, FileStatus

RACY_NS = 2_000_000_000
"""How old a file must be before its modification time tells one content from the next, in nanoseconds.

A file may be written twice within one tick of the file system's clock, with the same size and time. The coarsest
clock in use, that of FAT, ticks every two seconds. Git calls such an entry racily clean.
"""

UNREADABLE_HASH = ""
"""The content hash of a file that is there but cannot be read; no content has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeChanges:
    """What differs between two trees of one source, by itself: no other file has changed.

    `entries` are the files that are new or have another content; `gone` are paths that lead to no file any more.
    `renamed` gives the earlier path of an entry that was renamed; that path is gone.
    """

    entries: tuple[FileEntry, ...] = ()
    gone: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def paths(self) -> frozenset[str]:
        """Every path that changed."""
        return frozenset(entry.path for entry in self.entries) | frozenset(self.gone)


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
    renamed: int = 0

    def among(self, stored: Iterable[File], tally: Mapping[FileStatus, int]) -> "Changes":
        """The counts for a whole source of which only `stored` was compared; `tally` is the source's before it."""
        compared = list(stored)
        present = sum(tally.values()) - tally.get(FileStatus.DELETED, 0)
        waiting = sum(tally.values()) - tally.get(FileStatus.CLEAN, 0)
        return replace(
            self,
            unchanged=self.unchanged + present - sum(file.status is not FileStatus.DELETED for file in compared),
            pending=self.pending + waiting - sum(file.status is not FileStatus.CLEAN for file in compared),
        )

    def forgetting(self, forgotten: Iterable[File]) -> "Changes":
        """Those compared with `forgotten`, with all of these among the rows: what they lost is to be stored."""
        changed = {row.id for row in self.rows if row.id}
        return replace(self, rows=(*self.rows, *(file for file in forgotten if file.id not in changed)))


def unextracted(stored: Mapping[str, File]) -> Mapping[str, File]:
    """The files as if nobody had extracted them: each that is seen again waits to be extracted."""
    return {path: replace(file, extracted_hash=None) for path, file in stored.items()}


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
    renamed: Mapping[str, str] | None = None,
) -> Changes:
    """Compare what is stored with what is there.

    `hashes` has the content hash of every entry that `to_be_hashed` named: None for a file that was gone when it
    was to be hashed, `UNREADABLE_HASH` for one that could not be read.
    `scanned_at_ns` is the moment before the entries were listed, in nanoseconds since the epoch.
    `renamed` gives the earlier path of entries that are known to be renamed; a new file with the content of one that
    is gone is taken for renamed as well.
    Raises KeyError when a hash is missing.
    """
    found: dict[str, _Seen] = {}
    for entry in entries:
        content_hash = _known_hash(stored.get(entry.path), entry)
        if content_hash is None:
            content_hash = hashes[entry.path]
        if content_hash is not None:
            found[entry.path] = _Seen(entry.size, _trusted_mtime(entry, scanned_at_ns), content_hash)
    closed = tuple(f"{entry.path}/" for entry in entries if entry.unreadable)
    # Nobody can tell whether what lies in an unreadable directory is still there: it stays as it was.
    kept = {path: file for path, file in stored.items() if closed and path.startswith(closed) and path not in found}
    missing = {path: file for path, file in stored.items() if path not in found and path not in kept}
    new = {path: seen for path, seen in found.items() if path not in stored}
    earlier = _renames(new, missing, renamed or {})
    files = [_file(index_id, path, seen, stored.get(path), earlier.get(path)) for path, seen in found.items()]
    moved = {file.path for file in earlier.values()}
    gone = [_gone(file) for path, file in missing.items() if path not in moved]
    return _counted(stored, earlier, [*files, *kept.values(), *gone])


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


def _renames(new: Mapping[str, _Seen], missing: Mapping[str, File], told: Mapping[str, str]) -> Mapping[str, File]:
    """The stored file that each new path was renamed from: as told, else one of the same content.

    Of several with the same content one with the same name is taken, then the first by path.
    """
    free = {path: file for path, file in missing.items() if file.status is not FileStatus.DELETED}
    earlier = {path: free.pop(told[path]) for path in sorted(new) if told.get(path) in free}
    for key in (_content_and_name, _content_alone):
        alike: defaultdict[object, list[str]] = defaultdict(list)
        for path in sorted(free, reverse=True):
            alike[key(path, free[path].size, free[path].content_hash)].append(path)
        for path in sorted(new):
            seen = new[path]
            # Files that are empty or cannot be read have nothing in common.
            if path in earlier or not seen.size or seen.content_hash == UNREADABLE_HASH:
                continue
            if candidates := alike.get(key(path, seen.size, seen.content_hash)):
                earlier[path] = free.pop(candidates.pop())
    return earlier


def _content_and_name(path: str, size: int, content_hash: str) -> object:
    return size, content_hash, path.rpartition("/")[2]


def _content_alone(path: str, size: int, content_hash: str) -> object:
    return size, content_hash


def _file(index_id: int, path: str, seen: _Seen, before: File | None, earlier: File | None) -> File:
    if earlier is not None:
        return _renamed(earlier, path, seen)
    return _new(index_id, path, seen) if before is None else _seen_again(before, seen)


def _renamed(earlier: File, path: str, seen: _Seen) -> File:
    """The file under its new path. All that is made from it names its path, so it is extracted again."""
    return replace(
        earlier,
        path=path,
        size=seen.size,
        mtime_ns=seen.mtime_ns,
        content_hash=seen.content_hash,
        status=FileStatus.ADDED if earlier.status is FileStatus.ADDED else FileStatus.RENAMED,
        extracted_hash=None,
        skip_reason=None,
        former_paths=(*(earlier.former_paths or ()), earlier.path),
    )


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
    waits = before.status is FileStatus.CLEAN and (not same or before.extracted_hash is None)
    if (
        same
        and not waits
        and (before.size, before.mtime_ns) == (seen.size, seen.mtime_ns)
        and before.status is not FileStatus.DELETED
    ):
        return before
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
    return replace(file, status=FileStatus.MODIFIED) if waits else file


def _gone(before: File) -> File:
    return before if before.status is FileStatus.DELETED else replace(before, status=FileStatus.DELETED)


def _counted(stored: Mapping[str, File], earlier: Mapping[str, File], files: list[File]) -> Changes:
    rows = tuple(file for file in files if (old := stored.get(file.path)) is not file and old != file)
    added = sum(file.path not in stored and file.path not in earlier for file in rows)
    deleted = sum(file.status is FileStatus.DELETED for file in rows)
    modified = sum(_content_changed(stored.get(file.path), file) for file in rows)
    present = sum(file.status is not FileStatus.DELETED for file in files)
    return Changes(
        rows=rows,
        added=added,
        modified=modified,
        deleted=deleted,
        renamed=len(earlier),
        unchanged=present - added - modified - len(earlier),
        pending=sum(file.status is not FileStatus.CLEAN for file in files),
    )


def _content_changed(before: File | None, after: File) -> bool:
    if before is None or after.status is FileStatus.DELETED:
        return False
    return before.content_hash != after.content_hash or before.status is FileStatus.DELETED
