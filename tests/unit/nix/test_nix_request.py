"""What nix is asked for is one expression, whatever names and globs are in it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.walk import Walk
from kodit.infrastructure.nix.request import EXPLAINED, GoingOn, Request, is_spelled_in_nix

TREE = Path("/src/nixpkgs")
A, B, C = (AttrPath((name,)) for name in "abc")


def asked(request: Request) -> Any:
    """The request, read back from the expression as nix reads a string."""
    literal = request.expression("token").rpartition("(builtins.fromJSON ")[2].removesuffix(")")
    return json.loads(re.sub(r"\\(.)", r"\1", literal[1:-1]))


@given(text=st.text(max_size=30))
def test_names_reach_nix_as_they_are(text: str) -> None:
    path = AttrPath(("set", text))
    request = Request(TREE, Walk(attributes=(path,)))
    wanted = [["set", text]] if is_spelled_in_nix(path) else []
    assert asked(request)["attributes"] == wanted
    assert not re.search(r"(?<!\\)\$\{", request.expression("token").rpartition("fromJSON")[2])


def test_globs_become_patterns_for_each_name() -> None:
    walk = Walk(scopes=("*Packages", "qt5", "c++?", "[ab]*", "[!x]", "beam.packages.erlang*", '"a.b"', "a[b"))
    request = asked(Request(TREE, walk))
    assert request["scopes"] == r".*Packages|qt5|c\+\+.|[ab].*|[^x]|a\.b|a\[b"
    assert request["nested"] == [["beam", "packages", "erlang.*"]]


def test_without_globs_nothing_but_an_empty_name_matches() -> None:
    assert asked(Request(TREE, Walk(scopes=())))["scopes"] == "()"


def test_a_glob_that_is_no_path_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Request(TREE, Walk(scopes=("a..b",))).expression("token")


def test_of_given_attributes_those_are_left_that_come_later() -> None:
    walk = Walk(attributes=(C, A, B, A))
    assert asked(Request(TREE, walk))["attributes"] == [["a"], ["b"], ["c"]]
    assert asked(Request(TREE, walk, GoingOn(B)))["attributes"] == [["c"]]
    assert asked(Request(TREE, walk, GoingOn(B, again=True)))["attributes"] == [["b"], ["c"]]
    assert not Request(TREE, walk, GoingOn(C, again=True)).is_empty
    assert Request(TREE, walk, GoingOn(C)).is_empty
    assert not Request(TREE, Walk(), GoingOn(C)).is_empty


def test_only_of_a_few_attributes_is_it_asked_what_they_throw() -> None:
    many = tuple(AttrPath((f"tool{number}",)) for number in range(EXPLAINED + 1))
    assert [asked(Request(TREE, Walk(attributes=these)))["explain"] for these in ((), many[1:], many)] == [
        False,
        True,
        False,
    ]
