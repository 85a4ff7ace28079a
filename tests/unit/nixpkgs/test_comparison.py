from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import HeldPackage
from kodit.domain.nixpkgs.comparison import ReleaseComparison
from kodit.domain.nixpkgs.nix_package import NixPackage


def a_package(path: str, version: str = "1") -> NixPackage:
    return NixPackage(attr=AttrPath.parse(path), pname=path, version=version)


def held(*packages: NixPackage) -> dict[str, HeldPackage]:
    return {
        str(package.attr): HeldPackage(place, package.content_hash) for place, package in enumerate(packages, start=1)
    }


def test_only_what_is_new_or_another_is_stored():
    comparison = ReleaseComparison(held(a_package("same"), a_package("changed")))

    news = [one for one in ("same", "new") if comparison.is_news(a_package(one))]

    assert news == ["new"]
    assert comparison.is_news(a_package("changed", "2"))


def test_what_was_made_in_another_way_is_all_stored_again():
    comparison = ReleaseComparison(held(a_package("same")), afresh=True)

    assert comparison.is_news(a_package("same"))
    assert comparison.gone() == {}


def test_of_two_packages_with_one_path_the_first_is_the_package():
    comparison = ReleaseComparison({})

    assert comparison.is_news(a_package("twice"))
    assert not comparison.is_news(a_package("twice", "2"))


def test_what_the_release_has_no_more_is_gone():
    kept = held(a_package("stays"), a_package("goes"), a_package("set.goes"))
    comparison = ReleaseComparison(kept)
    comparison.is_news(a_package("stays"))

    assert comparison.gone() == {path: kept[path] for path in ("goes", "set.goes")}


def test_what_failed_is_not_gone_and_neither_is_what_lies_in_it():
    comparison = ReleaseComparison(held(*map(a_package, ("broken", "set.inside", "set.deeper.inside", "settled", "a"))))
    comparison.fail(AttrPath(("broken",)))
    comparison.fail(AttrPath(("set",)))

    assert comparison.gone().keys() == {"settled", "a"}
    assert set(comparison.failed) == {AttrPath(("broken",)), AttrPath(("set",))}


def test_nothing_is_gone_when_the_whole_tree_failed():
    comparison = ReleaseComparison(held(a_package("a"), a_package("b.c")))
    comparison.fail(AttrPath(()))

    assert comparison.gone() == {}


PATHS = st.lists(st.sampled_from(["a", "b", "c.d", 'x."y z"']), unique=True)


@given(before=PATHS, after=PATHS, failing=PATHS)
def test_a_release_without_what_is_held_leaves_exactly_what_it_has_and_what_failed(before, after, failing):
    comparison = ReleaseComparison(held(*map(a_package, before)))
    stored = {path for path in after if comparison.is_news(a_package(path))}
    for path in failing:
        comparison.fail(AttrPath.parse(path))

    left = set(before) - comparison.gone().keys() | stored

    assert left == set(after) | (set(before) & set(failing))
