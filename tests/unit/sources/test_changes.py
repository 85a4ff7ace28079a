"""A source in memory goes through edits, scans and unfinished runs; what is stored must follow it."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.sources.changes import RACY_NS, UNREADABLE_HASH, Changes, changes_between, to_be_hashed
from kodit.domain.sources.file import File, FileEntry, FileStatus, SkipReason

LATER = RACY_NS + 1


@dataclass
class World:
    """A disk, what kodit stores of it, and the content that the stored snippets were made from."""

    disk: dict[str, tuple[str, int]] = field(default_factory=dict)
    stored: dict[str, File] = field(default_factory=dict)
    snippets: dict[str, str] = field(default_factory=dict)
    now: int = 10 * RACY_NS
    hashed: list[str] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)

    def write(self, path: str, content: str) -> None:
        self.disk[path] = (content, self.now)

    def entries(self) -> list[FileEntry]:
        return [
            FileEntry(path=path, size=len(content), mtime_ns=mtime, unreadable=path in self.unreadable)
            for path, (content, mtime) in sorted(self.disk.items())
        ]

    def scan(self) -> Changes:
        entries = self.entries()
        wanted = to_be_hashed(self.stored, entries)
        self.hashed = [entry.path for entry in wanted]
        hashes = {entry.path: f"hash of {self.disk[entry.path][0]}" for entry in wanted}
        changes = changes_between(self.stored, entries, hashes, index_id=1, scanned_at_ns=self.now)
        self.stored |= {file.path: file for file in changes.rows}
        return changes

    def extract(self, path: str) -> None:
        file = self.stored[path]
        if not file.needs_extraction:
            return
        self.snippets.pop(path, None)
        if file.status is not FileStatus.DELETED and path in self.disk:
            self.snippets[path] = file.content_hash
            self.stored[path] = replace(file, extracted_hash=file.content_hash)

    def finish(self) -> None:
        for path in list(self.stored):
            self.extract(path)
        self.stored = {
            path: replace(file, status=FileStatus.CLEAN)
            for path, file in self.stored.items()
            if file.status is not FileStatus.DELETED
        }

    def status(self, path: str) -> FileStatus:
        return self.stored[path].status


def world(*, finished: bool = True) -> World:
    """One file, `a`, scanned long after it was written."""
    it = World()
    it.write("a", "one")
    it.now += LATER
    it.scan()
    if finished:
        it.finish()
    return it


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


@given(EDITS)
def test_after_any_edits_and_unfinished_runs_a_finished_run_leaves_the_right_snippets(
    edits: list[tuple[str, ...]],
) -> None:
    it = World()
    for what in edits:
        edit(it, what)
    it.scan()
    it.finish()

    assert it.snippets == {path: f"hash of {content}" for path, (content, _) in it.disk.items()}
    assert it.scan().pending == 0


@given(EDITS)
def test_a_pending_file_is_pending_until_a_run_is_finished(edits: list[tuple[str, ...]]) -> None:
    it = World()
    pending: set[str] = set()
    for what in edits:
        edit(it, what)
        if what == ("finish",):
            pending = set()
        now_pending = {path for path, file in it.stored.items() if file.status is not FileStatus.CLEAN}
        assert pending <= now_pending
        pending = now_pending
