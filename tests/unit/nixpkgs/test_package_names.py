"""What a package may be asked for by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.names import LONGEST, Name, NameKind, begin_alike, names_of, parts_of
from kodit.domain.nixpkgs.nix_package import NixPackage


def names(path, pname=None, **changes):
    attr = AttrPath.parse(path)
    found = names_of(NixPackage(attr=attr, pname=pname or attr.name, **changes))
    return {(name.kind.value, name.name) for name in found}


def test_a_package_is_called_by_its_path_its_name_and_its_program():
    assert names("ripgrep-all", "rga-bin", main_program="rga") == {
        ("attribute", "ripgrep-all"),
        ("pname", "rga-bin"),
        ("program", "rga"),
        *(("part", part) for part in ("ripgrep", "all", "rga", "bin")),
    }


def test_in_a_set_the_last_name_counts_and_the_sets_words_do_not():
    assert names("python3Packages.numpy") == {
        ("attribute", "python3packages.numpy"),
        ("last", "numpy"),
        ("pname", "numpy"),
        ("part", "numpy"),
    }


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("webkitGtk", ["webkit", "gtk"]),
        ("NERDTree", ["nerd", "tree"]),
        ("python27Full", ["python27", "full"]),
        ("vim-airline_themes.2", ["vim", "airline", "themes", "2"]),
        ("rxvt", ["rxvt"]),
        ("--", []),
    ],
)
def test_a_name_has_the_words_between_signs_and_before_capitals(name, parts):
    assert list(parts_of(name)) == parts


@given(st.text(max_size=300), st.text(max_size=300))
def test_names_are_in_lower_case_and_bounded(last, program):
    package = NixPackage(attr=AttrPath(("set", last)), pname=last, main_program=program)
    for name in names_of(package):
        assert 0 < len(name.name) <= LONGEST
        assert name.name == name.name.casefold()[:LONGEST]
    assert Name(NameKind.PART, "set") not in names_of(package) or "set" in parts_of(f"{last} {program}")


@pytest.mark.parametrize(("one", "other"), [("firefox", "fierfox"), ("ifrefox", "firefox"), ("a", "a")])
def test_names_begin_alike_by_one_letter_or_by_two_that_changed_places(one, other):
    assert begin_alike(one, other)


@pytest.mark.parametrize(("one", "other"), [("cloud", "aloud"), ("irefox", "firefox"), ("ab", "ca")])
def test_other_names_do_not_begin_alike(one, other):
    assert not begin_alike(one, other)
