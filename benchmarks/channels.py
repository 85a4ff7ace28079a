"""Reading a channel: packages a second by phase, peak memory, and the size of what is stored.

    python -m benchmarks.channels LIST [--packages N] [--repeat]

LIST is a packages.json; with N its entries are told again under other names until there are so many. `--repeat` reads a
second release, in which a hundredth of the packages have another version.
"""

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

from benchmarks.memory import run_measured

Entry = tuple[str, dict[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("list", type=Path)
    parser.add_argument("--packages", type=int)
    parser.add_argument("--repeat", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kodit-bench-") as scratch:
        given, data_dir = Path(scratch) / "packages.json", Path(scratch) / "data"
        entries = packages_of(arguments.list)
        wanted = arguments.packages or len(entries)
        given.write_text(json.dumps({"version": 2, "packages": dict(islice(multiplied(entries), wanted))}))
        measure("a first release", given, data_dir)
        if arguments.repeat:
            changed = islice(multiplied(entries), wanted)
            newer = dict(bumped(entry) if place % 100 == 0 else entry for place, entry in enumerate(changed))
            given.write_text(json.dumps({"version": 2, "packages": newer}))
            measure("another release", given, data_dir)


def packages_of(path: Path) -> dict[str, dict[str, Any]]:
    raw = path.read_bytes()
    document = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    return document["packages"]


def multiplied(entries: dict[str, dict[str, Any]]) -> Iterator[Entry]:
    """The entries again and again, from the second time on under names and with descriptions of their own."""
    for time in count():
        for attr, entry in entries.items():
            yield (attr, entry) if time == 0 else (f"{attr}_{time}", renamed(entry, time))


def renamed(entry: dict[str, Any], time: int) -> dict[str, Any]:
    meta = entry.get("meta", {})
    described = {"description": f"{meta['description']} ({time})"} if meta.get("description") else {}
    pname = f"{entry.get('pname') or entry['name']}-{time}"
    return {**entry, "pname": pname, "meta": {**meta, **described}}


def bumped(entry: Entry) -> Entry:
    attr, fields = entry
    return attr, {**fields, "version": f"{fields.get('version', '')}.1"}


def measure(what: str, given: Path, data_dir: Path) -> None:
    add = ["nix", "channel", "add", "measured", "--from", str(given), "--json"]
    printed, peak = run_measured([sys.executable, "-m", "kodit", "--data-dir", str(data_dir), *add])
    report = json.loads(printed)
    packages = report["channel"]["packages"]
    stored = sum(path.stat().st_size for path in data_dir.rglob("*") if path.is_file())
    database = (data_dir / "kodit.db").stat().st_size
    print(
        f"{what}: {packages:,} packages, {report['new']:,} new, {report['changed']:,} changed, "
        f"list {given.stat().st_size / 1e6:.1f} MB"
    )
    for phase in report["phases"]:
        seconds = phase["seconds"] or 0
        print(f"  {phase['type']:<16}{seconds:>9.2f} s{packages / max(seconds, 0.01):>12,.0f} packages/s")
    took = report["took_seconds"]
    print(f"  {'from end to end':<16}{took:>9.2f} s{packages / took:>12,.0f} packages/s, peak memory {peak:.0f} MB")
    print(f"  stored {stored / 1e6:.1f} MB, {stored / packages:,.0f} bytes a package; database {database / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
