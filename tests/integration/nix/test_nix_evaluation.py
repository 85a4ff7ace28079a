"""A mock nixpkgs of five thousand packages, evaluated by the real nix: exactly the right set, however far one goes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.cleaning import cleaned
from kodit.domain.nixpkgs.nix_package import Position
from kodit.domain.nixpkgs.walk import RawPackage, Walk
from kodit.infrastructure.nix.package_evaluator import NixPackageEvaluator
from nixpkgs_tree import BROKEN_FIELDS, FAILING, WrittenTree, attributes_of, write_tree


@pytest.fixture(autouse=True)
def _nix(require: Callable[[str], None]) -> None:
    require("nix")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> WrittenTree:
    directory = tmp_path_factory.mktemp("nixpkgs")
    return write_tree(directory, packages=5_000, failing=("missing", "throw"), partly=("throw", "missing", "version"))


@dataclass
class Found:
    packages: dict[AttrPath, RawPackage] = field(default_factory=dict)
    failures: dict[AttrPath, str] = field(default_factory=dict)
    order: list[AttrPath] = field(default_factory=list)

    @property
    def versions(self) -> dict[AttrPath, object]:
        """Those that could be had."""
        return {path: package.fields.get("version") for path, package in self.packages.items()}


async def found_in(tree: WrittenTree, walk: Walk) -> Found:
    found = Found()
    async for one in NixPackageEvaluator().evaluate(str(tree.root), walk):
        found.order.append(one.attr)
        if isinstance(one, RawPackage):
            found.packages[one.attr] = one
        else:
            found.failures[one.attr] = one.message
    assert len(found.order) == len(set(found.order)), "an attribute came twice"
    return found


def expected(tree: WrittenTree, depth: int, *, recurse_all: bool = False) -> dict[AttrPath, object]:
    versions: dict[AttrPath, object] = dict(tree.found(depth, recurse_all=recurse_all))
    return versions | {AttrPath(("partly-version",)): None}


@pytest.mark.parametrize(("depth", "recurse_all"), [(1, False), (2, False), (3, False), (2, True), (3, True)])
async def test_exactly_the_right_packages_are_found(tree: WrittenTree, depth: int, recurse_all: bool) -> None:
    found = await found_in(tree, Walk(depth=depth, recurse_all=recurse_all))
    assert found.versions == expected(tree, depth, recurse_all=recurse_all)
    assert found.failures.keys() == tree.failures(depth, recurse_all=recurse_all)
    assert found.order == sorted(found.order)


async def test_given_attributes_are_found_wherever_they_stand(tree: WrittenTree) -> None:
    wanted = sorted(attributes_of(tree))[::7]
    found = await found_in(tree, Walk(depth=1, attributes=tuple(wanted)))
    assert found.order == wanted
    assert found.failures.keys() == tree.failures(9, recurse_all=True) & set(wanted)


async def test_whatever_ends_nix_costs_itself_alone_and_says_why(tmp_path: Path) -> None:
    tree = write_tree(tmp_path, packages=300)
    found = await found_in(tree, Walk(depth=3, recurse_all=True))
    assert found.versions == expected(tree, 3, recurse_all=True)
    assert found.failures.keys() == tree.failures(3, recurse_all=True)
    said = {path.name.removeprefix("failing-"): message for path, message in found.failures.items()}
    words = {
        "abort": "'boom'",
        "assertion": "fails an assertion",
        "import": "no-such-file.nix",
        "missing": "attribute 'no-such-attribute' missing (at pkgs/top-level/all-packages.nix:",
        "overflow": "stack overflow",
        "recursion": "infinite recursion",
        "throw": "it throws",
        "type": "cannot add a string to an integer (at pkgs/top-level/all-packages.nix:",
        "unexpected": "called without required argument 'a'",
    }
    assert words.keys() == FAILING.keys()
    assert {name: text in said[name] for name, text in words.items()} == dict.fromkeys(words, True)


async def test_a_field_that_ends_nix_is_all_that_is_lost(tmp_path: Path) -> None:
    tree = write_tree(tmp_path, packages=300, failing=())
    names = {AttrPath((f"partly-{kind}",)): kind for kind in BROKEN_FIELDS}
    found = await found_in(tree, Walk(attributes=tuple(names)))
    packages = {kind: found.packages[path].fields for path, kind in names.items()}
    lost = {kind: list(fields.get("failed", {})) for kind, fields in packages.items()}
    assert lost == {
        "abort": ["meta.homepage"],
        "missing": ["meta.license"],
        "throw": [],
        "element": [],
        "version": ["version"],
        "meta": ["meta"],
    }
    assert "boom" not in str(packages)
    assert packages["abort"]["failed"]["meta.homepage"].endswith("'no homepage'")
    assert packages["element"]["meta"]["maintainers"] == [{"name": "Ada", "github": "ada"}]
    assert packages["throw"]["meta"].keys() == packages["abort"]["meta"].keys() - {"description"} | {"homepage"}


async def test_a_package_knows_where_it_is_assigned_and_where_it_is_implemented(tree: WrittenTree) -> None:
    found = await found_in(tree, Walk(attributes=(AttrPath(("named5",)), AttrPath(("qt6", "qt63")))))
    lines = (tree.root / "pkgs" / "top-level" / "all-packages.nix").read_text().splitlines()
    for path, start in ((("named5",), '"named5" ='), (("qt6", "qt63"), "qt63 =")):
        package = cleaned(found.packages[AttrPath(path)])
        assert package.implemented_in == Position("pkgs/top-level/all-packages.nix", 7)
        assert package.assigned_in is not None
        assert package.assigned_in.path == "pkgs/top-level/all-packages.nix"
        assert lines[package.assigned_in.line - 1].strip().startswith(start)
