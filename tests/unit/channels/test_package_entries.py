import json
from typing import Any

import pytest

from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.cleaning import cleaned
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, RawPackage
from kodit.infrastructure.channels.package_entries import entries

HELLO = {"name": "hello-2.10", "pname": "hello", "version": "2.10", "meta": {"description": "Greets"}}


def read(said: Any) -> list[Evaluated]:
    return list(entries(iter([said if isinstance(said, bytes) else json.dumps(said).encode()])))


def paths(found: list[Evaluated]) -> list[tuple[str, ...]]:
    return [one.attr.parts for one in found]


@pytest.mark.parametrize(
    "said",
    [
        {"version": 2, "packages": {"hello": HELLO, "a.b": HELLO}},
        {"version": "2", "packages": {"hello": HELLO, "a.b": HELLO}},
        {"packages": {"hello": HELLO, "a.b": HELLO}, "version": 2},
        {"packages": {"hello": HELLO, "a.b": HELLO}},
        {"hello": HELLO, "a.b": HELLO},
    ],
    ids=["packages.json", "version as text", "version last", "no version", "nix-env"],
)
def test_packages_are_read_from_a_channels_list_and_from_what_nix_env_prints(said: dict[str, Any]) -> None:
    assert read(said) == [
        RawPackage(AttrPath(("hello",)), HELLO),
        RawPackage(AttrPath(("a", "b")), HELLO),
    ]


def test_an_attribute_called_packages_is_one_where_others_stand_before_it() -> None:
    assert paths(read({"hello": HELLO, "packages": HELLO, "version": HELLO})) == [
        ("hello",),
        ("packages",),
        ("version",),
    ]


@pytest.mark.parametrize(
    ("outputs", "name", "built"),
    [
        ([["mommy-1.8.0", "out", True, "p8gd"]], ("mommy", "1.8.0"), ("out",)),
        ([["x-1-dev", "dev", True, "a"], ["x-1", "out", True, "b"]], ("x", "1"), ("dev", "out")),
        (
            [["crosswrd-3.0-tex", "tex", True, "a"], ["crosswrd-3.0-texdoc", "texdoc", True, "b"]],
            ("crosswrd", "3.0"),
            ("tex", "texdoc"),
        ),
        ([["hook", "out"]], ("hook", ""), ("out",)),
        ([["depot-1", "out", False], ["yarn-1.22", "out", True], ["source", "out", False]], ("yarn", "1.22"), ("out",)),
        ([["x-1-bin", "bin", True], ["lib-3-out", "out", False]], ("x", "1"), ("bin",)),
        ([3, ["y-1", "out"], [None, "lib"]], ("y", "1"), ("out",)),
    ],
)
def test_a_list_of_attributes_gives_names_versions_and_outputs(
    outputs: list[Any], name: tuple[str, str], built: tuple[str, ...]
) -> None:
    [found] = read({"a": outputs})
    assert isinstance(found, RawPackage)
    package = cleaned(found)
    assert ((package.pname, package.version), package.outputs) == (name, built)


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ('nodePackages."@angular/cli"', ("nodePackages", "@angular/cli")),
        ('a."b.c"', ("a", "b.c")),
        ("0ad", ("0ad",)),
        ("a.b'", ("a", "b'")),
    ],
)
def test_names_with_dots_in_them_stand_in_quotes(key: str, parts: tuple[str, ...]) -> None:
    assert paths(read({key: HELLO})) == [parts]


@pytest.mark.parametrize("key", ["", "a..b", 'a."b', ".", "a\0b", "a\ud800", "x" * 600, "\x1b[2J"])
def test_a_key_that_is_no_attribute_path_is_a_failure_of_its_own(key: str) -> None:
    failure, package = read({key: HELLO, "hello": HELLO})
    assert isinstance(failure, EvaluationFailure)
    assert "attribute path" in failure.message
    str(failure.attr).encode()
    assert isinstance(package, RawPackage)


@pytest.mark.parametrize(
    "entry", [{}, {"meta": {}}, {"name": 3}, [], [[]], [["x"]], [["x-1", "out", False]], {"error": "x"}]
)
def test_an_entry_without_a_name_is_a_failure_of_its_own(entry: Any) -> None:
    failure, _ = read({"packages": {"a": entry, "hello": HELLO}})
    assert failure == EvaluationFailure(AttrPath(("a",)), "the entry of the list does not say what it is called")


@pytest.mark.parametrize("entry", ["text", 3, None, True])
def test_an_entry_that_is_no_set_is_a_failure_of_its_own(entry: Any) -> None:
    failure, _ = read({"packages": {"a": entry, "hello": HELLO}})
    assert isinstance(failure, EvaluationFailure)


def test_of_an_attribute_that_stands_there_twice_the_first_is_taken_and_the_second_told() -> None:
    first, second = read(b'{"a.b": {"name": "x-1"}, "a.\\"b\\"": {"name": "x-2"}}')
    assert first == RawPackage(AttrPath(("a", "b")), {"name": "x-1"})
    assert second == EvaluationFailure(AttrPath(("a", "b")), "stands in the list twice; the first of them is taken")


@pytest.mark.parametrize("said", [{}, {"packages": {}, "version": 2}, {"message": "Not Found"}, {"a": {"b": 1}}])
def test_a_list_without_packages_is_refused(said: Any) -> None:
    with pytest.raises(InvalidInput, match="no packages in this list"):
        read(said)


@pytest.mark.parametrize("said", [[], "text", 3])
def test_what_is_no_object_is_refused(said: Any) -> None:
    with pytest.raises(InvalidInput, match="no JSON object"):
        read(said)


def test_a_version_that_kodit_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidInput, match="of version 3; kodit reads version 2"):
        read({"version": 3, "packages": {"hello": HELLO}})


def test_what_nix_env_breaks_off_with_names_the_byte_the_attribute_and_what_to_do() -> None:
    printed = b'{"a": {"name": "a-1"}, "broken": {"name": "b-1", "meta": {"description": , "x": 1}}}'
    found = entries(iter([printed]))
    assert next(found).attr.parts == ("a",)
    byte = printed.index(b', "x"')
    with pytest.raises(InvalidInput, match=f"byte {byte}, after 'broken'") as refused:
        next(found)
    assert "nix-env prints no JSON where a field of a package throws" in (refused.value.remedy or "")
