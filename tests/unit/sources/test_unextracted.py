"""Files that another extraction has cut up wait to be cut up again; what cannot be seen waits until it can."""

from dataclasses import replace

from stored_world import LATER, World, world

from kodit.domain.sources.changes import Changes, changes_between, unextracted
from kodit.domain.sources.file import FileEntry, FileStatus


def look(it: World, entries: list[FileEntry]) -> Changes:
    before = unextracted(it.stored)
    seen = changes_between(before, entries, {}, index_id=1, scanned_at_ns=it.now)
    changes = seen.forgetting(before.values())
    it.store(changes.rows)
    return changes


def test_an_unchanged_file_waits_and_counts_as_unchanged() -> None:
    it = world()

    changes = look(it, it.entries())

    assert it.stored["a"].needs_extraction
    assert it.status("a") is FileStatus.MODIFIED
    assert (changes.modified, changes.unchanged, changes.pending) == (0, 1, 1)


def test_once_extracted_again_nothing_is_pending() -> None:
    it = world()
    look(it, it.entries())
    it.finish()

    assert it.scan().pending == 0


def test_what_an_unfinished_run_has_extracted_waits_as_well() -> None:
    it = world(finished=False)
    it.extract("a")

    look(it, it.entries())

    assert it.stored["a"].needs_extraction
    assert it.status("a") is FileStatus.ADDED


def test_a_file_in_an_unreadable_directory_stays_until_it_is_seen_again() -> None:
    it = World()
    it.write("d/a", "one")
    it.now += LATER
    it.scan()
    it.finish()

    closed = look(it, [FileEntry(path="d", size=0, unreadable=True)])

    assert it.status("d/a") is FileStatus.CLEAN
    assert closed.pending == 1  # the directory
    it.stored = {"d/a": replace(it.stored["d/a"])}
    assert it.scan().pending == 1
    assert it.status("d/a") is FileStatus.MODIFIED
