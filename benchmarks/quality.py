"""How good the answers are: hit@1, hit@3, hit@10, MRR and NDCG@10, for each mode and each shape of question.

    python -m benchmarks.quality [--data-dir DIRECTORY [--source NAME]] [--held-out | --tuning] [--show N]

Without --data-dir, this Python's standard library is indexed first. `raw keyword` and `raw hybrid` are the lists as
the indexes give them, fused but not ranked. --show prints what hybrid search answers to its N worst questions.
"""

import argparse
import asyncio
import math
import statistics
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import kodit
from benchmarks.corpus import standard_library
from benchmarks.questions import QUESTIONS, Asked
from kodit.application.engine import Kodit
from kodit.domain.search.fusion import fuse
from kodit.domain.search.query import Filters, Query, SearchMode
from kodit.domain.search.question import WEIGHTS, question

DEPTH = 10
SHAPES = ("name", "terms", "sentence")

Answer = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Graded:
    """A question, what was answered, and in how many milliseconds."""

    asked: Asked
    answers: Sequence[Answer]
    took_ms: float

    @property
    def places(self) -> Sequence[int]:
        """Where right answers stand, from 1; windows of one definition are one answer."""
        distinct = list(dict.fromkeys(self.answers))
        return [place for place, answer in enumerate(distinct[:DEPTH], start=1) if answer in self.asked.answers]

    @property
    def reciprocal(self) -> float:
        """1 / the first right place; 0 when there is none."""
        return 1 / self.places[0] if self.places else 0.0

    @property
    def ndcg(self) -> float:
        """Jarvelin and Kekalainen (2002), with every right answer worth the same."""
        ideal = min(DEPTH, len(self.asked.answers))
        return _gain(self.places) / _gain(range(1, ideal + 1))


def _gain(places: Iterable[int]) -> float:
    return sum(1 / math.log2(place + 1) for place in places)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--source", default="stdlib")
    parser.add_argument("--show", type=int, default=0, metavar="N")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--held-out", action="store_true", help="only the third that no constant was chosen by")
    part.add_argument("--tuning", action="store_true", help="only the other two thirds")
    arguments = parser.parse_args()
    left_out = {True: arguments.tuning, False: arguments.held_out}
    chosen = [it for it in QUESTIONS if not left_out[it.held_out]]
    asyncio.run(measure(arguments.data_dir, arguments.source, chosen, arguments.show))


async def measure(data_dir: Path | None, source: str, chosen: Sequence[Asked], shown: int) -> None:
    async with opened(data_dir) as engine:
        graded = {}
        for mode in SearchMode:
            await engine.search("warm up", mode=mode, sources=[source])
            graded[mode.value] = [await answered(engine, asked, mode, source) for asked in chosen]
        for mode in (SearchMode.KEYWORD, SearchMode.HYBRID):
            graded[f"raw {mode.value}"] = [await unranked(engine, asked, mode) for asked in chosen]
    print_table(graded)
    worst = sorted(graded[SearchMode.HYBRID.value], key=lambda it: (it.reciprocal, it.ndcg))
    for it in worst[:shown]:
        print_answers(it)


@asynccontextmanager
async def opened(data_dir: Path | None) -> AsyncIterator[Kodit]:
    if data_dir is not None:
        async with kodit.open(data_dir) as engine:
            yield engine
        return
    with tempfile.TemporaryDirectory(prefix="kodit-bench-") as scratch:
        root = standard_library(Path(scratch))
        async with kodit.open(Path(scratch) / "data") as engine:
            await engine.index(str(root))
            yield engine


async def answered(engine: Kodit, asked: Asked, mode: SearchMode, source: str) -> Graded:
    result = await engine.search(asked.text, mode=mode, sources=[source], limit=DEPTH)
    return Graded(asked, [(hit.path, hit.symbol) for hit in result.hits], result.took_ms)


async def unranked(engine: Kodit, asked: Asked, mode: SearchMode) -> Graded:
    """What the lists say alone: fused, but neither ranked nor folded."""
    service = engine._searching()
    async with engine.storage.read() as unit:
        ids = frozenset(source.id for source in await unit.sources.all())
    lists = await service._lists(Query(text=asked.text, mode=mode, filters=Filters()), ids, None)
    best = [entry.snippet_id for entry in fuse(lists, WEIGHTS[question(asked.text).shape])[: 2 * DEPTH]]
    async with engine.storage.read() as unit:
        stored = await unit.snippets.with_ids(best)
    return Graded(asked, [(stored[it].snippet.path, stored[it].snippet.symbol) for it in best], 0.0)


def print_table(graded: dict[str, list[Graded]]) -> None:
    print(f"{'mode':<13}{'shape':<10}{'n':>4}{'hit@1':>8}{'hit@3':>8}{'hit@10':>8}{'MRR':>8}{'NDCG':>8}", end="")
    print(f"{'p50 ms':>9}{'p95 ms':>8}")
    for mode, all_of_mode in graded.items():
        for shape in (*SHAPES, "all"):
            print_row(mode, shape, [it for it in all_of_mode if shape in ("all", it.asked.shape)])


def print_row(mode: str, shape: str, graded: Sequence[Graded]) -> None:
    hits = [statistics.mean(any(p <= depth for p in it.places) for it in graded) for depth in (1, 3, DEPTH)]
    means = [*hits, statistics.mean(it.reciprocal for it in graded), statistics.mean(it.ndcg for it in graded)]
    taken = [it.took_ms for it in graded]
    times = f"{statistics.median(taken):>9.1f}{statistics.quantiles(taken, n=20)[-1]:>8.1f}" if any(taken) else ""
    print(f"{mode:<13}{shape:<10}{len(graded):>4}" + "".join(f"{mean:>8.3f}" for mean in means) + times)


def print_answers(it: Graded) -> None:
    print(f"\n{it.asked.text}  (MRR {it.reciprocal:.2f}; right: {', '.join(f'{p}:{s}' for p, s in it.asked.answers)})")
    for place, (path, symbol) in enumerate(it.answers, start=1):
        print(f"  {place:>2} {'*' if (path, symbol) in it.asked.answers else ' '} {path}:{symbol or ''}")


if __name__ == "__main__":
    main()
