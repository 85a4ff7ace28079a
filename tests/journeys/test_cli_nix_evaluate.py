"""`kodit nix evaluate`: what nix makes of a tree, from the command line."""

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import KODIT, CommandLine

TREE = """{ system, config ? { }, overlays ? [ ] }:
let
  make = pname: version: meta: {
    type = "derivation"; name = "${pname}-${version}"; inherit pname version meta system;
  };
in
{
  hello = make "hello" "2.12" { description = "Greets"; };
  bare = { type = "derivation"; name = "bare"; };
  "dotted.name" = make "dotted" "1" { description = "Has a dot in its name"; };
  broken = abort "no way";
  python3Packages.numpy = make "numpy" "1.26" { description = "Numbers\\nin rows"; };
  asking = { recurseForDerivations = true; inner = make "inner" "3" { }; };
  loop = builtins.match "(a|a)*b" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac";
}
"""


@pytest.fixture
def kodit(fresh: CommandLine, require: Callable[[str], None]) -> CommandLine:
    require("nix")
    return CommandLine(fresh.data_dir, {"KODIT_NIX_TIME_LIMIT": "5"})


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "nixpkgs").mkdir()
    (tmp_path / "nixpkgs" / "default.nix").write_text(TREE)
    return tmp_path / "nixpkgs"


def test_each_package_is_a_line_and_failures_stand_beside(kodit: CommandLine, tree: Path) -> None:
    told = kodit.ok("nix", "evaluate", tree)
    assert told.out.splitlines() == [
        "bare  -",
        '"dotted.name"  1  Has a dot in its name',
        "hello  2.12  Greets",
        "python3Packages.numpy  1.26  Numbers in rows",
    ]
    broken, loop, summary = told.err.splitlines()
    assert broken == "broken: evaluation aborted with the following error message: 'no way'"
    assert loop == "loop: it takes longer than 5 seconds"
    assert summary.startswith("4 packages, 2 failures, ")
    assert not kodit.data_dir.exists()


def test_json_is_a_document_a_line(kodit: CommandLine, tree: Path) -> None:
    named = [part for name in ("hello", "broken", "gone") for part in ("-A", name)]
    told = kodit.run("nix", "evaluate", tree, *named, "--system", "aarch64-linux", "--json")
    broken, gone, hello = [json.loads(line) for line in told.out.splitlines()]
    assert told.code == 1
    assert broken == {"attr": "broken", "error": "evaluation aborted with the following error message: 'no way'"}
    assert gone == {"attr": "gone", "error": "there is no attribute of this name"}
    assert (hello["name"], hello["system"], hello["meta"]) == ("hello-2.12", "aarch64-linux", {"description": "Greets"})
    assert hello["assigned"].startswith("default.nix:")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--no-recurse"], ["bare", '"dotted.name"', "hello"]),
        (["--recurse-all"], ["asking.inner", "bare", '"dotted.name"', "hello", "python3Packages.numpy"]),
        (["--scope", "ask*"], ["asking.inner", "bare", '"dotted.name"', "hello"]),
        (["-A", "asking.inner"], ["asking.inner"]),
    ],
)
def test_options_say_how_far_to_go(kodit: CommandLine, tree: Path, options: list[str], found: list[str]) -> None:
    (tree / "default.nix").write_text("\n".join(line for line in TREE.splitlines() if " loop" not in line))
    assert [line.split("  ")[0] for line in kodit.ok("nix", "evaluate", tree, *options).out.splitlines()] == found


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nowhere"], 3),
        (["nixpkgs", "-A", "a..b"], 4),
        (["nixpkgs/no-tree"], 4),
        (["nixpkgs", "--depth", "0"], 2),
        (["nixpkgs", "--no-recurse", "--depth", "3"], 2),
    ],
)
def test_what_makes_no_sense_is_an_error_with_a_remedy(
    kodit: CommandLine, tree: Path, arguments: list[str], code: int
) -> None:
    (tree / "no-tree").write_text("1")
    told = kodit.run("nix", "evaluate", *arguments)
    assert (told.code, told.out) == (code, "")
    assert told.error
    assert told.remedy


@pytest.mark.needs("linux")
def test_an_interrupted_evaluation_leaves_nothing_behind(kodit: CommandLine, tree: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = kodit.environment | {"TMPDIR": str(temporary), "KODIT_NIX_TIME_LIMIT": "60"}
    with subprocess.Popen(
        [*KODIT, "nix", "evaluate", str(tree)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert [running.stdout.readline() for _ in range(3)][-1].startswith("hello")
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text(encoding="ascii").split()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 130
    assert len(children) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(int(children[0]), 0)
    assert list(temporary.iterdir()) == []
