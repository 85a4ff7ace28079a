"""Search latency: in one process, cold from the command line, and semble on the same files.

    python -m benchmarks.searching [DIRECTORY] [--snippets N] [--peer-python PYTHON]

With --snippets, the directory is indexed as often as it takes to have about N snippets in the database.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import kodit
from benchmarks.corpus import QUESTIONS, standard_library
from benchmarks.memory import run_measured
from benchmarks.peer_model import export_model
from kodit.domain.search.query import SearchMode

ROUNDS = 8
COLD = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="?", type=Path)
    parser.add_argument("--snippets", type=int, default=0)
    parser.add_argument("--peer-python")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kodit-bench-") as scratch:
        root = arguments.directory or standard_library(Path(scratch))
        data_dir = Path(scratch) / "data"
        hybrid = asyncio.run(measure_warm(root, data_dir, arguments.snippets))
        measure_cold(data_dir)
        if arguments.peer_python:
            measure_peer(arguments.peer_python, root, Path(scratch) / "model", hybrid)


async def measure_warm(root: Path, data_dir: Path, wanted: int) -> float:
    """Index, then ask every question in every mode; returns the median of hybrid searches in milliseconds."""
    async with kodit.open(data_dir) as engine:
        snippets = (await engine.index(str(root))).files.snippets
        copies = max(1, round(wanted / snippets)) if wanted else 1
        for number in range(2, copies + 1):
            copy = shutil.copytree(root, data_dir.parent / f"copy-{number}", symlinks=True)
            snippets += (await engine.index(str(copy))).files.snippets
        print(f"in one process, {snippets:,} snippets in {copies} sources, {len(QUESTIONS) * ROUNDS} searches each")
        print(f"{'mode':<10}{'p50 ms':>8}{'p95 ms':>8}{'max ms':>8}")
        medians = {}
        for mode in SearchMode:
            await engine.search("warm up", mode=mode)
            taken = [(await engine.search(question, mode=mode)).took_ms for question in QUESTIONS * ROUNDS]
            medians[mode] = statistics.median(taken)
            print(f"{mode.value:<10}{medians[mode]:>8.1f}{percentile(taken, 95):>8.1f}{max(taken):>8.1f}")
    return medians[SearchMode.HYBRID]


def measure_cold(data_dir: Path) -> None:
    """Time whole processes, beside a Python that does nothing; both find modules compiled, as installed ones are."""
    command = [sys.executable, "-m", "kodit", "--data-dir", str(data_dir), "search"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(data_dir.parent / "bytecode")
    idle = timed(lambda _: [sys.executable, "-c", "pass"], environment)
    cold = timed(lambda number: [*command, QUESTIONS[number % len(QUESTIONS)]], environment)
    print(f"\na cold `kodit search`: median {cold:.0f} ms, {cold / idle:.1f} times an idle Python's {idle:.0f} ms")


def timed(command: Callable[[int], Sequence[str]], environment: Mapping[str, str]) -> float:
    """The median in milliseconds of all runs but the first."""
    taken = []
    for number in range(COLD + 1):
        started = time.perf_counter()
        subprocess.run(command(number), check=True, stdout=subprocess.DEVNULL, env=environment)
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken[1:])


def measure_peer(python: str, root: Path, model: Path, hybrid: float) -> None:
    export_model(model)
    peer = Path(__file__).with_name("semble_peer.py")
    printed, _ = run_measured([python, str(peer), str(root), str(model), json.dumps(QUESTIONS * ROUNDS)])
    taken = json.loads(printed)["ms"]
    median = statistics.median(taken)
    print(f"\nsemble, in memory, one copy: p50 {median:.1f} ms, p95 {percentile(taken, 95):.1f} ms")
    print(f"kodit / semble, p50 of hybrid searches: {hybrid / median:.2f}")


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    main()
