"""A source in memory goes through edits, scans and unfinished runs; what is stored must follow it."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_world import LATER, World, world

from kodit.domain.sources.changes import UNREADABLE_HASH, Changes, changes_between, to_be_hashed
from kodit.domain.sources.file import File, FileEntry, FileStatus, SkipReason


def test_a_new_file_is_added() -> None:
    it = World()
    it.write("a", "one")

    changes = it.scan()

    assert it.status("a") is FileStatus.ADDED
    assert (changes.added, changes.modified, changes.deleted, changes.unchanged, changes.pending) == (1, 0, 0, 0, 1)


def test_nothing_changed_means_no_rows_no_hashing_and_nothing_pending() -> None:
    it = world()

    changes = it.scan()

    assert it.hashed == []
    assert changes == Changes(rows=(), added=0, modified=0, deleted=0, unchanged=1, pending=0)


def test_a_changed_file_is_modified_and_its_skip_reason_forgotten() -> None:
    it = world()
    it.stored["a"] = replace(it.stored["a"], skip_reason=SkipReason.MINIFIED)
    it.write("a", "three")

    changes = it.scan()

    assert (it.status("a"), it.stored["a"].skip_reason) == (FileStatus.MODIFIED, None)
    assert (changes.modified, changes.pending) == (1, 1)


def test_a_touched_file_is_hashed_once_and_stays_clean() -> None:
    it = world()
    it.write("a", "one")
    it.now += LATER

    changes = it.scan()

    assert it.hashed == ["a"]
    assert (it.status("a"), changes.unchanged, changes.pending) == (FileStatus.CLEAN, 1, 0)
    it.scan()
    assert it.hashed == []


def test_a_file_written_twice_within_a_tick_of_the_clock_is_found_changed() -> None:
    it = world()
    it.write("a", "two")
    it.scan()
    it.finish()
    it.write("a", "TWO")  # the same size, the same moment

    it.scan()

    assert it.status("a") is FileStatus.MODIFIED


def test_a_gone_file_is_deleted_until_the_run_is_finished() -> None:
    it = world()
    del it.disk["a"]

    assert it.scan().deleted == 1
    again = it.scan()

    assert (it.status("a"), again.rows, again.deleted, again.pending) == (FileStatus.DELETED, (), 0, 1)


def test_an_added_file_stays_added_until_its_run_is_finished() -> None:
    it = world(finished=False)
    assert it.scan().pending == 1
    it.write("a", "two!")

    changes = it.scan()

    assert (it.status("a"), it.stored["a"].content_hash) == (FileStatus.ADDED, "hash of two!")
    assert (changes.added, changes.modified) == (0, 1)


def test_an_added_file_that_is_gone_before_it_was_extracted_is_deleted() -> None:
    it = world(finished=False)
    del it.disk["a"]

    it.scan()

    assert it.status("a") is FileStatus.DELETED


def test_a_deleted_file_that_is_back_is_extracted_again_even_with_its_old_content() -> None:
    it = world()
    content = it.disk.pop("a")
    it.scan()
    it.extract("a")  # the unfinished run deletes the snippets
    it.disk["a"] = content

    it.scan()

    assert it.status("a") is FileStatus.MODIFIED
    assert it.stored["a"].needs_extraction


def test_a_file_that_cannot_be_read_is_modified_once_and_hashed_when_it_can() -> None:
    it = world()
    it.unreadable = {"a"}
    it.scan()
    assert (it.status("a"), it.stored["a"].content_hash) == (FileStatus.MODIFIED, UNREADABLE_HASH)
    it.finish()
    assert it.scan().rows == ()
    it.unreadable = set()

    it.scan()

    assert it.hashed == ["a"]
    assert it.status("a") is FileStatus.MODIFIED


def test_a_file_that_vanishes_while_it_is_hashed_counts_as_gone() -> None:
    it = world()
    it.write("a", "three")

    changes = changes_between(it.stored, it.entries(), {"a": None}, index_id=1, scanned_at_ns=it.now)

    assert [file.status for file in changes.rows] == [FileStatus.DELETED]


def test_a_missing_hash_is_an_error_and_no_silent_guess() -> None:
    with pytest.raises(KeyError):
        changes_between({}, [FileEntry(path="a", size=1, mtime_ns=1)], {}, index_id=1, scanned_at_ns=LATER)


def test_a_hash_that_the_listing_knows_needs_no_reading() -> None:
    entry = FileEntry(path="a", size=1, content_hash="blob")

    changes = changes_between({}, [entry], {}, index_id=1, scanned_at_ns=LATER)

    assert to_be_hashed({}, [entry]) == []
    assert changes.rows[0].content_hash == "blob"


PATHS = st.sampled_from("abc")
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), PATHS, st.sampled_from(["one", "two", "three"])),
        st.tuples(st.just("delete"), PATHS),
        st.tuples(st.just("rename"), PATHS, PATHS),
        st.tuples(st.just("wait")),
        st.tuples(st.just("scan")),
        st.tuples(st.just("extract"), PATHS),
        st.tuples(st.just("finish")),
    ),
    max_size=30,
)


def edit(it: World, what: tuple[str, ...]) -> None:
    match what:
        case ("write", path, content):
            it.write(path, content)
        case ("delete", path):
            it.disk.pop(path, None)
        case ("rename", path, new) if path in it.disk:
            it.disk[new] = it.disk.pop(path)
        case ("wait",):
            it.now += LATER
        case ("scan",):
            it.scan()
        case ("extract", path) if path in it.stored:
            it.extract(path)
        case ("finish",):
            it.finish()


@given(EDITS)
def test_any_edits_with_scans_in_between_end_as_one_scan_of_the_final_state(edits: list[tuple[str, ...]]) -> None:
    it = World()
    for what in edits:
        edit(it, what)
    it.scan()
    fresh = World(disk=dict(it.disk), now=it.now)
    fresh.scan()

    def told(rows: dict[str, File]) -> dict[str, tuple[int, int, str]]:
        return {
            path: (file.size, file.mtime_ns, file.content_hash)
            for path, file in rows.items()
            if file.status is not FileStatus.DELETED
        }

    assert told(it.stored) == told(fresh.stored)


@given(EDITS, EDITS)
def test_comparing_only_what_changed_finds_what_comparing_all_finds(
    before: list[tuple[str, ...]], after: list[tuple[str, ...]]
) -> None:
    it = World()
    for what in before:
        edit(it, what)
    it.scan()
    stored, then = dict(it.stored), it.entries()
    for what in after:
        if what[0] in ("write", "delete", "rename"):
            edit(it, what)
    # As git does it: the content is known without reading, and times say nothing.
    now = [_as_git(entry, it) for entry in it.entries()]
    stored = {path: replace(file, mtime_ns=0) for path, file in stored.items()}
    tally = Counter(file.status for file in stored.values())

    whole = changes_between(stored, now, {}, index_id=1, scanned_at_ns=it.now)
    unlike = {entry.path for entry in now if (old := stored.get(entry.path)) is None or _differs(old, entry)}
    gone = {entry.path for entry in then} - {entry.path for entry in now}
    touched = {path: file for path, file in stored.items() if path in unlike | gone}
    part = changes_between(
        touched, [entry for entry in now if entry.path in unlike], {}, index_id=1, scanned_at_ns=it.now
    ).among(touched.values(), tally)

    assert set(part.rows) == set(whole.rows)
    assert replace(part, rows=()) == replace(whole, rows=())


def _as_git(entry: FileEntry, it: World) -> FileEntry:
    return replace(entry, mtime_ns=0, content_hash=f"hash of {it.disk[entry.path][0]}")


def _differs(old: File, entry: FileEntry) -> bool:
    return old.status is FileStatus.DELETED or old.content_hash != entry.content_hash


@given(EDITS)
def test_after_any_edits_and_unfinished_runs_a_finished_run_leaves_the_right_snippets(
    edits: list[tuple[str, ...]],
) -> None:
    it = World()
    for what in edits:
        edit(it, what)
    it.scan()
    it.finish()

    assert sorted(it.snippets.values()) == sorted(
        (path, f"hash of {content}") for path, (content, _) in it.disk.items()
    )
    assert it.snippets.keys() == {file.id for file in it.stored.values()}
    assert it.scan().pending == 0


@given(EDITS)
def test_a_pending_file_is_pending_until_a_run_is_finished(edits: list[tuple[str, ...]]) -> None:
    it = World()
    pending: set[int] = set()
    for what in edits:
        edit(it, what)
        if what == ("finish",):
            pending = set()
        now_pending = {file.id for file in it.stored.values() if file.status is not FileStatus.CLEAN}
        assert pending <= now_pending
        pending = now_pending
