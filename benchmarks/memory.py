"""How much memory a process and its children take at most."""

import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

INTERVAL = 0.05
"""Seconds between two looks."""


def run_measured(command: Sequence[str], *, env: dict[str, str] | None = None) -> tuple[str, float]:
    """Run a command; returns what it printed, and the peak of its tree's proportional memory in millions of bytes."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})
    ended = threading.Event()
    peak = 0.0

    def watch() -> None:
        nonlocal peak
        while not ended.wait(INTERVAL):
            peak = max(peak, sum(map(_proportional, _tree(process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    printed, _ = process.communicate()
    ended.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return printed, peak / 1e6


def _tree(pid: int) -> list[int]:
    pids = [pid]
    for parent in pids:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                pids += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return pids


def _proportional(pid: int) -> float:
    """Memory of one process in bytes; what it shares with others is divided among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(float(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
