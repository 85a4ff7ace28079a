"""What differs between two commits is told without listing anything else, and tells the same."""

import os
import random
import shutil
from pathlib import Path

import pytest
from repositories import at, commit, git

from kodit.domain.sources.changes import TreeChanges
from kodit.domain.sources.file import FileEntry
from kodit.infrastructure.git import difference
from kodit.infrastructure.git.working_copies import GitWorkingCopies
from kodit.infrastructure.git.working_copy import GitWorkingCopy

TEXT = "".join(f"line {number}\n" for number in range(50))


def put(root: Path, **files: str | None) -> None:
    for name, text in files.items():
        path = root / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


async def step(copies: GitWorkingCopies, upstream: Path, before: GitWorkingCopy) -> tuple[GitWorkingCopy, TreeChanges]:
    commit(upstream)
    after = await copies.refresh(at(upstream))
    changes = await after.changes_since(str(before.commit))
    assert changes is not None
    return after, changes


def paths(entries: tuple[FileEntry, ...]) -> list[str]:
    return [entry.path for entry in entries]


async def test_new_changed_and_gone_files_are_told_and_no_others(copies: GitWorkingCopies, upstream: Path) -> None:
    put(upstream, **{"deep/b.py": "b", "c.py": "c", "same.py": "same"})
    commit(upstream)
    before = await copies.refresh(at(upstream))
    put(upstream, **{"deep/b.py": "bb", "c.py": None, "new/d e.py": "d"})

    after, changes = await step(copies, upstream, before)

    listed = {entry.path: entry for entry in await after.entries()}
    assert changes.entries == (listed["deep/b.py"], listed["new/d e.py"])
    assert (changes.gone, changes.renamed) == (("c.py",), {})
    assert changes.paths == {"deep/b.py", "new/d e.py", "c.py"}


async def test_nothing_differs_between_a_commit_and_itself_or_one_with_the_same_files(
    copies: GitWorkingCopies, upstream: Path
) -> None:
    before = await copies.refresh(at(upstream))
    assert await before.changes_since(str(before.commit)) == TreeChanges()

    _, changes = await step(copies, upstream, before)

    assert changes == TreeChanges()


async def test_renamed_files_are_told_with_their_earlier_paths_also_when_they_were_edited(
    copies: GitWorkingCopies, upstream: Path
) -> None:
    put(upstream, **{"old/exact.py": TEXT + "exact", "old/edited.py": TEXT + "edited"})
    commit(upstream)
    before = await copies.refresh(at(upstream))
    put(upstream, **{"old/exact.py": None, "old/edited.py": None})
    put(upstream, **{"new/exact.py": TEXT + "exact", "new/other.py": TEXT + "edited and more"})

    _, changes = await step(copies, upstream, before)

    assert changes.renamed == {"new/exact.py": "old/exact.py", "new/other.py": "old/edited.py"}
    assert changes.gone == ("old/edited.py", "old/exact.py")


async def test_what_becomes_a_link_or_a_directory_is_gone(copies: GitWorkingCopies, upstream: Path) -> None:
    put(upstream, link="text", folder="text")
    commit(upstream)
    before = await copies.refresh(at(upstream))
    put(upstream, link=None, folder=None)
    (upstream / "link").symlink_to("a")
    put(upstream, **{"folder/inside": "text"})

    _, changes = await step(copies, upstream, before)

    assert paths(changes.entries) == ["folder/inside"]
    assert changes.gone == ("folder", "link")


async def test_what_the_rules_leave_out_is_no_change_and_a_file_moved_there_is_gone(
    copies: GitWorkingCopies, upstream: Path
) -> None:
    put(upstream, **{"sub/.noindex": "*.csv\n/gen/\n", "sub/x.py": TEXT, "a.csv": "1"})
    put(upstream, **{".venv/pyvenv.cfg": "home\n", ".venv/lib/x.py": "1", "node_modules/x.js": "1"})
    commit(upstream)
    before = await copies.refresh(at(upstream))
    put(upstream, **{"sub/x.py": None, "sub/gen/x.py": TEXT, "sub/deep/b.csv": "1", "a.csv": "2"})
    put(upstream, **{".venv/lib/x.py": "2", "node_modules/x.js": "2"})

    _, changes = await step(copies, upstream, before)

    assert paths(changes.entries) == ["a.csv"]
    assert "sub/x.py" in changes.gone
    assert changes.renamed == {}


@pytest.mark.parametrize("path", [".noindex", "sub/.noindex", "venv/pyvenv.cfg", ".gitmodules"])
async def test_a_changed_rule_or_list_of_submodules_asks_for_a_listing(
    copies: GitWorkingCopies, upstream: Path, path: str
) -> None:
    before = await copies.refresh(at(upstream))
    put(upstream, **{path: "*.csv\n"})
    commit(upstream)

    after = await copies.refresh(at(upstream))

    assert await after.changes_since(str(before.commit)) is None


async def test_too_many_differences_an_unknown_commit_and_an_empty_repository_ask_for_a_listing(
    copies: GitWorkingCopies, upstream: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await copies.refresh(at(upstream))
    put(upstream, **{f"{number}.py": f"{number}" for number in range(4)})
    commit(upstream)
    after = await copies.refresh(at(upstream))
    assert await after.changes_since("1" * 40) is None

    monkeypatch.setattr(difference, "MOST", 3)
    assert await after.changes_since(str(before.commit)) is None

    git(tmp_path, "init", "--quiet", "empty")
    assert await (await copies.refresh(at(tmp_path / "empty"))).changes_since("1" * 40) is None


async def test_names_of_every_kind_are_told(copies: GitWorkingCopies, upstream: Path) -> None:
    before = await copies.refresh(at(upstream))
    names = [":(glob)*", "line\nfeed.py", "--option", "naïve.py", "Case.py", "case.py", " blank ", "*", "[a]", '"q"']
    put(upstream, **dict.fromkeys(names, "1"))
    with open(os.fsencode(upstream) + b"/caf\xe9.py", "wb") as file:  # noqa: PTH123 - a path of bytes
        file.write(b"1")

    after, changes = await step(copies, upstream, before)

    assert paths(changes.entries) == sorted(names)
    assert changes.gone == ()
    assert [content async for _, content in after.read(names)] == [b"1"] * len(names)


async def test_over_any_history_the_changes_lead_from_one_listing_to_the_next(
    copies: GitWorkingCopies, upstream: Path
) -> None:
    dice = random.Random(1)
    copy = await copies.refresh(at(upstream))
    listings = [(copy, {entry.path: entry for entry in await copy.entries()})]
    for _ in range(12):
        for _ in range(dice.randint(1, 4)):
            edit(upstream, dice)
        commit(upstream)
        copy = await copies.refresh(at(upstream))
        listings.append((copy, {entry.path: entry for entry in await copy.entries()}))

    for (old, before), (new, after) in zip(listings, listings[1:] + listings[:1], strict=True):
        changes = await new.changes_since(str(old.commit))
        assert changes is not None
        led = {path: entry for path, entry in before.items() if path not in changes.gone}
        assert led | {entry.path: entry for entry in changes.entries} == after
        assert all(before.get(entry.path) != entry for entry in changes.entries)
        assert set(changes.renamed.values()) <= set(changes.gone) & before.keys()


def edit(root: Path, dice: random.Random) -> None:
    """Write, delete or move a file or a folder, in few places."""
    there = sorted(path for path in root.rglob("*") if ".git" not in path.parts)
    place = root / dice.choice(["x", "y", "x/z"]) / dice.choice("abc")
    place.parent.mkdir(parents=True, exist_ok=True)
    match dice.choice(["write", "write", "delete", "move"]):
        case "delete" if there:
            gone = dice.choice(there)
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
        case "move" if there and not place.exists():
            moved = dice.choice(there)
            if not place.is_relative_to(moved):
                moved.rename(place)
        case _ if not place.is_dir():
            place.write_text(TEXT * dice.randint(0, 2) + str(dice.randint(0, 9)))
