"""What every Releases promises."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from kodit.application.channels.releases import ReleasesByForm
from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.release import ReleaseForm
from kodit.domain.nixpkgs.walk import EvaluationFailure, RawPackage, Walk
from kodit.infrastructure.channels.package_lists import fetched, read
from kodit.infrastructure.filesystem.folder_per_location import FolderPerLocation
from kodit.infrastructure.filesystem.nixpkgs_tree import tree_at
from kodit.infrastructure.git.checkout import clean_commit
from kodit.infrastructure.memory.package_evaluator import MemoryPackageEvaluator
from kodit.infrastructure.memory.releases import MemoryReleases

ENTRIES = {
    "hello": {"name": "hello-2.10", "pname": "hello", "version": "2.10"},
    "python3Packages.numpy": {"name": "numpy-1.0", "pname": "numpy", "version": "1.0"},
}


class InMemory:
    """A location with a list, kept by nobody else."""

    def __init__(self):
        self._lists = {}
        self.location = "here"
        self.releases = MemoryReleases(self._lists)

    def put(self, entries):
        self._lists[self.location] = [RawPackage(AttrPath.parse(attr), fields) for attr, fields in entries.items()]

    def remove(self):
        del self._lists[self.location]


class OnDisk:
    """A location with a list in a file."""

    def __init__(self, root: Path):
        self.path = root / "packages.json"
        self.location = str(self.path)
        self.releases = on_disk(root)

    def put(self, entries):
        self.path.write_text(json.dumps({"version": 2, "packages": entries}))

    def remove(self):
        self.path.unlink()


def on_disk(root: Path, trees=None):
    lists = FolderPerLocation(root / "kept")
    return ReleasesByForm(
        evaluator=MemoryPackageEvaluator(trees or {}),
        tree_at=lambda path: tree_at(path, clean_commit),
        fetched=lambda location: fetched(location, lists.of(location)),
        read_list=read,
        forget=lists.forget,
    )


@pytest.fixture(params=["memory", "disk"])
def place(request, tmp_path):
    place = InMemory() if request.param == "memory" else OnDisk(tmp_path)
    place.put(ENTRIES)
    return place


async def told(place, walk=None):
    release = await place.releases.resolve(place.location)
    return [entry async for entry in place.releases.read(release, walk or Walk())]


async def test_everything_that_a_list_has_is_told_however_deep_it_lies(place):
    assert {entry.attr: entry.fields["version"] for entry in await told(place, Walk(depth=1, scopes=()))} == {
        AttrPath(("hello",)): "2.10",
        AttrPath(("python3Packages", "numpy")): "1.0",
    }


async def test_of_a_list_the_attributes_that_are_asked_for_are_told_and_a_missing_one_is_a_failure(place):
    wanted = (AttrPath(("python3Packages", "numpy")), AttrPath(("no", "such")))

    found, missing = await told(place, Walk(attributes=wanted))

    assert (found.attr, missing.attr) == wanted
    assert isinstance(missing, EvaluationFailure)


async def test_a_release_is_the_same_until_its_packages_are_others(place):
    first = await place.releases.resolve(place.location)
    again = await place.releases.resolve(place.location)
    place.put({**ENTRIES, "new": ENTRIES["hello"]})
    other = await place.releases.resolve(place.location)

    assert first == again
    assert other.id != first.id


async def test_where_there_is_no_release_none_is_found(place):
    place.remove()

    with pytest.raises(NotFound):
        await place.releases.resolve(place.location)


async def test_what_is_discarded_can_be_had_again(place):
    before = await told(place)

    await place.releases.discard(place.location)

    assert await told(place) == before


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    root = tmp_path / "tree"
    (root / "pkgs").mkdir(parents=True)
    (root / "default.nix").write_text("{ }: { }")
    (root / "pkgs" / "hello.nix").write_text("{ }")
    return root


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.invalid")
    return subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def committed(root: Path) -> str:
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message=all")
    return git(root, "rev-parse", "HEAD")


async def resolved(root: Path):
    return await on_disk(root.parent).resolve(str(root))


async def test_a_clean_checkout_is_the_release_of_its_commit(tree):
    (tree / ".version").write_text("24.05\n")
    (tree / ".version-suffix").write_text("pre1.abcdef")
    commit = committed(tree)

    release = await resolved(tree)

    assert (release.id, release.form, release.path) == (commit, ReleaseForm.TREE, str(tree))
    assert release.name == "24.05pre1.abcdef"


CHANGES = {
    "a file changed": lambda root: (root / "pkgs" / "hello.nix").write_text("{ a }"),
    "a file changed back in time": lambda root: (
        (root / "pkgs" / "hello.nix").write_text("[ ]"),
        os.utime(root / "pkgs" / "hello.nix", (0, 0)),
    ),
    "a file added": lambda root: (root / "pkgs" / "new.nix").write_text("{ }"),
    "a file moved": lambda root: (root / "pkgs" / "hello.nix").rename(root / "pkgs" / "moved.nix"),
    "a file removed": lambda root: (root / "pkgs" / "hello.nix").unlink(),
    "a link": lambda root: (root / "link").symlink_to("pkgs"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("in_git", [True, False])
async def test_a_tree_that_has_changed_is_another_release(tree, in_git, change):
    if in_git:
        committed(tree)
    before = await resolved(tree)

    change(tree)
    changed = await resolved(tree)

    assert changed.id != before.id
    assert (await resolved(tree)).id == changed.id


async def test_a_change_that_git_was_told_not_to_look_at_is_another_release_all_the_same(tree):
    committed(tree)
    before = await resolved(tree)
    git(tree, "update-index", "--assume-unchanged", "pkgs/hello.nix")

    (tree / "pkgs" / "hello.nix").write_text("{ a }")

    assert (await resolved(tree)).id != before.id


async def test_looking_at_a_checkout_leaves_it_as_it_was(tree):
    committed(tree)
    os.utime(tree / "pkgs" / "hello.nix", (1, 1))
    before = (tree / ".git" / "index").read_bytes()

    await resolved(tree)

    assert (tree / ".git" / "index").read_bytes() == before


async def test_a_tree_is_evaluated_as_the_walk_wants_it(tree):
    packages = {"hello": {"type": "derivation", "name": "hello-2.10"}}
    releases = on_disk(tree.parent, {str(tree): {**packages, "inner": {"hidden": packages["hello"]}}})

    release = await releases.resolve(str(tree))

    assert [entry.attr async for entry in releases.read(release, Walk())] == [AttrPath(("hello",))]


async def test_a_directory_without_a_tree_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="no nixpkgs tree"):
        await resolved(tmp_path)
