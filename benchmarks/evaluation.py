"""Evaluating a nixpkgs tree: packages a second and peak memory, by kodit and by nix-env.

    python -m benchmarks.evaluation [--packages N] [--tree DIRECTORY] [--depth N] [--memory MIB]

Without a tree one of N packages is written, as the tests have it: once healthy, once with all that makes evaluating
hard. `nix-env -qaP --json --meta` gets 60 s and as much memory as kodit has for its nix; it looks into other sets, so
that packages a second are what compares.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.memory import run_measured

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from nixpkgs_tree import write_tree

SECONDS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=int, default=5_000)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--depth", type=int, default=2)
    parser.add_argument("--memory", type=int, default=4096)
    arguments = parser.parse_args()
    if arguments.tree:
        measure(str(arguments.tree), arguments.tree, arguments)
        return
    with tempfile.TemporaryDirectory(prefix="kodit-bench-") as scratch:
        for title, hard in (("healthy", False), ("with all that makes it hard", True)):
            tree = Path(scratch) / title.split()[0]
            kinds = {} if hard else {"failing": (), "partly": (), "circles": False}
            write_tree(tree, arguments.packages, **kinds)
            measure(f"{arguments.packages:,} packages, {title}", tree, arguments)


def measure(title: str, tree: Path, arguments: argparse.Namespace) -> None:
    print(f"{title}:")
    kodit = [sys.executable, "-m", "kodit", "nix", "evaluate", str(tree), "--json", "--depth", str(arguments.depth)]
    show("kodit nix evaluate", kodit, {"KODIT_NIX_MEMORY_LIMIT": str(arguments.memory)}, lines)
    with tempfile.TemporaryDirectory(prefix="kodit-bench-") as state:
        nix = ["nix-env", "-f", str(tree), "-qaP", "--json", "--meta", "--store", "dummy://"]
        places = {name: f"{state}/{name}" for name in ("HOME", "NIX_STATE_DIR", "NIX_STORE_DIR", "NIX_LOG_DIR")}
        show("nix-env", limited(nix, arguments.memory), places, entries)


def limited(command: Sequence[str], memory: int) -> list[str]:
    return ["sh", "-c", f'ulimit -v {memory * 1024}; exec timeout {SECONDS} "$@"', "sh", *command]


def show(title: str, command: Sequence[str], env: dict[str, str], counted: Callable[[str], int]) -> None:
    started = time.perf_counter()
    try:
        printed, peak = run_measured(command, env=env)
    except SystemExit:
        print(f"  {title}: failed after {time.perf_counter() - started:.1f} s")
        return
    seconds = time.perf_counter() - started
    packages = counted(printed)
    print(f"  {title}: {packages:,} packages in {seconds:.2f} s, {packages / seconds:,.0f} a second, {peak:.0f} MB")


def lines(printed: str) -> int:
    return sum('"error"' not in line for line in printed.splitlines())


def entries(printed: str) -> int:
    return len(json.loads(printed))


if __name__ == "__main__":
    main()
