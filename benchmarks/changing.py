"""What one changed file costs: index, change a file, index again.

    python -m benchmarks.changing [DIRECTORY]

The directory is copied first. The baseline in the same run is indexing again without any change.
"""

import argparse
import asyncio
import shutil
import tempfile
from pathlib import Path

import kodit
from benchmarks.corpus import standard_library
from kodit.application.engine import Kodit
from kodit.application.reports import IndexReport

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="?", type=Path)
    # `make bench` gives the same arguments to every script.
    parser.add_argument("--peer-python")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kodit-bench-") as scratch:
        root = Path(scratch) / "source"
        shutil.copytree(arguments.directory or standard_library(Path(scratch)), root, symlinks=True)
        asyncio.run(measure(root, Path(scratch) / "data"))


async def measure(root: Path, data_dir: Path) -> None:
    async with kodit.open(data_dir) as engine:
        first = await engine.index(str(root))
        print(f"{first.counts['files_added']:,} files, {first.files.snippets:,} snippets")
        changed = max(root.rglob("*.py"), key=lambda path: (path.name == "shlex.py", path))
        await change(engine, root, changed, 0)
        unchanged = min([await engine.index(str(root)) for _ in range(ROUNDS)], key=seconds)
        again = min([await change(engine, root, changed, number) for number in range(1, ROUNDS)], key=seconds)
    print(f"nothing changed: {seconds(unchanged):.2f} s")
    print(f"one file changed: {seconds(again):.2f} s, {seconds(again) / seconds(unchanged):.1f} times as long")
    for task in again.progress.tasks:
        if task.started_at and task.finished_at:
            print(f"  {task.type.name:<16}{(task.finished_at - task.started_at).total_seconds():>6.2f} s")
    for name in (
        "files_extracted",
        "snippets_added",
        "snippets_kept",
        "keywords_indexed",
        "code_embedded",
        "described",
    ):
        print(f"  {name:<18}{again.counts.get(name, 0):>5}")


async def change(engine: Kodit, root: Path, file: Path, number: int) -> IndexReport:
    with file.open("a") as text:
        text.write(f"\n\ndef added_{number}(value):\n    return value + {number}\n")
    return await engine.index(str(root))


def seconds(report: IndexReport) -> float:
    return report.took_seconds


if __name__ == "__main__":
    main()
