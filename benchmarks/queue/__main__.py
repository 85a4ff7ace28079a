"""The queue against raw drivers and other queues, on one machine in one run.

    python -m benchmarks.queue [--quick] [--only sqlite|postgres] [--jobs N] [--rounds N] [--peer-python PYTHON]
                               [--measure NAME ...] [--contestant WORDS ...]

PYTHON is an interpreter with the packages of benchmarks/queue/requirements.txt; who is missing there is left out.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.queue import place
from benchmarks.queue.contestant import ENTRIES, Entry
from benchmarks.queue.measures import FULL, LIMITS, QUICK, Bench, Cell, Missing, Scale, fsyncs
from benchmarks.queue.report import Table, absent

DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
PERCENTILES = ("p50", "p99")


Step = Callable[[Bench], Awaitable[Cell | Sequence[Cell]]]


@dataclass(frozen=True)
class Measure:
    """A table: its columns, and the steps that fill them, each one or more."""

    name: str
    title: str
    columns: Sequence[str]
    steps: Sequence[Step]
    wide: int = 1
    """Columns that one step fills."""
    more_is_better: bool = False


def measures(scale: Scale) -> Sequence[Measure]:
    """All that is measured, in the order of the tables."""
    return (
        Measure(
            "throughput",
            "jobs/s from end to end, slots x worker processes",
            [f"{slots} x {workers}" for slots, workers in scale.crews],
            [lambda bench, crew=crew: bench.throughput(*crew) for crew in scale.crews],
            more_is_better=True,
        ),
        Measure(
            "enqueue",
            "enqueued/s",
            ["one by one", "50 callers at once", "batches of 1,000"],
            [lambda bench, way=way: bench.enqueue(way) for way in ("one", "callers", "batches")],
            more_is_better=True,
        ),
        Measure(
            "pickup",
            "ms from calling enqueue to the handler",
            [f"{where} {part}" for where in ("in process", "across processes") for part in PERCENTILES],
            [lambda bench, where=where: bench.pickup(where) for where in ("in process", "across")],
            wide=2,
        ),
        Measure(
            "claim",
            "ms of one claim, a tenth due later",
            [f"{limit} of {depth:,} {part}" for depth in scale.waiting for limit in LIMITS for part in PERCENTILES],
            [lambda bench, depth=depth: bench.claim(depth) for depth in scale.waiting],
            wide=2 * len(LIMITS),
        ),
        Measure("idle", "an idle worker, each minute", ["CPU s", "statements"], [lambda bench: bench.idle()], wide=2),
    )


def run(database: str, scale: Scale, arguments: argparse.Namespace, missing: dict[str, str]) -> Sequence[Table]:
    """Measure all contestants of one database; one step is done for all before the next, as noise comes and goes."""
    chosen = [measure for measure in measures(scale) if measure.name in (arguments.measure or measure.name)]
    tables = [Table(f"{DATABASES[database]}: {each.title}", each.columns, each.more_is_better) for each in chosen]
    with (
        tempfile.TemporaryDirectory(prefix="kodit-queue-", ignore_cleanup_errors=True) as root,
        place.opened(database, Path(root)) as places,
    ):
        benches: dict[Entry, Bench] = {}
        for entry in contestants(database, arguments.contestant):
            python = arguments.peer_python if entry.is_peer else sys.executable
            bench = Bench(entry, places, scale, python, Path(root))
            try:
                asyncio.run(bench.create())
                benches[entry] = bench
            except Missing as reason:
                missing[entry.name] = str(reason)
        for measure, table in zip(chosen, tables, strict=True):
            taking_part = {entry: bench for entry, bench in benches.items() if measure.name in entry.measures}
            print(f"\n{table.title} ", end="", file=sys.stderr, flush=True)
            for step in measure.steps:
                rounds: dict[str, list[Sequence[Cell]]] = {entry.name: [] for entry in taking_part}
                for _ in range(arguments.rounds):
                    for entry, bench in taking_part.items():
                        table.fsyncs += fsyncs(Path(root))
                        rounds[entry.name].append(asyncio.run(figures(step, measure, bench)))
                        print(".", end="", file=sys.stderr, flush=True)
                for name, found in rounds.items():
                    table.cells.setdefault(name, []).extend(best(found, more_is_better=measure.more_is_better))
    return tables


async def figures(step: Step, measure: Measure, bench: Bench) -> Sequence[Cell]:
    """The cells that one step fills."""
    try:
        found = await step(bench)
    except Missing as reason:
        return [str(reason)] * measure.wide
    return [found] if isinstance(found, float | str) else found


def best(rounds: Sequence[Sequence[Cell]], *, more_is_better: bool) -> Sequence[Cell]:
    """The round whose first cell is best: noise only ever makes things slower."""
    measured = [cells for cells in rounds if not isinstance(cells[0], str)]
    if not measured:
        return rounds[0]
    return (max if more_is_better else min)(measured, key=lambda cells: cells[0])


def contestants(database: str, words: Sequence[str] | None) -> Sequence[Entry]:
    """Those on a database whose names have any of the words."""
    return [each for each in ENTRIES if each.database == database and any(word in each.name for word in words or [""])]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="under two minutes, and rough")
    parser.add_argument("--only", choices=DATABASES)
    parser.add_argument("--jobs", type=int, help="jobs on the queue when the workers start")
    parser.add_argument("--rounds", type=int, default=1, help="of each step the best counts")
    parser.add_argument("--measure", action="append", help="only this table")
    parser.add_argument("--contestant", action="append", help="only names with these words")
    parser.add_argument("--peer-python", default=sys.executable, help="an interpreter that has the peers")
    arguments = parser.parse_args()
    # Ended in good order, it takes its server with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    scale = QUICK if arguments.quick else FULL
    if arguments.jobs:
        scale = replace(scale, jobs=arguments.jobs)
    began = time.monotonic()
    missing: dict[str, str] = {}
    for database in [arguments.only] if arguments.only else list(DATABASES):
        if not contestants(database, arguments.contestant):
            continue
        try:
            tables = run(database, scale, arguments, missing)
        except ImportError as error:
            print(f"{DATABASES[database]}: not installed ({error.name})")
            continue
        print(file=sys.stderr)
        for table in tables:
            print("\n".join(table.lines()))
    print("\n".join(absent(missing)))
    print(f"took {time.monotonic() - began:.0f} s", file=sys.stderr)


main()
