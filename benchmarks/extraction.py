"""How fast files are extracted, how much memory that takes, and what one changed file of ten thousand costs.

    python -m benchmarks.extraction [DIRECTORY] [--files 100000] [--rounds 3] [--part PART]

The speed is that of a pool of one and of two processes over files that are in memory already, against a bare parse of
the same bytes by tree-sitter, which is the limit. What two processes can reach on this machine is said by two that
parse the same bytes by themselves and at the same time. Memory is that of all processes together while a source is
looked at and extracted, with nothing made from that afterwards.
"""

import argparse
import asyncio
import itertools
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from threading import Barrier

import kodit
from benchmarks.corpus import standard_library
from benchmarks.generated import monorepo, one_file
from benchmarks.memory import run_measured
from kodit.application import handlers
from kodit.domain.code.classification import is_too_large, readable
from kodit.domain.code.extracted import FileContent
from kodit.domain.code.language import language_of_text
from kodit.domain.tasks.policy import Done
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.processes.guarded_pool import GuardedPool
from kodit.infrastructure.treesitter.grammars import PARSED_LANGUAGES, parser_of
from kodit.infrastructure.treesitter.snippet_extractor import PRELOADED, TreeSitterSnippetExtractor

CHANGED_OF = 10_000
BIG = 20_000_000
LARGEST_PARSED = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", nargs="?", type=Path)
    parser.add_argument("--files", type=int, default=100_000, help="files of the generated source")
    parser.add_argument("--rounds", type=int, default=3, help="of which the best counts")
    parser.add_argument("--part", choices=("speed", "memory", "change"), help="measure only this")
    parser.add_argument("--only-extract", nargs=2, type=Path, metavar=("DATA", "SOURCE"), help=argparse.SUPPRESS)
    # `make bench` gives the same arguments to every script.
    parser.add_argument("--peer-python")
    arguments = parser.parse_args()
    if arguments.only_extract:
        asyncio.run(extracted_only(*arguments.only_extract))
        return
    with tempfile.TemporaryDirectory(prefix="kodit-bench-") as scratch:
        if arguments.part in (None, "speed"):
            root = arguments.directory or standard_library(Path(scratch))
            asyncio.run(measure_speed(parsed_files(root), arguments.rounds))
        if arguments.part in (None, "memory"):
            measure_memory(Path(scratch), arguments.files)
        if arguments.part in (None, "change"):
            asyncio.run(measure_change(Path(scratch)))


def parsed_files(root: Path) -> list[FileContent]:
    """The files below a directory that kodit has a grammar for."""
    found = []
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.is_symlink() or is_too_large(path.stat().st_size):
            continue
        file = FileContent(path=str(path.relative_to(root)), content=path.read_bytes())
        text = readable(file.path, file.content)
        if isinstance(text, str) and language_of_text(file.path, text) in PARSED_LANGUAGES:
            found.append(file)
    return found


async def measure_speed(files: list[FileContent], rounds: int) -> None:
    size = sum(len(file.content) for file in files) / 1e6
    print(f"{len(files):,} files of languages with a grammar, {size:.1f} MB; the best of {rounds} rounds")
    print(f"{'':<28}{'seconds':>9}{'files/s':>10}{'MB/s':>8}{'of a bare parse':>17}")
    bare = min(bare_parses(1, files, rounds))
    print_speed("bare parse, one process", bare, files, size, bare)
    both = max(bare_parses(2, files, rounds)) / 2
    print_speed("bare parse, two processes", both, files, size, bare)
    seconds = {}
    for workers in (1, 2):
        pool = GuardedPool(workers, preload=[PRELOADED])
        extractor = TreeSitterSnippetExtractor(pool)
        await consumed(extractor, files)  # The processes start, and load their grammars.
        seconds[workers] = min([await consumed(extractor, files) for _ in range(rounds)])
        await pool.close()
        print_speed(f"extraction, {workers} process{'es' * (workers > 1)}", seconds[workers], files, size, bare)
    print(f"two processes are {seconds[1] / seconds[2]:.2f} times as fast as one", end="")
    print(f"; two that only parse, {bare / both:.2f} times\n")


def bare_parses(processes: int, files: list[FileContent], rounds: int) -> list[float]:
    """The best of what each of so many processes takes while all of them parse, in seconds."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(processes, context) as pool:
        together = manager.Barrier(processes)
        return list(pool.map(_best_parse, [files] * processes, [together] * processes, [rounds] * processes))


def _best_parse(files: list[FileContent], together: Barrier, rounds: int) -> float:
    """Seconds for the best of some parses that other processes begin at the same time."""
    took = []
    for _ in range(rounds):
        together.wait()
        took.append(bare_parse(files))
    return min(took)


def bare_parse(files: list[FileContent]) -> float:
    """Seconds for parsing all files by their grammars, in this process, without looking at the trees."""
    prepared = []
    for file in files:
        text = readable(file.path, file.content)
        assert isinstance(text, str)
        prepared.append((parser_of(language_of_text(file.path, text)), text.encode()))
    started = time.perf_counter()
    for parser, content in prepared:
        parser.parse(content)
    return time.perf_counter() - started


async def consumed(extractor: TreeSitterSnippetExtractor, files: list[FileContent]) -> float:
    async def given() -> AsyncIterator[FileContent]:
        for file in files:
            yield file

    started = time.perf_counter()
    async for _ in extractor.extract(given()):
        pass
    return time.perf_counter() - started


def print_speed(name: str, seconds: float, files: list[FileContent], size: float, bare: float) -> None:
    print(f"{name:<28}{seconds:>9.2f}{len(files) / seconds:>10,.0f}{size / seconds:>8.1f}{bare / seconds:>16.0%}")


def measure_memory(scratch: Path, files: int) -> None:
    print(f"{'a source of':<40}{'seconds':>9}{'peak memory MB':>16}")
    sources = {
        f"{files:,} files": monorepo(scratch / "many", files),
        f"one file of {BIG / 1e6:.0f} MB (too large to parse)": one_file(scratch / "big", BIG),
        f"one file of {LARGEST_PARSED / 1e6:.0f} MB": one_file(scratch / "largest", LARGEST_PARSED),
    }
    for number, (name, root) in enumerate(sources.items()):
        script = [sys.executable, "-m", "benchmarks.extraction", "--only-extract", str(scratch / f"data{number}")]
        started = time.perf_counter()
        _, peak = run_measured([*script, str(root)])
        print(f"{name:<40}{time.perf_counter() - started:>9.1f}{peak:>16,.0f}")
    print()


async def extracted_only(data_dir: Path, source: Path) -> None:
    """Index a source as far as its symbols and references: the phases after EXTRACT have nothing to do."""

    async def nothing(work: object) -> Done:
        return Done({})

    first = (TaskType.SYNC, TaskType.EXTRACT)
    handlers.HANDLERS = {kind: made if kind in first else nothing for kind, made in handlers.HANDLERS.items()}
    async with kodit.open(data_dir) as engine:
        await engine.index(str(source))


async def measure_change(scratch: Path) -> None:
    root = monorepo(scratch / "changing", CHANGED_OF)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        git(root, *command)
    print(f"one file of {CHANGED_OF:,} is{'':<18}{'seconds':>9}  of these SYNC, EXTRACT")
    async with kodit.open(scratch / "changing-data") as engine:
        for name, location in (("a directory", str(root)), ("a git repository", f"file://{root}")):
            await engine.index(location)
            for kind, change in CHANGES.items():
                best = min([await changed(engine, root, location, change) for _ in range(3)])
                print(f"{f'{kind}, in {name}':<40}{best[0]:>9.2f}  {best[1]:.2f}, {best[2]:.2f}")


def modify(directory: Path, number: int) -> None:
    with (directory / "m050.py").open("a") as file:
        file.write(f"\n\ndef added_{number}(value):\n    return Part50(value).add({number})\n")


def add(directory: Path, number: int) -> None:
    text = f"from p0007.m050 import Part50\n\n\ndef fresh{number}():\n    return Part50({number}).add(1)\n"
    (directory / f"fresh{number}.py").write_text(text)


def delete(directory: Path, number: int) -> None:
    max(directory.glob("m0*.py")).unlink()


def rename(directory: Path, number: int) -> None:
    min(directory.glob("m0*.py")).rename(directory / f"renamed{number}.py")


CHANGES: dict[str, Callable[[Path, int], None]] = {
    "changed": modify,
    "added": add,
    "deleted": delete,
    "renamed": rename,
}
_numbers = itertools.count()


async def changed(
    engine: "kodit.Kodit", root: Path, location: str, change: Callable[[Path, int], None]
) -> tuple[float, float, float]:
    """Seconds in total, of SYNC and of EXTRACT for indexing again after one file has changed."""
    number = next(_numbers)
    change(root / "p0007" / "p0007", number)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", f"change {number}")
    report = await engine.index(location)
    took = {
        task.type: (task.finished_at - task.started_at).total_seconds()
        for task in report.progress.tasks
        if task.started_at and task.finished_at
    }
    return report.took_seconds, took[TaskType.SYNC], took[TaskType.EXTRACT]


def git(root: Path, *arguments: str) -> None:
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0"]
    subprocess.run(["git", "-C", root, *who, *arguments], check=True)


if __name__ == "__main__":
    main()
