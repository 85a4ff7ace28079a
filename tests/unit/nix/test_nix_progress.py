"""An evaluation that takes several processes goes on where one ended, and ends when there is no use in it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from kodit.domain.errors import InvalidInput, Unavailable
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, RawPackage, Walk
from kodit.infrastructure.nix.giving_up import MOST_EXCESSES, MOST_STARTS
from kodit.infrastructure.nix.limits import Cause, Death
from kodit.infrastructure.nix.progress import Progress
from kodit.infrastructure.nix.request import GoingOn

TREE = Path("/src/nixpkgs")
ERROR = Death(Cause.ERROR, "boom")
SILENCE = Death(Cause.SILENCE, "too long")
MEMORY = Death(Cause.MEMORY, "too much")


def begun(*attributes: str) -> Progress:
    return Progress(TREE, TREE, Walk(attributes=tuple(map(AttrPath.parse, attributes))))


def hear(progress: Progress, *lines: tuple[str, Any]) -> list[Evaluated]:
    said: Iterable[Evaluated | None] = [
        progress.heard(sign.encode() + json.dumps(value).encode()) for sign, value in lines
    ]
    return [one for one in said if one is not None]


def announced(name: str) -> tuple[str, list[str]]:
    return (">", [name])


def goes_on(progress: Progress) -> GoingOn | None:
    assert progress.request is not None
    return progress.request.going_on


def test_a_walk_is_over_when_it_says_so() -> None:
    progress = begun()
    [found] = hear(progress, announced("a"), ("=", {"name": "a-1"}), ("+", {"version": "1", "meta": {}}), (".", None))
    assert found == RawPackage(AttrPath(("a",)), {"name": "a-1", "version": "1", "meta": {}})
    assert progress.request is None


def test_an_attribute_at_which_nix_ends_is_passed_over() -> None:
    progress = begun()
    hear(progress, announced("a"), announced("b"))
    assert progress.ended(ERROR) == EvaluationFailure(AttrPath(("b",)), "boom")
    assert goes_on(progress) == GoingOn(AttrPath(("b",)))


def test_a_package_at_which_nix_ends_is_looked_at_field_after_field() -> None:
    progress, a = begun(), AttrPath(("a",))
    hear(progress, announced("a"), ("=", {"name": "a-1"}))
    assert progress.ended(ERROR) is None
    assert goes_on(progress) == GoingOn(a, again=True, careful=True)
    hear(
        progress,
        announced("a"),
        ("=", {"name": "a-1"}),
        ("?", "version"),
        (":", {"version": "1"}),
        ("?", "meta.license"),
    )
    assert progress.ended(ERROR) is None
    assert goes_on(progress) == GoingOn(a, again=True, careful=True, without=frozenset({"version", "meta.license"}))
    lines = (("?", "meta.broken"), (":", {"meta": {"broken": True}}), ("+", {}))
    [found] = hear(progress, announced("a"), ("=", {"name": "a-1"}), *lines)
    assert found == RawPackage(
        a, {"name": "a-1", "version": "1", "meta": {"broken": True}, "failed": {"meta.license": "boom"}}
    )


def test_a_package_without_a_meta_that_could_be_had_keeps_its_other_fields() -> None:
    progress, a = begun(), AttrPath(("a",))
    hear(progress, announced("a"), ("=", {"name": "a-1"}))
    progress.ended(ERROR)
    hear(progress, announced("a"), ("=", {"name": "a-1"}), ("?", "pname"), (":", {"pname": "a"}), ("?", "meta"))
    assert progress.ended(ERROR) == RawPackage(a, {"name": "a-1", "pname": "a", "meta": {}, "failed": {"meta": "boom"}})
    assert goes_on(progress) == GoingOn(a)


def test_what_nix_cannot_name_is_known_of_the_next_package_no_more() -> None:
    progress = begun()
    hear(progress, announced("a"), ("=", {"name": "a-1"}))
    progress.ended(ERROR)
    hear(progress, announced("a"), ("=", {"name": "a-1"}), ("?", "version"))
    progress.ended(ERROR)
    hear(progress, announced("a"), ("=", {"name": "a-1"}), ("+", {}))
    [found] = hear(progress, announced("b"), ("=", {"name": "b-1"}), ("+", {"meta": {}}))
    assert found == RawPackage(AttrPath(("b",)), {"name": "b-1", "meta": {}})


def test_memory_is_the_fault_of_an_attribute_only_where_it_was_the_first() -> None:
    progress, b = begun(), AttrPath(("b",))
    hear(progress, announced("a"), announced("b"))
    assert progress.ended(MEMORY) is None
    assert goes_on(progress) == GoingOn(b, again=True)
    hear(progress, announced("b"))
    assert progress.ended(MEMORY) == EvaluationFailure(b, "too much")
    assert goes_on(progress) == GoingOn(b)


def test_sets_on_the_way_to_where_a_walk_goes_on_take_no_memory_of_their_own() -> None:
    progress, inner = begun(), AttrPath(("set", "inner"))
    way = (announced("a"), (">", ["set"]), (">", ["set", "inner"]))
    hear(progress, *way)
    assert progress.ended(MEMORY) is None
    assert goes_on(progress) == GoingOn(inner, again=True)
    hear(progress, *way[1:])
    assert progress.ended(MEMORY) == EvaluationFailure(inner, "too much")
    hear(progress, way[1])
    assert progress.ended(MEMORY) == EvaluationFailure(AttrPath(("set",)), "too much")


def test_the_last_of_the_given_attributes_needs_no_other_process() -> None:
    progress = begun("a", "b")
    hear(progress, announced("a"), announced("b"))
    progress.ended(ERROR)
    assert progress.request is None


def test_positions_in_the_tree_are_told_from_its_root_and_no_others_are_kept() -> None:
    meta = {"position": "/src/nixpkgs/pkgs/a.nix:3"}
    for assigned, known in (
        ("/src/nixpkgs/b.nix:4", "b.nix:4"),
        ("/other/c.nix:5", "/other/c.nix:5"),
        ("(string):1", None),
    ):
        lines = (("=", {"name": "a-1", "assigned": assigned}), ("+", {"meta": meta}))
        [found] = hear(begun(), announced("a"), *lines)
        assert isinstance(found, RawPackage)
        assert (found.fields.get("assigned"), found.fields["meta"]["position"]) == (known, "pkgs/a.nix:3")


@pytest.mark.parametrize(
    ("death", "error", "words"),
    [
        (ERROR, InvalidInput, "boom"),
        (SILENCE, Unavailable, "cannot be read"),
        (MEMORY, Unavailable, "cannot be read"),
        (Death(Cause.ERROR, "This version of Nixpkgs requires Nix >= 2.18, please upgrade"), Unavailable, "too old"),
    ],
)
def test_a_tree_that_gives_no_attribute_at_all_is_an_error(death: Death, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as raised:
        begun().ended(death)
    assert raised.value.remedy


def test_a_tree_that_takes_no_arguments_is_called_without() -> None:
    progress = begun()
    strict = Death(Cause.ERROR, "'anonymous function' called with unexpected argument 'config'")
    assert progress.ended(strict) is None
    assert progress.request is not None
    assert progress.request.bare
    with pytest.raises(InvalidInput):
        progress.ended(strict)


@pytest.mark.parametrize(("death", "most"), [(ERROR, MOST_STARTS), (SILENCE, MOST_EXCESSES)])
def test_an_evaluation_gives_up_in_the_end(death: Death, most: int) -> None:
    progress = begun()
    for number in range(most):
        hear(progress, announced(f"a{number}"))
        assert isinstance(progress.ended(death), EvaluationFailure)
    hear(progress, announced("z"))
    with pytest.raises(Unavailable, match="z") as raised:
        progress.ended(death)
    assert raised.value.remedy


def test_names_that_nix_cannot_have_are_missing_without_asking() -> None:
    progress = begun('"a\0"')
    assert [str(one.attr.name) for one in progress.impossible()] == ["a\0"]
    assert progress.request is None
