from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.cleaning import LONGEST_PATH, MOST, cleaned
from kodit.domain.nixpkgs.nix_package import License, Maintainer, NixPackage, Position
from kodit.domain.nixpkgs.texts import LONGEST_LINE, LONGEST_NAME, LONGEST_TEXT
from kodit.domain.nixpkgs.walk import RawPackage


def clean(meta: dict[str, Any] | None = None, attr: str = "hello", **fields: Any) -> NixPackage:
    return cleaned(RawPackage(AttrPath.parse(attr), {"name": "hello-2.10", **fields, "meta": meta or {}}))


def test_a_whole_entry_becomes_a_whole_package() -> None:
    package = clean(
        {
            "description": "A program that produces a familiar,  friendly\n greeting.",
            "longDescription": "GNU Hello greets.\n\nIt is fully customizable.\n",
            "homepage": "https://www.gnu.org/software/hello/",
            "license": {"fullName": "GNU GPL v3 or later", "shortName": "gpl3Plus", "spdxId": "GPL-3.0+", "free": True},
            "maintainers": [{"name": "A. Hacker", "email": "a@example.org", "github": "ahacker", "githubId": 1}],
            "platforms": ["x86_64-linux", "aarch64-linux", "x86_64-linux"],
            "position": "/nix/store/0123-source/pkgs/by-name/he/hello/package.nix:42",
            "mainProgram": "hello",
            "outputsToInstall": ["out", "man"],
            "broken": True,
            "unfree": False,
            "insecure": True,
            "unsupported": True,
        },
        attr="toys.hello",
        pname="hello",
        version="2.10",
        system="x86_64-linux",
        outputs={"out": None, "dev": None},
        assigned="/home/me/nixpkgs/pkgs/top-level/all-packages.nix:7",
    )
    assert package == NixPackage(
        attr=AttrPath(("toys", "hello")),
        pname="hello",
        version="2.10",
        description="A program that produces a familiar, friendly greeting",
        long_description="GNU Hello greets.\n\nIt is fully customizable.",
        homepages=("https://www.gnu.org/software/hello/",),
        licenses=(License("GNU GPL v3 or later", "GPL-3.0-or-later", True),),
        maintainers=(Maintainer("A. Hacker", "a@example.org", "ahacker"),),
        platforms=("aarch64-linux", "x86_64-linux"),
        assigned_in=Position("pkgs/top-level/all-packages.nix", 7),
        implemented_in=Position("pkgs/by-name/he/hello/package.nix", 42),
        main_program="hello",
        outputs=("dev", "man", "out"),
        system="x86_64-linux",
        is_broken=True,
        is_insecure=True,
        is_unsupported=True,
    )


def test_an_entry_that_says_nothing_is_a_package_by_its_attribute() -> None:
    assert cleaned(RawPackage(AttrPath.parse("a.b"), {})) == NixPackage(attr=AttrPath(("a", "b")), pname="b")


def test_positions_are_told_from_the_tree_that_was_evaluated() -> None:
    raw = RawPackage(
        AttrPath.parse("a"), {"assigned": "/tmp/own/default.nix:3", "meta": {"position": "/elsewhere/x.nix:4"}}
    )
    package = cleaned(raw, root="/tmp/own/")
    assert (package.assigned_in, package.implemented_in) == (
        Position("default.nix", 3),
        Position("/elsewhere/x.nix", 4),
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("A tool.", "A tool"),
        ("One. Two.", "One. Two."),
        ("Wait...", "Wait..."),
        ("Tools etc.", "Tools etc."),
        ("Tools (etc.).", "Tools (etc.)."),
        ("For the U.S.", "For the U.S."),
        ("  spaced\t out \n", "spaced out"),
        ("=====", None),
        ("UNKNOWN", None),
        ("", None),
        (7, None),
    ],
)
def test_a_description_is_one_line_without_the_dot_of_its_only_sentence(said: object, told: str | None) -> None:
    assert clean({"description": said}).description == told


def test_a_long_description_that_says_the_same_again_is_left_out() -> None:
    assert clean({"description": "A tool", "longDescription": "A\ntool\n"}).long_description is None


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("https://example.org", ("https://example.org",)),
        (["http://a.org", "ftp://b.org/x", "http://a.org"], ("http://a.org", "ftp://b.org/x")),
        ("javascript:alert(1)", ()),
        ("www.example.org", ()),
        ("/dev/null", ()),
        ("https://[half", ()),
        ("https://", ()),
        ("https://example.org/a b", ()),
        ([["https://example.org"], None, 3], ()),
    ],
)
def test_homepages_are_urls_each_once(said: object, kept: tuple[str, ...]) -> None:
    assert clean({"homepage": said}).homepages == kept


@pytest.mark.parametrize(
    ("meta", "unfree"),
    [
        ({"license": "unfree"}, True),
        ({"license": "unfree", "unfree": False}, False),
        ({"license": "MIT", "unfree": True}, True),
        ({"license": ["MIT", {"fullName": "Ours", "free": False}]}, True),
        ({"license": {"fullName": "Ours"}}, False),
        ({}, False),
    ],
)
def test_a_package_is_unfree_by_its_flag_and_else_by_its_licenses(meta: dict[str, Any], unfree: bool) -> None:
    assert clean(meta).is_unfree is unfree


@pytest.mark.parametrize(
    ("meta", "insecure"),
    [
        ({"knownVulnerabilities": ["CVE-2020-0001"]}, True),
        ({"knownVulnerabilities": []}, False),
        ({"insecure": True, "knownVulnerabilities": []}, True),
        ({"insecure": "true"}, False),
    ],
)
def test_a_package_with_known_vulnerabilities_is_insecure(meta: dict[str, Any], insecure: bool) -> None:
    assert clean(meta).is_insecure is insecure


@pytest.mark.parametrize(
    ("meta", "unsupported"),
    [
        ({"platforms": ["aarch64-linux"]}, True),
        ({"platforms": ["aarch64-linux", "x86_64-linux"]}, False),
        ({"platforms": []}, True),
        ({}, False),
        ({"platforms": ["aarch64-linux", {"bits": 64}]}, False),
        ({"platforms": ["x86_64-linux"], "badPlatforms": ["x86_64-linux"]}, True),
        ({"platforms": ["aarch64-linux"], "unsupported": False}, False),
    ],
)
def test_a_package_is_unsupported_by_its_flag_and_else_by_its_platforms(
    meta: dict[str, Any], unsupported: bool
) -> None:
    assert clean(meta, system="x86_64-linux").is_unsupported is unsupported


def test_a_system_that_nobody_names_supports_everything() -> None:
    assert not clean({"platforms": ["aarch64-linux"]}).is_unsupported


@pytest.mark.parametrize("name", ["a\0b", "a\ud800", "\x1b[31m", "a\u202eb", "x" * (LONGEST_PATH + 1), " a", ""])
def test_an_attribute_that_cannot_be_told_to_anybody_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="an attribute path"):
        cleaned(RawPackage(AttrPath((name,)), {"name": "a-1"}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
WORDS = st.text(st.sampled_from('aZ09 .-_+:/<>@"\\\n\r\t\0\x1b\x85\u2028\ud800\u202eß*'), max_size=30)
LICENSE = WORDS | st.sampled_from(["GPLv2+", "perl5", "GPLv2/MIT", "unfree", "lib.licenses.bsd3"])
VALUE = JSON | WORDS | st.lists(WORDS, max_size=4)
META = st.fixed_dictionaries(
    {},
    optional={
        "description": VALUE,
        "longDescription": VALUE,
        "homepage": VALUE | st.lists(st.just("http://a") | WORDS),
        "license": VALUE
        | LICENSE
        | st.lists(st.fixed_dictionaries({}, optional={"fullName": LICENSE, "spdxId": LICENSE, "free": JSON})),
        "maintainers": VALUE
        | st.lists(st.fixed_dictionaries({}, optional={"name": WORDS, "email": WORDS, "github": WORDS})),
        "platforms": VALUE
        | st.lists(st.fixed_dictionaries({}, optional={"system": VALUE, "cpu": VALUE, "kernel": VALUE})),
        "position": VALUE,
        "mainProgram": VALUE,
        "outputsToInstall": VALUE,
        "badPlatforms": VALUE,
        "knownVulnerabilities": VALUE,
        **dict.fromkeys(("broken", "unfree", "insecure", "unsupported"), JSON),
    },
)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("name", "pname", "version", "system", "assigned", "outputs"), VALUE),
        "meta": META | JSON,
    },
)


def fields_of(package: NixPackage) -> dict[str, Any]:
    """A package as an entry that says just this."""
    at = {"assigned": package.assigned_in, "position": package.implemented_in}
    places = {field: f"{place.path}:{place.line}" if place else None for field, place in at.items()}
    return {
        "pname": package.pname,
        "version": package.version,
        "system": package.system,
        "outputs": list(package.outputs),
        "assigned": places["assigned"],
        "meta": {
            "description": package.description,
            "longDescription": package.long_description,
            "homepage": list(package.homepages),
            "license": [{"fullName": one.name, "spdxId": one.spdx_id, "free": one.is_free} for one in package.licenses],
            "maintainers": [one._asdict() for one in package.maintainers],
            "platforms": list(package.platforms),
            "position": places["position"],
            "mainProgram": package.main_program,
            "broken": package.is_broken,
            "unfree": package.is_unfree,
            "insecure": package.is_insecure,
            "unsupported": package.is_unsupported,
        },
    }


@given(FIELDS)
def test_whatever_an_entry_says_it_is_a_package_that_can_be_stored_and_cleaning_it_again_changes_nothing(
    fields: dict[str, Any],
) -> None:
    attr = AttrPath.parse("a")
    package = cleaned(RawPackage(attr, fields))
    known = repr((package, package.text)).encode("utf-8")  # halves of surrogate pairs would raise
    assert b"\\x00" not in known
    assert cleaned(RawPackage(attr, fields_of(package))) == package
    assert len(package.content_hash) == 64


def test_everything_has_a_bound() -> None:
    long = "word " * 1_000_000
    package = clean(
        {
            "description": long,
            "longDescription": long,
            "homepage": [f"https://example.org/{number}" for number in range(1000)]
            + ["https://example.org/" + "x" * 5000],
            "license": [f"License {number}" for number in range(1000)],
            "maintainers": [f"Person {number}" for number in range(1000)],
            "platforms": [f"cpu{number}-linux" for number in range(10_000)],
            "mainProgram": long,
            "outputsToInstall": [f"out{number}" for number in range(1000)],
        },
        pname=long,
        version=long,
    )
    assert len(package.description or "") <= LONGEST_LINE
    assert len(package.long_description or "") <= LONGEST_TEXT
    assert max(len(package.pname), len(package.version), len(package.main_program or "")) <= LONGEST_NAME
    assert max(len(package.homepages), len(package.licenses), len(package.outputs)) <= MOST
    assert len(package.maintainers) <= 100
    assert len(package.platforms) <= 500
