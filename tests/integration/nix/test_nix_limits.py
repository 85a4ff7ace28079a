"""No expression takes the machine down, sees what is not its own, or is left behind."""

import asyncio
import os
import select
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import aclosing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from kodit.domain.errors import Unavailable
from kodit.domain.nixpkgs.walk import Evaluated, EvaluationFailure, RawPackage, Walk
from kodit.infrastructure.nix.limits import NixLimits
from kodit.infrastructure.nix.package_evaluator import NixPackageEvaluator
from kodit.infrastructure.nix.process import Nix

pytestmark = pytest.mark.needs("linux")

PACKAGE = '{ type = "derivation"; name = "x-1"; }'
# Takes years, and neither stack nor memory.
FOR_EVER = 'builtins.match "(a|a)*b" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"'
# Says all the time that it is there.
COUNTED = "builtins.foldl' (_: n: %s) null (builtins.genList (n: n) 100000)"
NOISE = COUNTED % f"({COUNTED % '(builtins.trace (toString n) null)'})"
ALL_MEMORY = "builtins.length (builtins.foldl' (list: _: list ++ list) [ 1 2 3 ] (builtins.genList (n: n) 60))"
SOON = NixLimits(silence=timedelta(seconds=5))
LITTLE = NixLimits(memory=1024)


@pytest.fixture(autouse=True)
def temporary(require: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where evaluations have their directories."""
    require("nix")
    directory = tmp_path / "temporary"
    directory.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(directory))
    return directory


def written(directory: Path, attributes: str) -> str:
    (directory / "default.nix").write_text(f"rec {{ {attributes} }}")
    return str(directory)


async def evaluated(tree: str, limits: NixLimits | None = None) -> list[Evaluated]:
    return [one async for one in NixPackageEvaluator(limits).evaluate(tree, Walk())]


def children() -> set[int]:
    listed = Path("/proc/self/task").glob("*/children")
    return {int(pid) for file in listed for pid in file.read_text(encoding="ascii").split()}


@pytest.mark.parametrize(
    ("expression", "limits", "words"),
    [(NOISE, SOON, "longer than 5 seconds"), (ALL_MEMORY, LITTLE, "more than 1,024 MiB")],
    ids=["noise", "memory"],
)
async def test_what_takes_too_much_is_named_and_the_walk_goes_on(
    tmp_path: Path, temporary: Path, expression: str, limits: NixLimits, words: str
) -> None:
    before = children()
    tree = written(tmp_path, f"a = {PACKAGE}; bPackages = {{ x = {expression}; }}; c = {PACKAGE};")
    [a, b, c] = await evaluated(tree, limits)
    assert [one.attr.name for one in (a, c) if isinstance(one, RawPackage)] == ["a", "c"]
    assert isinstance(b, EvaluationFailure)
    assert str(b.attr) == "bPackages.x"
    assert words in b.message
    assert list(temporary.iterdir()) == []
    assert children() <= before


async def test_a_field_that_takes_too_long_is_all_that_is_lost(tmp_path: Path) -> None:
    meta = f'{{ description = {FOR_EVER}; homepage = "https://example.org"; }}'
    [found] = await evaluated(written(tmp_path, f"a = {PACKAGE} // {{ meta = {meta}; }};"), SOON)
    assert isinstance(found, RawPackage)
    assert found.fields["meta"] == {"homepage": "https://example.org"}
    assert "longer" in found.fields["failed"]["meta.description"]


async def test_a_tree_that_needs_more_memory_than_there_is_is_walked_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nix has evaluated it keeps, so that a big tree fills any memory."""
    started = []
    start = Nix.asked
    monkeypatch.setattr(Nix, "asked", lambda *arguments: started.append(arguments) or start(*arguments))
    keeping = "builtins.genList (n: n) 1000000"
    attributes = "".join(
        f"keep{n} = {keeping}; a{n} = {PACKAGE} // {{ version = toString (builtins.length keep{n}); }};"
        for n in range(4)
    )
    found = await evaluated(written(tmp_path, attributes), NixLimits(memory=200))
    assert [(one.attr.name, one.fields["version"]) for one in found if isinstance(one, RawPackage)] == [
        (f"a{n}", "1000000") for n in range(4)
    ]
    assert len(started) > 1


async def test_a_tree_that_is_not_even_read_in_time_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "default.nix").write_text(FOR_EVER)
    with pytest.raises(Unavailable, match="longer than 1 second"):
        await evaluated(str(tmp_path), NixLimits(silence=timedelta(seconds=1)))


@pytest.mark.parametrize("way", ["closed", "cancelled"])
async def test_who_stops_early_leaves_nothing_behind(tmp_path: Path, temporary: Path, way: str) -> None:
    before = children()
    tree = written(tmp_path, f"a = {PACKAGE}; b = {FOR_EVER};")
    async with aclosing(NixPackageEvaluator().evaluate(tree, Walk())) as found:
        assert (await anext(found)).attr.name == "a"
        assert len(children() - before) == 1
        assert len(list(temporary.iterdir())) == 1
        if way == "cancelled":
            waiting = asyncio.ensure_future(anext(found))
            await asyncio.sleep(0)
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting
    assert children() <= before
    assert list(temporary.iterdir()) == []


PROGRAM = """
import asyncio, sys
from kodit.domain.nixpkgs.walk import Walk
from kodit.infrastructure.nix.package_evaluator import NixPackageEvaluator

async def main():
    async for one in NixPackageEvaluator().evaluate(sys.argv[1], Walk()):
        print(one.attr, flush=True)

asyncio.run(main())
"""


async def test_nix_ends_with_the_program_that_asked_for_it(tmp_path: Path) -> None:
    tree = written(tmp_path, f"a = {PACKAGE}; b = {FOR_EVER};")
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, tree, stdout=asyncio.subprocess.PIPE, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    assert program.stdout is not None
    assert await program.stdout.readline() == b"a\n"
    [nix] = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text(encoding="ascii").split()
    watched = os.pidfd_open(int(nix))
    program.send_signal(signal.SIGKILL)
    await program.wait()
    ended, _, _ = await asyncio.to_thread(select.select, [watched], [], [], 10)
    os.close(watched)
    assert ended == [watched]


async def test_an_expression_sees_nothing_but_its_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tmp_path / "outside"
    outside.write_text('"secret"')
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link").symlink_to(outside)
    monkeypatch.setenv("SECRET", "secret")
    monkeypatch.setenv("NIX_PATH", f"nixpkgs={tmp_path}")
    monkeypatch.setenv("NIX_CONFIG", "restrict-eval = false")
    reads = {
        "file": f"builtins.readFile {outside}",
        "import": f"import {outside}",
        "link": "builtins.readFile ./link",
        "directory": f"builtins.attrNames (builtins.readDir {tmp_path})",
        "path": "<nixpkgs>",
        "url": 'builtins.readFile (builtins.fetchurl "http://127.0.0.1:9/")',
        "git": f'builtins.readFile ((builtins.fetchGit "{tmp_path}") + "/file")',
        "built": 'import (derivation { name = "x"; system = builtins.currentSystem; builder = "/bin/sh"; })',
    }
    variable = f'{PACKAGE} // {{ version = "<${{builtins.getEnv "SECRET"}}>"; }}'
    text = "".join(
        f'{name} = {PACKAGE} // {{ version = builtins.seq ({read}) "got"; }};' for name, read in reads.items()
    )
    found = await evaluated(written(tree, f"{text} variable = {variable};"))
    versions = {one.attr.name: one.fields.get("version") for one in found if isinstance(one, RawPackage)}
    assert versions == dict.fromkeys(reads, None) | {"variable": "<>"}
