"""A directory that may not be read for a while costs nothing that was stored of it."""

from kodit.domain.sources.changes import changes_between
from kodit.domain.sources.file import File, FileEntry, FileStatus


def stored(path: str) -> File:
    return File(index_id=1, path=path, size=1, mtime_ns=1, content_hash="h", status=FileStatus.CLEAN)


def test_files_in_a_directory_that_cannot_be_read_are_not_taken_for_deleted() -> None:
    files = {path: stored(path) for path in ("closed/a.py", "closed/b/c.py", "closed-not.py")}
    closed = FileEntry(path="closed", size=0, unreadable=True)

    changes = changes_between(files, [closed], {}, index_id=1, scanned_at_ns=0)

    assert {file.path: file.status for file in changes.rows} == {
        "closed": FileStatus.ADDED,
        "closed-not.py": FileStatus.DELETED,
    }
