"""The long chaos trial, on both databases.

    python tests/chaos/chaos.py [--seconds N] [--seed N] [--database sqlite|postgres] [--logs DIRECTORY]

Prints a table, and every broken promise; the exit status is 1 when there is one.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

sys.path.append(str(Path(__file__).parents[1]))

from chaos_homes import PostgresHome, SqliteHome
from chaos_power import power_cuts
from chaos_trial import Size, trial

MOMENTS, CUTS = 5, 12
"""Moments at which the power is cut, and what the disk may hold then."""
HOMES = {"sqlite": SqliteHome, "postgres": PostgresHome}


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--seconds", type=float, default=200, help="of faults on each database")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--database", choices=HOMES)
    asked.add_argument("--logs", type=Path, help="an empty folder for everything that the processes leave")
    given = asked.parse_args()
    # The workers that go on after a power cut work in this process.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    names = [given.database] if given.database else list(HOMES)
    size = Size(workers=4, backlog=60, pause=1.2, seconds=given.seconds, slow=True)
    reports, cuts = [], {}
    with tempfile.TemporaryDirectory(prefix="kodit-chaos-") as temporary:
        for name in names:
            directory = (given.logs or Path(temporary)) / name
            directory.mkdir(parents=True)
            home = HOMES[name](directory, durable=True)
            reports.append(asyncio.run(trial(home, directory, seed=given.seed, size=size)))
            (directory / "schedule").write_text("\n".join(reports[-1].faults.schedule))
        if "sqlite" in names:
            cuts = cut(Path(temporary), given.seed)
    sys.stdout.write(
        f"{table(reports)}\n\npower cuts of SQLite: {len(cuts)}, {sum(map(bool, cuts.values()))} broke a promise\n"
    )
    broken = [f"{report.name}: {one}" for report in reports for one in report.broken]
    broken += [f"{name}: {one}" for name, found in cuts.items() for one in found]
    sys.stdout.writelines(f"{one}\n" for one in broken)
    sys.exit(bool(broken))


def cut(directory, seed):
    """Power cuts at several moments, of a database each."""
    found = {}
    for number in range(MOMENTS):
        place = directory / f"power-{number}"
        place.mkdir()
        cuts = asyncio.run(power_cuts(SqliteHome(place), place, seed=seed + number, cuts=CUTS))
        found |= {f"{number}, {name}": broken for name, broken in cuts.items()}
    return found


def table(reports):
    """Markdown, a column for each database."""
    figures = [report.figures() for report in reports]
    names = list(dict.fromkeys(name for one in figures for name in one))
    # The verdict comes last.
    names.sort(key=lambda name: name == "violations")
    lines = [["", *(report.name for report in reports)], ["---"] * (len(reports) + 1)]
    lines += [[name, *(str(one.get(name, "")) for one in figures)] for name in names]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
