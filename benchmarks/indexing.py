"""Indexing throughput by phase, and peak memory, beside semble on the same files.

    python -m benchmarks.indexing [DIRECTORY] [--peer-python PYTHON]

PYTHON is an interpreter with semble installed (`make bench` makes one); without it the peer is left out.
"""

import argparse
import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

from benchmarks.corpus import QUESTIONS, megabytes, standard_library
from benchmarks.memory import run_measured
from benchmarks.peer_model import export_model

PHASES = {1: "SYNC", 2: "EXTRACT", 3: "BM25_INDEX", 4: "CODE_EMBEDDINGS", 5: "ENRICH"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="?", type=Path)
    parser.add_argument("--peer-python")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kodit-bench-") as scratch:
        root = arguments.directory or standard_library(Path(scratch))
        size = megabytes(root)
        kodit = measure_kodit(root, Path(scratch) / "data", size)
        if arguments.peer_python:
            measure_peer(arguments.peer_python, root, Path(scratch) / "model", size, kodit)


def measure_kodit(root: Path, data_dir: Path, size: float) -> dict[str, float]:
    """Index from nothing in a process of its own, print by phase, and return the totals."""
    command = [sys.executable, "-m", "kodit", "--data-dir", str(data_dir), "index", str(root), "--json"]
    _, peak = run_measured(command)
    with closing(sqlite3.connect(data_dir / "kodit.db")) as connection:
        phases = connection.execute("SELECT type, started_at, finished_at FROM tasks ORDER BY type").fetchall()
        files = connection.execute("SELECT count(*) FROM files").fetchone()[0]
        snippets = connection.execute("SELECT count(*) FROM snippets").fetchone()[0]
    print(f"kodit: {files:,} files, {size:.1f} MB, {snippets:,} snippets, peak memory {peak:.0f} MB")
    print(f"{'phase':<16}{'seconds':>9}{'files/s':>10}{'MB/s':>8}{'snippets/s':>12}")
    moments = [datetime.fromisoformat(moment) for _, *both in phases for moment in both]
    total = (max(moments) - min(moments)).total_seconds()
    for task_type, started, finished in phases:
        seconds = (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()
        print_rates(PHASES[task_type], seconds, files, size, snippets)
    print_rates("from end to end", total, files, size, snippets)
    return {"seconds": total, "peak": peak}


def measure_peer(python: str, root: Path, model: Path, size: float, kodit: dict[str, float]) -> None:
    """Let semble index the same files in a process of its own, and print the ratios."""
    export_model(model)
    peer = Path(__file__).with_name("semble_peer.py")
    printed, peak = run_measured([python, str(peer), str(root), str(model), json.dumps(QUESTIONS)])
    result = json.loads(printed)
    print(f"\nsemble: {result['files']:,} files, {result['chunks']:,} chunks, peak memory {peak:.0f} MB")
    print_rates("from end to end", result["seconds"], result["files"], size, result["chunks"])
    print(
        f"\nkodit / semble: time {kodit['seconds'] / result['seconds']:.2f}, "
        f"peak memory {kodit['peak'] / peak:.2f} (kodit stores durably and describes each snippet; semble does neither)"
    )


def print_rates(name: str, seconds: float, files: int, size: float, snippets: int) -> None:
    per = max(seconds, 1e-6)
    print(f"{name:<16}{seconds:>9.2f}{files / per:>10,.0f}{size / per:>8.1f}{snippets / per:>12,.0f}")


if __name__ == "__main__":
    main()
