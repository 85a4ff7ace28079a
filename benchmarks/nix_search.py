"""How good and how quick searches over packages are: hit@1, hit@10 and MRR for each kind of query, and milliseconds.

    python -m benchmarks.nix_search LIST [--queries FILE] [--latency-only]
    python -m benchmarks.nix_search --data-dir DIRECTORY [--queries FILE] [--latency-only]

LIST is a list of packages, which is indexed first; DIRECTORY has one channel already. The queries in
benchmarks/nix_queries.json are for the packages of July 2016; for another list only the time says something. Beside
kodit stand keywords alone (BM25), and what `nix search` does: every word in the path, the name or the description, by
path, as one statement of SQL.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import kodit
from kodit.application.engine import Kodit
from kodit.application.search.stored_catalogue import StoredCatalogue
from kodit.domain.search.query import Filters
from kodit.infrastructure.tantivy.keyword_index import TantivyKeywordIndex

QUERIES = Path(__file__).parent / "nix_queries.json"
DEPTH = 10

Search = Callable[[str], Awaitable[Sequence[str]]]
"""Gives the attribute paths that are found, best first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and the attribute paths of which each is a right answer."""

    kind: str
    text: str
    accepted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Graded:
    """A query, the place of its first right answer (None: not among the first ten), and its time."""

    asked: Asked
    place: int | None
    took_ms: float


def queries(path: Path) -> Sequence[Asked]:
    """The queries of a file, kind by kind."""
    kinds: Mapping[str, list[dict[str, object]]] = json.loads(path.read_text())
    return [
        Asked(kind, str(one["query"]), frozenset(map(str, one["accepted"])))  # type: ignore[call-overload]
        for kind, entries in kinds.items()
        for one in entries
    ]


def by_kodit(engine: Kodit) -> Search:
    """As `kodit nix search` does it."""

    async def search(text: str) -> Sequence[str]:
        answers = await engine.nix().searching.search(text, limit=DEPTH)
        return [str(hit.package.attr) for hit in answers.hits]

    return search


def by_keywords(engine: Kodit, data_dir: Path) -> Search:
    """BM25 over the packages' texts, as the keyword index gives it."""
    catalogue = StoredCatalogue(engine.storage)
    index = TantivyKeywordIndex(data_dir / "keywords")

    async def search(text: str) -> Sequence[str]:
        matches = await index.search(text, filters=Filters(), limit=DEPTH)
        found = await catalogue.candidates([match.snippet_id for match in matches])
        return [found[match.snippet_id].path for match in matches]

    return search


def by_words(database: Path) -> Search:
    """As `nix search` does it: every word somewhere in what it shows, sorted by path."""
    connection = sqlite3.connect(database)
    columns = ("attr", "pname", "coalesce(description, '')")

    async def search(text: str) -> Sequence[str]:
        words = text.split()
        each = " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns)
        where = " AND ".join(f"({each})" for _ in words) or "1"
        values = [f"%{_literal(word)}%" for word in words for _ in columns]
        statement = f"SELECT attr FROM nix_packages WHERE {where} ORDER BY attr LIMIT {DEPTH}"
        return [row[0] for row in connection.execute(statement, values)]

    return search


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def graded(search: Search, asked: Sequence[Asked]) -> Sequence[Graded]:
    """Each query asked once, after one that warms up what is kept in memory."""
    await search("something else")
    results = []
    for one in asked:
        started = time.perf_counter()
        found = await search(one.text)
        took_ms = (time.perf_counter() - started) * 1000
        place = next((place for place, attr in enumerate(found, start=1) if attr in one.accepted), None)
        results.append(Graded(one, place, took_ms))
    return results


def show(name: str, results: Sequence[Graded], *, latency_only: bool) -> None:
    """One line for each kind of query, and one for all."""
    kinds = () if latency_only else dict.fromkeys(one.asked.kind for one in results)
    by_kind = {kind: [one for one in results if one.asked.kind == kind] for kind in kinds}
    for kind, some in {**by_kind, "all": list(results)}.items():
        times = sorted(one.took_ms for one in some)
        found = "" if latency_only else _found(some)
        p95 = times[min(len(times) - 1, round(0.95 * len(times)))]
        print(f"{name:<14} {kind:<8} {len(some):>3}  {found}p50 {statistics.median(times):6.1f} ms  p95 {p95:6.1f} ms")


def _found(some: Sequence[Graded]) -> str:
    first = sum(one.place == 1 for one in some) / len(some)
    among = sum(one.place is not None for one in some) / len(some)
    mean = sum(1 / one.place for one in some if one.place) / len(some)
    return f"hit@1 {first:.3f}  hit@10 {among:.3f}  MRR {mean:.3f}  "


async def measure(data_dir: Path, given: argparse.Namespace) -> None:
    """Index the list where one is given, and ask every query of every search."""
    async with kodit.open(data_dir) as engine:
        if given.packages is not None:
            source = await engine.channels.add("measured", str(given.packages))
            await engine.working_off.index(source, wait=True, watch=None)
        asked = queries(given.queries)
        searches = {
            "kodit": by_kodit(engine),
            "BM25 alone": by_keywords(engine, data_dir),
            "every word": by_words(data_dir / "kodit.db"),
        }
        for name, search in searches.items():
            show(name, await graded(search, asked), latency_only=given.latency_only)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="?", type=Path, metavar="LIST")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--queries", type=Path, default=QUERIES)
    parser.add_argument("--latency-only", action="store_true")
    given = parser.parse_args()
    if (given.packages is None) == (given.data_dir is None):
        parser.error("give a list of packages, or a data directory")
    if given.data_dir is not None:
        asyncio.run(measure(given.data_dir, given))
        return
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(measure(Path(directory), given))


if __name__ == "__main__":
    main()
