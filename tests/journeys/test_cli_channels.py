"""`kodit nix channel`: the packages of a release, from a list and from a tree."""

import json
import shutil
from pathlib import Path

import pytest
from command_line import CommandLine

from nixpkgs_tree import write_tree

PACKAGES = {
    "hello": {
        "name": "hello-2.10",
        "pname": "hello",
        "version": "2.10",
        "system": "x86_64-linux",
        "meta": {"description": "A program that produces a familiar, friendly greeting", "license": {"spdxId": "MIT"}},
    },
    "python3Packages.numpy": {"name": "numpy-1.26", "meta": {"description": "Arrays of numbers"}},
}


def put(path: Path, packages: dict[str, object]) -> Path:
    path.write_text(json.dumps({"version": 2, "packages": packages}))
    return path


def without(packages: dict[str, object], *names: str) -> dict[str, object]:
    return {name: package for name, package in packages.items() if name not in names}


@pytest.fixture
def kodit(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data")


def test_a_list_becomes_a_channel_that_is_searched_kept_up_to_date_and_removed(kodit: CommandLine, tmp_path: Path):
    path = put(tmp_path / "packages.json", PACKAGES)

    added = kodit.ok("nix", "channel", "add", "nixos", "--from", path)
    assert added.out.startswith("nixos: 2 packages, 2 new, 0 failures, in ")
    assert "familiar, friendly greeting" in kodit.ok("search", "greeting").out

    put(path, without({**PACKAGES, "other": {"name": "other-1"}}, "hello"))
    synced = kodit.ok("nix", "channel", "sync", "nixos")
    assert synced.out.startswith("nixos: 2 packages, 1 new, 1 gone, 0 failures, in ")

    shown = kodit.ok("nix", "channel", "show", "nixos").out
    assert "all of the list" in shown
    assert "scopes" not in shown
    [listed] = kodit.json("sources", "list")
    assert listed["location"] == kodit.json("sources", "show", "nixos")["location"] == str(path)

    shutil.rmtree(kodit.data_dir / "vectors")
    [broken] = kodit.json("db", "check", "--repair")["problems"]
    assert (broken["location"], broken["remedy"]) == (str(path), "kodit nix channel sync nixos")

    removed = kodit.ok("nix", "channel", "remove", "nixos", "--yes")
    assert removed.out.strip() == f"removed nixos; {path} itself is untouched"


def test_a_server_is_told_of_channels_in_the_same_words(kodit: CommandLine, tmp_path: Path):
    path = put(tmp_path / "packages.json", PACKAGES)
    server = kodit.start("serve", "--port", "0", "--no-scheduler", "--no-watch", "--no-web", "--no-mcp")
    try:
        assert server.stdout is not None
        afar = CommandLine(tmp_path / "none", {"KODIT_SERVER": server.stdout.readline().split()[-1]})
        added = afar.ok("nix", "channel", "add", "nixos", "--from", path)
        assert added.out.startswith("nixos: 2 packages, 2 new, 0 failures, in ")
        assert afar.ok("nix", "channel", "sync", "nixos").out.startswith("nixos: nothing changed in 2 packages (")
        missing = afar.run("nix", "channel", "sync", "none")
        assert (missing.code, missing.error) == (3, "there is no channel named none")
        assert afar.run("nix", "channel", "add", "here", "--from", "packages.json").code == 4
        removed = afar.ok("nix", "channel", "remove", "nixos", "--yes")
        assert removed.out.strip() == f"removed nixos; {path} itself is untouched"
    finally:
        server.terminate()
        server.communicate()
    assert not (tmp_path / "none").exists()


def test_a_tree_becomes_a_channel_with_all_that_nix_finds_in_it(kodit: CommandLine, tmp_path: Path, require):
    require("nix")
    tree = tmp_path / "nixpkgs"
    tree.mkdir()
    written = write_tree(tree, packages=300)

    added = kodit.json("nix", "channel", "add", "mine", "--from", tree)

    assert added["channel"]["packages"] == added["new"] == len(written.found())
    assert added["failed"] == len(written.failures())
    failed = kodit.json("nix", "channel", "show", "mine", "--failures")["failed"]
    assert {one["attr"] for one in failed} == {str(attr) for attr in written.failures()}

    narrowed = kodit.json("nix", "channel", "add", "mine", "--from", tree, "--no-recurse")
    assert narrowed["channel"]["packages"] == len(written.found(depth=1))
    assert (narrowed["new"], narrowed["changed"], narrowed["channel"]["nested"]) == (0, 0, 0)
    assert kodit.json("nix", "channel", "sync", "mine")["nothing_changed"]


def test_what_is_only_queued_is_left_to_a_worker(kodit: CommandLine, tmp_path: Path):
    path = put(tmp_path / "packages.json", PACKAGES)

    queued = kodit.ok("nix", "channel", "add", "nixos", "--from", path, "--background")
    assert queued.out.startswith("queued nixos as run 1")
    kodit.ok("worker", "--drain")

    [shown] = kodit.json("nix", "channel", "list")
    assert (shown["top_level"], shown["nested"], shown["location"]) == (1, 1, str(path))


def test_an_attribute_that_was_given_and_is_not_there_is_a_failure(kodit: CommandLine, tmp_path: Path):
    path = put(tmp_path / "packages.json", PACKAGES)

    missed = kodit.run("nix", "channel", "add", "some", "--from", path, "--attr", "hello", "--attr", "nope")
    assert (missed.code, "1 package, 1 new, 1 failure" in missed.out) == (1, True), missed
    kodit.ok("nix", "channel", "add", "some", "--from", path, "--attr", "hello")


def test_nobody_is_asked_to_confirm_that_a_channel_goes_that_is_not_there(kodit: CommandLine):
    ended = kodit.run("nix", "channel", "remove", "nope")
    assert (ended.code, ended.error) == (3, "there is no channel named nope"), ended


def test_a_command_that_is_told_may_be_pasted_whatever_a_channel_is_called(kodit: CommandLine, tmp_path: Path):
    path = put(tmp_path / "packages.json", {**PACKAGES, "nameless": {}})

    added = kodit.ok("nix", "channel", "add", "my channel/x", "--from", path)

    assert "kodit nix channel show 'my channel/x' --failures" in added.err


def test_what_is_no_release_is_refused_with_a_remedy(kodit: CommandLine, tmp_path: Path):
    prose = tmp_path / "prose.txt"
    prose.write_text("no list at all")

    failed = kodit.run("nix", "channel", "add", "c", "--from", prose)
    assert (failed.code, bool(failed.remedy)) == (1, True), failed
    why, remedy = "neither an object of JSON nor packed", failed.remedy.partition("; ")[0]
    shown, listed = kodit.ok("nix", "channel", "show", "c").out, kodit.ok("nix", "channel", "list")
    assert "failed" in listed.out
    assert all(why in told and remedy in told for told in (shown, listed.err))
    contradicting = kodit.run("nix", "channel", "add", "c", "--from", prose, "--no-recurse", "--depth", "3")
    assert contradicting.code == 2
