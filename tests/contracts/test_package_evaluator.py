"""What every evaluator of nixpkgs trees promises, be the tree a mapping or a file of nix's language."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodit.domain.errors import NotFound
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.ports import PackageEvaluator
from kodit.domain.nixpkgs.walk import EvaluationFailure, RawPackage, Walk
from kodit.infrastructure.memory.package_evaluator import MemoryPackageEvaluator
from kodit.infrastructure.nix.package_evaluator import NixPackageEvaluator

Tree = Mapping[str, Any]
Evaluate = Callable[[Tree, Walk], "Evaluation"]


class Evaluation:
    """An evaluator, a tree that it finds under its name, and how to walk there."""

    def __init__(self, evaluator: PackageEvaluator, name: str, walk: Walk) -> None:
        self.evaluator, self.name, self.walk = evaluator, name, walk

    async def all(self) -> list[RawPackage | EvaluationFailure]:
        return [one async for one in self.evaluator.evaluate(self.name, self.walk)]

    async def packages(self) -> list[str]:
        return [str(one.attr) for one in await self.all() if isinstance(one, RawPackage)]

    async def failures(self) -> dict[str, str]:
        return {str(one.attr): one.message for one in await self.all() if isinstance(one, EvaluationFailure)}


@pytest.fixture(params=["memory", "nix"])
def evaluate(request: pytest.FixtureRequest, require: Callable[[str], None], tmp_path: Path) -> Evaluate:
    if request.param == "memory":
        return lambda tree, walk: Evaluation(MemoryPackageEvaluator({"tree": tree}), "tree", walk)
    require("nix")

    def written(tree: Tree, walk: Walk) -> Evaluation:
        return Evaluation(NixPackageEvaluator(), write(tree, tmp_path), walk)

    return written


def package(name: str, version: str = "1.0", **fields: Any) -> dict[str, Any]:
    return {"type": "derivation", "name": f"{name}-{version}", "version": version, **fields}


def write(tree: Tree, directory: Path) -> str:
    (directory / "default.nix").write_text(f"let self = {in_nix(tree, 'self', {})}; in self")
    return str(directory)


def in_nix(value: Any, place: str, known: dict[int, str]) -> str:
    """A value in nix's language; a set that stands there already is the same set, so circles are circles."""
    if isinstance(value, Exception):
        return f'(abort "{value}")'
    if isinstance(value, list):
        return f"[{' '.join(in_nix(one, place, known) for one in value)}]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${") + '"'
    if not isinstance(value, Mapping):
        return {None: "null", True: "true", False: "false"}.get(value, str(value))
    if id(value) in known:
        return known[id(value)]
    known[id(value)] = place
    attributes = [(in_nix(name, "", {}), one) for name, one in value.items()]
    bindings = " ".join(f"{name} = {in_nix(one, f'{place}.{name}', known)};" for name, one in attributes)
    return f"{{ {bindings} }}"


BOOM = ValueError("boom")


async def test_a_package_says_what_it_is(evaluate: Evaluate) -> None:
    meta = {
        "description": "Greets",
        "homepage": ["https://example.org/a", "https://example.org/b"],
        "license": {"spdxId": "GPL-3.0-or-later", "free": True},
        "maintainers": [{"name": "Ada", "email": "ada@example.org", "github": "ada"}],
        "platforms": ["x86_64-linux", {"cpu": {"name": "armv7l"}, "kernel": {"name": "linux"}}],
        "broken": False,
        "mainProgram": "hello",
    }
    tree = {"hello": package("hello", "2.12", pname="hello", outputs=["out", "man"], system="x86_64-linux", meta=meta)}
    [found] = await evaluate(tree, Walk()).all()
    assert isinstance(found, RawPackage)
    said = {name: value for name, value in found.fields.items() if name != "assigned"}
    assert found.attr == AttrPath(("hello",))
    assert said == {
        "name": "hello-2.12",
        "pname": "hello",
        "version": "2.12",
        "outputs": ["out", "man"],
        "system": "x86_64-linux",
        "meta": meta,
    }


async def test_a_field_that_is_another_thing_than_it_should_be_does_no_harm(evaluate: Evaluate) -> None:
    tree: dict[str, Any] = {"a": package("a"), "b": package("b")}
    tree["a"] |= {"pname": 1, "outputs": tree, "meta": {"homepage": tree, "license": tree["b"], "platforms": [[tree]]}}
    tree["c"] = package("c", meta=["no", "set"])
    found = [one for one in await evaluate(tree, Walk()).all() if isinstance(one, RawPackage)]
    assert [one.attr.name for one in found] == ["a", "b", "c"]
    assert (found[0].fields["name"], found[0].fields["version"]) == ("a-1.0", "1.0")
    assert found[2].fields["meta"] == {}


async def test_packages_come_in_the_order_of_their_paths_within_a_set(evaluate: Evaluate) -> None:
    tree = {"b": package("b"), "a": package("a"), "aPackages": {"z": package("z"), "y": package("y")}}
    assert await evaluate(tree, Walk()).packages() == ["a", "aPackages.y", "aPackages.z", "b"]


async def test_what_is_no_package_is_passed_over(evaluate: Evaluate) -> None:
    tree = {"number": 1, "text": "a", "list": [package("a")], "nothing": None, "set": {"a": package("a")}}
    assert await evaluate(tree, Walk(depth=5)).all() == []


@pytest.mark.parametrize(
    ("depth", "found"),
    [
        (1, ["top"]),
        (2, ["onePackages.inner", "top"]),
        (3, ["onePackages.inner", "onePackages.twoPackages.deep", "top"]),
    ],
)
async def test_a_walk_goes_as_deep_as_it_is_told(evaluate: Evaluate, depth: int, found: list[str]) -> None:
    tree = {
        "onePackages": {
            "inner": package("inner"),
            "twoPackages": {"deep": package("deep")},
            "other": {"x": package("x")},
        },
        "top": package("top"),
    }
    assert await evaluate(tree, Walk(depth=depth)).packages() == found


async def test_a_scope_of_several_names_counts_as_one_set(evaluate: Evaluate) -> None:
    erlang = {"elixir": package("elixir"), "morePackages": {"x": package("x")}}
    packages = {"erlang27": erlang, "erlang28": package("erlang"), "other": {"z": package("z")}, "broken": BOOM}
    tree = {"beam": {"packages": packages, "beam": package("beam")}}
    assert await evaluate(tree, Walk(depth=2)).packages() == ["beam.packages.erlang27.elixir"]
    assert await evaluate(tree, Walk(depth=2)).failures() == {}
    assert await evaluate(tree, Walk(depth=1)).all() == []
    assert await evaluate(tree, Walk(depth=3)).packages() == [
        "beam.packages.erlang27.elixir",
        "beam.packages.erlang27.morePackages.x",
    ]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("mine*", ["mine1.a", "mine2.b"]),
        ("mine?", ["mine1.a", "mine2.b"]),
        ("mine[1x]", ["mine1.a"]),
        ("mine[!1]", ["mine2.b"]),
        ("min", []),
        ("m.ne1", []),
        ('"dotted.set"', ['"dotted.set".c']),
        ("dotted.set", []),
    ],
)
async def test_a_scope_is_a_glob(evaluate: Evaluate, scope: str, found: list[str]) -> None:
    tree = {
        "mine1": {"a": package("a")},
        "mine2": {"b": package("b")},
        "dotted.set": {"c": package("c")},
        "xPackages": {"d": package("d")},
    }
    assert await evaluate(tree, Walk(scopes=(scope,))).packages() == found


async def test_only_a_walk_that_recurses_looks_into_what_asks_for_it(evaluate: Evaluate) -> None:
    inner = {"recurseForDerivations": True, "x": package("x")}
    tree = {
        "asking": {"recurseForDerivations": True, "a": package("a"), "inner": inner},
        "refusing": {"recurseForDerivations": False, "b": package("b")},
        "unclear": {"recurseForDerivations": "yes", "c": package("c")},
    }
    assert await evaluate(tree, Walk()).packages() == []
    assert await evaluate(tree, Walk(recurse_all=True)).packages() == ["asking.a"]
    assert await evaluate(tree, Walk(recurse_all=True, depth=3)).packages() == ["asking.a", "asking.inner.x"]


async def test_a_set_that_contains_itself_is_looked_into_once(evaluate: Evaluate) -> None:
    tree: dict[str, Any] = {"a": package("a"), "pkgs": None, "buildPackages": None, "onePackages": {"b": package("b")}}
    tree["pkgs"] = tree["buildPackages"] = tree
    tree["onePackages"]["selfPackages"] = tree["onePackages"]
    tree["onePackages"]["topPackages"] = tree
    assert await evaluate(tree, Walk(depth=6, recurse_all=True)).packages() == ["a", "onePackages.b"]


async def test_a_set_that_is_nearly_one_around_it_is_not_looked_into(evaluate: Evaluate) -> None:
    """A nixpkgs for another machine has the same names, but other packages."""
    names = [f"tool{number}" for number in range(20)]
    cross = {name: package(name, "arm") for name in names} | {"crossPackages": {}}
    tree = {name: package(name) for name in names} | {"crossPackages": cross, "added": package("added")}
    assert await evaluate(tree, Walk(depth=3)).packages() == sorted([*names, "added"])


async def test_an_attribute_is_told_by_its_path_alone(evaluate: Evaluate) -> None:
    shared, scope = package("shared"), {"x": package("x")}
    tree = {"a": shared, "b": shared, "onePackages": scope, "twoPackages": scope}
    assert await evaluate(tree, Walk()).packages() == ["a", "b", "onePackages.x", "twoPackages.x"]


async def test_names_may_be_anything(evaluate: Evaluate) -> None:
    names = ["dotted.name", "two words", 'quo"ted', "dollar${brace}", "grün", "0ad", "or", "back\\slash", "\U0001f40d"]
    tree = {name: package("odd") for name in names}
    found = [one.attr for one in await evaluate(tree, Walk()).all()]
    assert found == [AttrPath((name,)) for name in sorted(names)]
    assert await evaluate(tree, Walk(attributes=tuple(found))).packages() == [str(path) for path in found]


async def test_what_cannot_be_evaluated_costs_itself_alone(evaluate: Evaluate) -> None:
    tree = {
        "a": package("a"),
        "b": BOOM,
        "onePackages": {"c": package("c"), "d": BOOM, "e": package("e")},
        "twoPackages": BOOM,
        "z": package("z"),
    }
    assert await evaluate(tree, Walk()).packages() == ["a", "onePackages.c", "onePackages.e", "z"]
    failures = await evaluate(tree, Walk()).failures()
    assert list(failures) == ["b", "onePackages.d", "twoPackages"]
    assert all("boom" in message for message in failures.values())


async def test_a_field_that_cannot_be_evaluated_is_left_out(evaluate: Evaluate) -> None:
    tree = {"a": package("a", outputs=BOOM, meta={"description": BOOM, "broken": True, "license": BOOM})}
    [found] = await evaluate(tree, Walk()).all()
    assert isinstance(found, RawPackage)
    assert found.fields["version"] == "1.0"
    assert found.fields["meta"] == {"broken": True}
    assert "outputs" not in found.fields


async def test_a_package_without_a_name_is_a_failure(evaluate: Evaluate) -> None:
    tree = {
        "a": {"type": "derivation"},
        "b": {"type": "derivation", "name": 1},
        "c": {"type": "derivation", "name": BOOM},
    }
    assert list(await evaluate(tree, Walk()).failures()) == ["a", "b", "c"]


async def test_given_attributes_are_all_that_is_evaluated(evaluate: Evaluate) -> None:
    inner = {"a": package("a"), "b": BOOM, "c": {"d": package("d")}}
    tree = {"set": inner, "top": package("top"), "broken": BOOM}
    wanted = [("top",), ("set", "c", "d"), ("set", "a"), ("top",)]
    asked = evaluate(tree, Walk(depth=1, attributes=tuple(map(AttrPath, wanted))))
    assert await asked.packages() == ["set.a", "set.c.d", "top"]
    assert await asked.failures() == {}


async def test_a_given_attribute_that_is_missing_or_no_package_is_a_failure(evaluate: Evaluate) -> None:
    tree = {"a": package("a"), "set": {"b": package("b")}, "broken": BOOM, "number": 1}
    paths = ["a", "b", "set", "set.c", "number", "number.x", "broken", "broken.x", "a.none"]
    asked = evaluate(tree, Walk(attributes=tuple(map(AttrPath.parse, paths))))
    assert await asked.packages() == ["a"]
    failures = await asked.failures()
    assert list(failures) == ["a.none", "b", "broken", "broken.x", "number", "number.x", "set", "set.c"]
    assert "boom" in failures["broken"]
    assert failures["set"] != failures["set.c"]


@pytest.mark.parametrize("name", ["null\0", "\udcff"])
async def test_a_given_attribute_that_cannot_exist_is_missing(evaluate: Evaluate, name: str) -> None:
    asked = evaluate({"a": package("a"), "null": package("null")}, Walk(attributes=(AttrPath((name,)),)))
    assert [(one.attr.name, type(one)) for one in await asked.all()] == [(name, EvaluationFailure)]


async def test_a_tree_that_does_not_exist_is_not_found(evaluate: Evaluate, tmp_path: Path) -> None:
    evaluator = evaluate({}, Walk()).evaluator
    with pytest.raises(NotFound):
        await anext(evaluator.evaluate(str(tmp_path / "nowhere"), Walk()))


async def test_an_empty_tree_has_no_packages(evaluate: Evaluate) -> None:
    assert await evaluate({}, Walk()).all() == []


async def test_a_consumer_may_stop_early(evaluate: Evaluate) -> None:
    asked = evaluate({f"tool{number}": package("tool") for number in range(200)}, Walk())
    async with aclosing(asked.evaluator.evaluate(asked.name, asked.walk)) as found:
        assert str((await anext(found)).attr) == "tool0"
    with pytest.raises(StopAsyncIteration):
        await anext(found)


NAMES = st.sampled_from(["a", "b.c", "aPackages", "qt6", "beam", "packages", "erlang1", "set"])
SETS = st.recursive(
    st.just(package("x")) | st.just(BOOM) | st.just(1),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4).map(
        lambda one: one | {"recurseForDerivations": "a" in one}
    ),
    max_leaves=25,
)
WALKS = st.builds(
    Walk,
    depth=st.integers(1, 4),
    recurse_all=st.booleans(),
    scopes=st.sampled_from([("*Packages", "qt6", "beam.packages.erlang*"), ("*",), ("beam.*",), ()]),
)


@pytest.fixture
def directory() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=st.dictionaries(NAMES, SETS, max_size=5), walk=WALKS)
async def test_nix_walks_as_the_specification_does(
    require: Callable[[str], None], directory: Path, tree: Tree, walk: Walk
) -> None:
    require("nix")
    specified = Evaluation(MemoryPackageEvaluator({"tree": tree}), "tree", walk)
    by_nix = Evaluation(NixPackageEvaluator(), write(tree, directory), walk)
    assert [(one.attr, type(one)) for one in await by_nix.all()] == [
        (one.attr, type(one)) for one in await specified.all()
    ]
