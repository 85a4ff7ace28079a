import json
import subprocess
from collections.abc import Callable

import pytest

from kodit.domain.nixpkgs.derivation_names import named, split

NAMES = [
    "hello-2.10",
    "hello",
    "python2.7-gunicorn-19.1.0",
    "haskell-memo-ghc7.6.3-0.5.1-profiling",
    "a-",
    "-1",
    "a--1",
    "a-é1",
    "a-.5",
    "a-_",
    "foo-1-bar-2",
    "9pfs",
    "4store-v1.1.5",
    "x-",
    "x--",
    "gtk+-3",
    "font-Z",
    "a-1 b",
]


def test_names_are_parted_as_nix_parts_them(require: Callable[[str], None]) -> None:
    require("nix")
    expression = f"map builtins.parseDrvName (builtins.fromJSON {json.dumps(json.dumps(NAMES))})"
    done = subprocess.run(
        ["nix-instantiate", "--eval", "--strict", "--json", "--store", "dummy://", "-E", expression],
        capture_output=True,
        check=True,
    )
    assert [(one["name"], one["version"]) for one in json.loads(done.stdout)] == [split(name) for name in NAMES]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name": "hello-2.10", "pname": "hello", "version": "2.10"}, ("hello", "2.10")),
        ({"name": "hello-2.10"}, ("hello", "2.10")),
        ({"pname": "hello-2.10", "version": "2.10"}, ("hello", "2.10")),
        ({"name": "hello-2.10", "pname": "hello"}, ("hello", "2.10")),
        ({"name": "hello-world-2.10", "pname": "hello"}, ("hello", "")),
        ({"pname": "hello"}, ("hello", "")),
        ({"version": "1"}, ("attribute", "1")),
        ({}, ("attribute", "")),
        ({"name": "-1"}, ("attribute", "1")),
        ({"name": 3, "pname": ["x"], "version": None}, ("attribute", "")),
    ],
)
def test_a_version_comes_from_its_field_or_from_the_name(fields: dict[str, object], expected: tuple[str, str]) -> None:
    assert named(fields, "attribute") == expected


@pytest.mark.parametrize(
    ("pname", "expected"),
    [
        ("4store-v1.1.5", ("4store", "1.1.5")),
        ("go1.6-grafana-v3.0.1", ("go1.6-grafana", "3.0.1")),
        ("gambit-v4_6_1", ("gambit", "4_6_1")),
        ("despotify-svn521", ("despotify", "svn521")),
        ("gosmore-r21657", ("gosmore", "r21657")),
        ("commado-r0.11a", ("commado", "r0.11a")),
        (f"connmanui-{'b838e640' * 5}", ("connmanui", "b838e640" * 5)),
        ("hammer-e7aa734", ("hammer-e7aa734", "")),
        ("erlang-R16B02", ("erlang-R16B02", "")),
        ("libCSS-devel", ("libCSS-devel", "")),
        ("v8", ("v8", "")),
        ("re2-view", ("re2-view", "")),
    ],
)
def test_versions_that_nix_takes_for_a_part_of_the_name_are_versions(pname: str, expected: tuple[str, str]) -> None:
    assert named({"pname": pname, "version": ""}, "attribute") == expected


def test_a_name_that_looks_so_keeps_its_end_when_the_version_is_known() -> None:
    assert named({"pname": "font-v2", "version": "7"}, "attribute") == ("font-v2", "7")
