"""A file that only moved is the same file."""

from stored_world import World, world

from kodit.domain.sources.changes import Changes, changes_between
from kodit.domain.sources.file import FileEntry, FileStatus


def renamed(it: World, old: str, new: str) -> Changes:
    it.disk[new] = it.disk.pop(old)
    return it.scan()


def test_a_renamed_file_keeps_its_id_and_is_extracted_again() -> None:
    it = world()
    file_id = it.stored["a"].id

    changes = renamed(it, "a", "folder/b")

    assert (changes.renamed, changes.added, changes.deleted, changes.unchanged, changes.pending) == (1, 0, 0, 0, 1)
    assert list(it.stored) == ["folder/b"]
    assert (it.stored["folder/b"].id, it.status("folder/b")) == (file_id, FileStatus.RENAMED)
    assert it.stored["folder/b"].needs_extraction


def test_a_renamed_file_remembers_every_path_that_it_had() -> None:
    it = world()
    renamed(it, "a", "b")
    renamed(it, "b", "c")

    assert it.stored["c"].former_paths == ("a", "b")


def test_a_file_that_was_never_extracted_is_still_added_after_it_was_renamed() -> None:
    it = world(finished=False)

    renamed(it, "a", "b")

    assert it.status("b") is FileStatus.ADDED


def test_of_several_files_with_one_content_that_with_the_same_name_is_the_one_renamed() -> None:
    it = World()
    for path in ("old/a", "old/b", "old/c"):
        it.write(path, "same")
    it.scan()
    it.finish()
    ids = {path: file.id for path, file in it.stored.items()}
    it.disk = {"new/c": it.disk["old/c"], "new/b": it.disk["old/b"], "new/other": it.disk["old/a"]}

    assert it.scan().renamed == 3

    assert {path: file.id for path, file in it.stored.items()} == {
        "new/b": ids["old/b"],
        "new/c": ids["old/c"],
        "new/other": ids["old/a"],
    }


def test_a_copy_an_empty_file_and_one_already_deleted_are_no_renames() -> None:
    it = world()
    it.write("empty", "")
    it.scan()
    it.disk["copy"] = it.disk["a"]
    it.disk["emptied"] = it.disk.pop("empty")
    assert (it.scan().renamed, it.status("copy"), it.status("emptied")) == (0, FileStatus.ADDED, FileStatus.ADDED)

    content = it.disk.pop("copy")
    it.scan()
    it.disk["again"] = content
    assert it.scan().renamed == 0


def test_what_is_told_to_be_renamed_keeps_its_id_with_another_content() -> None:
    it = world()
    entries = [FileEntry(path="b", size=9, content_hash="other")]

    changes = changes_between(it.stored, entries, {}, index_id=1, scanned_at_ns=it.now, renamed={"b": "a"})

    [row] = changes.rows
    assert (row.id, row.path, row.status, row.content_hash) == (it.stored["a"].id, "b", FileStatus.RENAMED, "other")
