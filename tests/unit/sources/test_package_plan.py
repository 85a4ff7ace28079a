"""Who owns a file, what a source hash says, and which packages are to be extracted in which order."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.sources.file import File, FileStatus
from kodit.domain.sources.manifest import Manifest, PackageKind, ReadManifest, StoredManifest
from kodit.domain.sources.ownership import Ownership
from kodit.domain.sources.package import (
    OwnedFile,
    Package,
    PackageKey,
    PackageRequirement,
    StoredPackage,
    changes_of_packages,
    source_hash,
    stale_manifests,
)
from kodit.domain.sources.plan import plan_of

NPM, PYTHON, DIRECTORY = PackageKind.NPM, PackageKind.PYTHON, PackageKind.DIRECTORY

PARTS = st.lists(st.sampled_from("ab"), max_size=4)
DIRECTORIES = PARTS.map("/".join)
FILES = st.builds(lambda parts: "/".join([*parts, "x.py"]), PARTS)


def stored(number, path="", kind=NPM, source=None, **changes):
    package = Package(path=path, kind=kind, name=path or "root", manifest_hash="1" * 64, **changes)
    return StoredPackage(id=number, index_id=1, package=package, source_hash=source)


def owned(number, path, content="1", package=None):
    return OwnedFile(number, path, 1, content, package)


def a_file(number, path):
    return File(
        index_id=1,
        path=path,
        size=1,
        mtime_ns=0,
        content_hash="1",
        status=FileStatus.ADDED,
        extracted_hash=None,
        id=number,
    )


@given(st.sets(DIRECTORIES, max_size=6), FILES)
def test_the_deepest_directory_above_a_file_owns_it(directories, path):
    keys = [PackageKey(directory, NPM) for directory in directories]
    above = [key for key in keys if not key.path or path.startswith(f"{key.path}/")]
    assert Ownership(keys).of(path) == max(above, key=lambda key: len(key.path), default=None)


@given(st.sets(DIRECTORIES, max_size=6), st.lists(FILES, max_size=10))
def test_what_was_asked_before_changes_no_answer(directories, paths):
    keys = [PackageKey(directory, NPM) for directory in directories]
    asked = Ownership(keys)
    assert [asked.of(path) for path in paths] == [Ownership(keys).of(path) for path in paths]


def test_of_several_kinds_in_one_directory_the_first_owns_the_files():
    keys = [PackageKey("a", kind) for kind in reversed(PackageKind)]
    assert Ownership(keys).of("a/x.py") == PackageKey("a", PackageKind.CARGO)
    assert Ownership(keys[:2]).of("a/x.py") == PackageKey("a", PackageKind.NPM)


def test_a_source_hash_tells_files_apart_and_not_their_order():
    files = [("a", "1"), ("b", "2")]
    assert source_hash(files) == source_hash(reversed(files))
    others = [[], files[:1], [("a", "2"), ("b", "1")], [("a", "1"), ("c", "2")], [("ab", "12")]]
    assert len({source_hash(one) for one in [files, *others]}) == 6


def test_new_and_changed_packages_come_before_those_with_other_files_and_each_by_path():
    packages = [
        stored(1, "d", source="old"),
        stored(2, "c"),
        stored(3, "b", source=source_hash([("b/x", "1")])),
        stored(4, "a", source="old"),
        stored(5, "e"),
    ]
    files = [owned(number, f"{letter}/x") for number, letter in enumerate("abcde", 10)]

    plan = plan_of(packages, files)

    assert list(plan.due) == [2, 5, 4, 1]
    assert plan.due[4] == source_hash([("a/x", "1")])
    ordered = plan.in_order([a_file(number, f"{letter}/x") for number, letter in enumerate("abcde", 10)])
    assert [file.path for file in ordered] == ["c/x", "e/x", "a/x", "d/x", "b/x"]


def test_files_of_one_package_are_in_order_of_their_paths():
    plan = plan_of([stored(1, "")], [owned(1, "b"), owned(2, "a")])
    assert [file.path for file in plan.in_order([a_file(1, "b"), a_file(2, "a")])] == ["a", "b"]


def test_a_package_whose_files_are_those_it_was_extracted_from_is_left_alone():
    files = [owned(1, "a/x", package=1)]
    assert plan_of([stored(1, "a", source=source_hash([("a/x", "1")]))], files).due == {}
    assert set(plan_of([stored(1, "a", source=source_hash([]))], files).due) == {1}


def test_only_files_that_change_their_owner_are_named():
    packages = [stored(1, "a"), stored(2, "a/b")]
    files = [owned(1, "a/x", package=1), owned(2, "a/b/x", package=1), owned(3, "y", package=2), owned(4, "z")]
    assert plan_of(packages, files).owners == {2: 2, 3: None}


def test_a_package_without_files_has_a_source_hash_too():
    both = [stored(1, "a", PYTHON), stored(2, "a", NPM)]
    assert plan_of(both, [owned(1, "a/x")]).due == {1: source_hash([("a/x", "1")]), 2: source_hash([])}


def test_packages_are_added_updated_kept_and_removed():
    kept, changed, gone = stored(1, "kept", source="s"), stored(2, "changed", source="s"), stored(3, "gone")
    new = Package(path="new", kind=NPM, name="new")
    other = replace(changed.package, manifest_hash="2" * 64)

    changes = changes_of_packages([kept, changed, gone], [kept.package, other, new])

    assert (changes.add, changes.remove, changes.kept) == ((new,), (3,), 1)
    assert changes.update == (replace(changed, package=other, source_hash=None),)


def test_a_package_that_only_requires_another_now_is_not_extracted_again():
    before = stored(1, "a", source="s")
    wanted = replace(before.package, requirements=(PackageRequirement("b", target=PackageKey("b", NPM)),))
    assert changes_of_packages([before], [wanted]).update == (replace(before, package=wanted),)


def test_only_manifests_that_changed_or_were_read_otherwise_are_read():
    def known(content_hash, read_as=2):
        manifest = Manifest(path="x", kind=NPM)
        return StoredManifest(
            content_hash=content_hash, read=ReadManifest(path="x", manifest=manifest), read_as=read_as
        )

    before = {"same": known("1"), "changed": known("1"), "older": known("1", read_as=1), "gone": known("1")}
    present = {"same": "1", "changed": "2", "older": "1", "new": "1"}
    assert stale_manifests(before, present, 2) == ["changed", "new", "older"]
