"""Which packages pass a filter."""

import pytest

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.nix_package import License, NixPackage
from kodit.domain.nixpkgs.package_query import PackageFilters, is_called

GPL2 = License("GNU General Public License v2.0 only", "GPL-2.0-only", is_free=True)
GPL2_PLUS = License("GNU General Public License v2.0 or later", "GPL-2.0-or-later", is_free=True)
UNFREE = License("unfree", None, is_free=False)


@pytest.mark.parametrize(
    ("license", "asked"),
    [
        (GPL2, "GPL-2.0-only"),
        (GPL2, "gpl-2.0-ONLY"),
        (GPL2, "GPL-2.0"),
        (GPL2_PLUS, "GPL-2.0"),
        (GPL2_PLUS, "GPL-2.0+"),
        (GPL2_PLUS, "gpl2Plus"),
        (GPL2, " GNU General Public License v2.0 only"),
        (UNFREE, "Unfree"),
    ],
)
def test_a_licence_is_meant_by_its_name_its_identifier_or_an_older_one(license, asked):
    assert is_called(license, asked)


@pytest.mark.parametrize(
    ("license", "asked"),
    [(GPL2, "GPL-2.0-or-later"), (GPL2_PLUS, "gpl2"), (GPL2, "GPL-3.0"), (GPL2, "GPL"), (UNFREE, ""), (UNFREE, "free")],
)
def test_a_licence_is_not_meant_by_that_of_others(license, asked):
    assert not is_called(license, asked)


def a_package(**changes):
    return NixPackage(attr=AttrPath(("a",)), pname="a", **changes)


def test_one_of_several_licences_will_do():
    package = a_package(licenses=(UNFREE, GPL2))
    assert PackageFilters(licenses=frozenset({"MIT", "GPL-2.0-only"})).accepts(package)
    assert not PackageFilters(licenses=frozenset({"MIT", "BSD"})).accepts(package)


def test_a_package_without_licences_has_none_that_is_asked_for():
    assert not PackageFilters(licenses=frozenset({"MIT"})).accepts(a_package())


def test_a_package_that_names_no_platforms_is_for_all():
    assert PackageFilters(platforms=frozenset({"x86_64-linux"})).accepts(a_package())
    assert not PackageFilters(platforms=frozenset({"x86_64-linux"})).accepts(a_package(platforms=("i686-linux",)))


@pytest.mark.parametrize("flag", ["broken", "unfree", "insecure", "unsupported"])
def test_a_flag_is_wanted_unwanted_or_does_not_matter(flag):
    flagged, plain = a_package(**{f"is_{flag}": True}), a_package()
    accepted = {
        wanted: [PackageFilters(**{flag: wanted}).accepts(package) for package in (flagged, plain)]
        for wanted in (True, False, None)
    }
    assert accepted == {True: [True, False], False: [False, True], None: [True, True]}
    assert PackageFilters(**{flag: False}).narrows
    assert not PackageFilters(**{flag: None}).narrows
