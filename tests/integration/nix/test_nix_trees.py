"""Trees come in many shapes, and what is none is told from them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kodit.domain.errors import InvalidInput, KoditError, NotFound, Unavailable
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.walk import EvaluationFailure, RawPackage, Walk
from kodit.infrastructure.nix.package_evaluator import NixPackageEvaluator

A = '{ a = { type = "derivation"; name = "a-1"; system = %s; }; }'


@pytest.fixture(autouse=True)
def _nix(require: Callable[[str], None]) -> None:
    require("nix")


async def evaluated(tree: Path, walk: Walk | None = None) -> list[RawPackage | EvaluationFailure]:
    return [one async for one in NixPackageEvaluator().evaluate(str(tree), walk or Walk(system="riscv64-linux"))]


def written(directory: Path, text: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "default.nix").write_text(text)
    return directory


@pytest.mark.parametrize(
    ("text", "system"),
    [
        (A % '"any"', "any"),
        ("{ }: " + A % '"any"', "any"),
        ("{ ... }: " + A % '"any"', "any"),
        ("{ system ? builtins.currentSystem }: " + A % "system", "riscv64-linux"),
        ("{ system, config }: assert config.allowBroken; " + A % "system", "riscv64-linux"),
        ("{ system, config, overlays }: assert overlays == [ ]; " + A % "system", "riscv64-linux"),
        (
            "{ localSystem ? { inherit system; }, system, config, overlays ? [ 1 ], crossSystem ? null }@all: "
            + A % "all.system",
            "riscv64-linux",
        ),
        ("arguments: assert arguments.config.allowUnfree; " + A % "arguments.system", "riscv64-linux"),
        ("arguments: (({ system, config }: " + A % "system" + ") arguments)", "riscv64-linux"),
    ],
)
async def test_a_tree_is_called_with_what_it_takes(tmp_path: Path, text: str, system: str) -> None:
    [found] = await evaluated(written(tmp_path, text))
    assert isinstance(found, RawPackage)
    assert found.fields["system"] == system


@pytest.mark.parametrize("name", ["a b=c", "grün", "dollar${x}", 'quo"te', "semi:colon#hash?x"])
async def test_a_tree_may_lie_anywhere(tmp_path: Path, name: str) -> None:
    tree = written(tmp_path / name, "{ }: import ./more.nix")
    (tree / "more.nix").write_text(A % '"any"')
    link = tmp_path / "link"
    link.symlink_to(tree)
    for place in (tree, link, tree / "default.nix"):
        [found] = await evaluated(place)
        assert isinstance(found, RawPackage)
        assert found.fields["assigned"] in ("more.nix:1", "default.nix:1")


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("{ a = ", InvalidInput, "syntax error"),
        ("1", InvalidInput, "no set of attributes"),
        ("x: y: { }", InvalidInput, "no set of attributes"),
        ((A % "1") + ".a", InvalidInput, "single package"),
        ("{ needed }: { }", InvalidInput, "needed"),
        ("import ./gone.nix", InvalidInput, "gone.nix"),
        ("import /etc/hostname", InvalidInput, "restricted|forbidden"),
        (
            'if ! builtins ? noSuchBuiltin then abort "\n\n This version of Nixpkgs requires Nix >= 99.1" else { }',
            Unavailable,
            "requires Nix >= 99.1",
        ),
    ],
)
async def test_what_is_no_tree_is_an_error_that_says_why(
    tmp_path: Path, text: str, error: type[KoditError], words: str
) -> None:
    with pytest.raises(error, match=words) as raised:
        await evaluated(written(tmp_path, text))
    assert raised.value.remedy
    assert len(str(raised.value).splitlines()) == 1


async def test_a_directory_without_an_expression_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        await evaluated(tmp_path)


async def test_sets_on_the_way_to_a_given_attribute_may_be_functions_with_defaults(tmp_path: Path) -> None:
    text = '{ f = { x ? 1 }: { inner = g: { }; p = { y ? x }: { type = "derivation"; name = "p-${toString y}"; }; }; }'
    found = await evaluated(
        written(tmp_path, text), Walk(attributes=(AttrPath.parse("f.p"), AttrPath.parse("f.inner.x")))
    )
    assert [(str(one.attr), getattr(one, "fields", {}).get("name")) for one in found] == [
        ("f.inner.x", None),
        ("f.p", "p-1"),
    ]


async def test_what_a_named_attribute_throws_is_told(tmp_path: Path) -> None:
    tree = written(tmp_path, '{ a = throw "use b instead"; b = { c = throw "c is gone"; }; }')
    found = await evaluated(tree, Walk(attributes=(AttrPath(("a",)), AttrPath(("b", "c")))))
    assert [one.message for one in found if isinstance(one, EvaluationFailure)] == ["use b instead", "c is gone"]


async def test_texts_may_name_files_of_the_tree(tmp_path: Path) -> None:
    """Nix has their place in a store then, and there is none."""
    meta = '{ description = "See ${./default.nix}"; homepage = ./x; }'
    text = f'{{ a = {{ type = "derivation"; name = "a-1"; meta = {meta}; }}; }}'
    [found] = await evaluated(written(tmp_path, text))
    assert isinstance(found, RawPackage)
    assert found.fields["meta"]["description"].endswith("-default.nix")
    assert found.fields["meta"]["homepage"] == f"{tmp_path}/x"


@pytest.mark.parametrize("says", ["nix-instantiate (Nix) 2.3.16", "hello", ""])
async def test_a_nix_that_is_too_old_is_unavailable(tmp_path: Path, says: str) -> None:
    program = tmp_path / "nix-instantiate"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    with pytest.raises(Unavailable, match="too old") as raised:
        await anext(NixPackageEvaluator(program=str(program)).evaluate(str(written(tmp_path, "{ }")), Walk()))
    assert "packages.json" in str(raised.value.remedy)


async def test_without_nix_an_evaluation_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not installed") as raised:
        await anext(NixPackageEvaluator(program="no-such-nix").evaluate(str(written(tmp_path, "{ }")), Walk()))
    assert "apt-get install nix-bin" in str(raised.value.remedy)
