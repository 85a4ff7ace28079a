"""Artifacts: building time, size, and how fast they answer, beside plain DuckDB FTS and SQLite FTS5.

    python -m benchmarks.artifacts LIST... [--packages N] [--rounds N] [--no-hnsw] [--minified-hnsw]

LIST is a packages.json, or a list of attributes; with N its packages are taken again under other names until there are
so many. Questions are those of benchmarks/nix_queries.json.
"""

import argparse
import asyncio
import json
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import duckdb

from kodit.domain.artifacts.answers import ANY_ENTRY, ArtifactFilters
from kodit.domain.artifacts.artifact import Artifact, ArtifactContents, Origin
from kodit.domain.artifacts.entries import PackageEntry, telling
from kodit.domain.artifacts.terms import BuildTerms, HnswTerms, Targets
from kodit.domain.code.snippet import content_hash
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.cleaning import cleaned
from kodit.domain.nixpkgs.nix_package import NixPackage
from kodit.domain.nixpkgs.package_question import PackageQuestion
from kodit.domain.nixpkgs.walk import RawPackage
from kodit.domain.search.embedding import code_text
from kodit.domain.search.tokens import query_tokens
from kodit.infrastructure.channels.package_lists import read
from kodit.infrastructure.duckdb.artifact_reader import DuckDbArtifactReader, opened_artifact
from kodit.infrastructure.duckdb.artifact_writer import DuckDbArtifactWriter
from kodit.infrastructure.duckdb.session import load
from kodit.infrastructure.static_model.embedder import StaticEmbedder

PAGE = 5_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MIT = ArtifactFilters(licenses=frozenset({"MIT"}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lists", nargs="+", type=Path, metavar="LIST")
    parser.add_argument("--packages", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-hnsw", action="store_true")
    parser.add_argument("--minified-hnsw", action="store_true")
    arguments = parser.parse_args()
    asked = json.loads((Path(__file__).parent / "nix_queries.json").read_text())
    questions = [one["query"] for kind in asked.values() for one in kind] * arguments.rounds
    for path in arguments.lists:
        with tempfile.TemporaryDirectory(prefix="kodit-bench-") as scratch:
            asyncio.run(measure(path, Path(scratch), questions, arguments))


async def measure(path: Path, scratch: Path, questions: Sequence[str], arguments: argparse.Namespace) -> None:
    found = [cleaned(entry) async for entry in read(str(path)) if isinstance(entry, RawPackage)]
    packages = list(islice(multiplied(found), arguments.packages or len(found)))
    print(f"\n{path.name}: {len(packages):,} packages", flush=True)
    embedder = StaticEmbedder(None)
    entries = await embedded(packages, embedder)
    hnsw = HnswTerms()
    terms = BuildTerms(
        hnsw=None if arguments.no_hnsw else hnsw, minified_hnsw=hnsw if arguments.minified_hnsw else None
    )
    [full, minified] = await built(entries, scratch, embedder, terms)
    vectors = dict(zip(questions, await embedder.embed(questions), strict=True))
    print(f"  {'':<44}{'p50 ms':>8}{'p95 ms':>8}   {len(questions)} questions")
    for artifact in (full, minified):
        async with opened_artifact(artifact.path) as reader:
            await ask_artifact(reader, questions, vectors)
    ask_plain_duckdb(packages, scratch / "plain.duckdb", questions)
    ask_sqlite(packages, scratch / "fts5.db", questions)


def multiplied(packages: Sequence[NixPackage]) -> Iterator[NixPackage]:
    """The packages again and again, from the second time on under names and with descriptions of their own."""
    for again in count():
        for one in packages:
            if again == 0:
                yield one
                continue
            attr = AttrPath((*one.attr.parts[:-1], f"{one.attr.name}_{again}"))
            described = f"{one.description} ({again})" if one.description else None
            yield replace(one, attr=attr, pname=f"{one.pname}-{again}", description=described)


async def embedded(packages: Sequence[NixPackage], embedder: StaticEmbedder) -> list[PackageEntry]:
    entries: list[PackageEntry] = []
    started = time.perf_counter()
    for start in range(0, len(packages), PAGE):
        page = packages[start : start + PAGE]
        vectors = await embedder.embed([code_text(str(one.attr), None, one.text) for one in page])
        entries += [
            PackageEntry(package=one, key=content_hash(str(one.attr), one.text), vector=telling(vector))
            for one, vector in zip(page, vectors, strict=True)
        ]
    print(f"  {'embedding, which is no part of it':<44}{time.perf_counter() - started:>8.1f} s")
    return entries


async def built(
    entries: Sequence[PackageEntry], scratch: Path, embedder: StaticEmbedder, terms: BuildTerms
) -> Sequence[Artifact]:
    async def pages() -> AsyncIterator[Sequence[PackageEntry]]:
        for start in range(0, len(entries), PAGE):
            yield entries[start : start + PAGE]

    @asynccontextmanager
    async def step(operation: str, **_: Any) -> AsyncIterator[None]:
        before, cpu = time.perf_counter(), time.process_time()
        yield
        print(f"  {operation:<44}{time.perf_counter() - before:>8.1f} s   cpu {time.process_time() - cpu:.1f} s")

    origin = Origin(
        contents=ArtifactContents.PACKAGES,
        source="measured",
        location="-",
        model=embedder.model,
        dimension=embedder.dimension,
    )
    targets = Targets(full=str(scratch / "full.duckdb"), minified=str(scratch / "minified.duckdb"))
    before, memory = time.perf_counter(), peak()
    artifacts = await DuckDbArtifactWriter(version="-", now=lambda: NOW).write(targets, origin, pages(), terms, step)
    took = time.perf_counter() - before
    print(f"  {'in all':<44}{took:>8.1f} s   peak memory {memory:.0f} MB before, {peak():.0f} MB after")
    for artifact in artifacts:
        print(f"  {artifact.manifest.form.value:<44}{artifact.size / 1e6:>8.1f} MB")
    return artifacts


async def ask_artifact(reader: DuckDbArtifactReader, questions: Sequence[str], vectors: dict[str, bytes]) -> None:
    form = reader.manifest.form.value
    how = "through HNSW" if reader.manifest.hnsw else "all compared"

    async def by_vector(question: str, filters: ArtifactFilters = ANY_ENTRY) -> None:
        await reader.nearest(vectors[question], filters=filters, limit=10)

    async def by_words(question: str) -> None:
        await reader.keywords(" ".join(query_tokens(question)), filters=ANY_ENTRY, limit=10)

    async def by_all(question: str) -> None:
        await reader.named(PackageQuestion.of(question).names, filters=ANY_ENTRY, limit=50)
        await by_words(question)
        await by_vector(question)

    await timed(f"{form}: vector, {how}", by_vector, questions)
    await timed(f"{form}: vector, only MIT", lambda question: by_vector(question, MIT), questions)
    if reader.manifest.fts is not None:
        await timed(f"{form}: keyword", by_words, questions)
        await timed(f"{form}: hybrid", by_all, questions)


def ask_plain_duckdb(packages: Sequence[NixPackage], path: Path, questions: Sequence[str]) -> None:
    rows = path.with_suffix(".json")
    with rows.open("w") as lines:
        lines.writelines(f"{json.dumps({'id': number, 'content': one.text})}\n" for number, one in enumerate(packages))
    with duckdb.connect(str(path)) as plain:
        plain.execute(
            "CREATE TABLE docs AS FROM read_json(?, columns = {id: 'BIGINT', content: 'VARCHAR'})", [str(rows)]
        )
        load(plain, "fts")
        plain.execute("PRAGMA create_fts_index('docs', 'id', 'content')")
        statement = (
            "SELECT id, fts_main_docs.match_bm25(id, ?) AS score FROM docs WHERE score IS NOT NULL "
            "ORDER BY score DESC LIMIT 10"
        )
        timed_plainly("plain DuckDB FTS: keyword", lambda text: plain.execute(statement, [text]).fetchall(), questions)


def ask_sqlite(packages: Sequence[NixPackage], path: Path, questions: Sequence[str]) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE VIRTUAL TABLE docs USING fts5(content, tokenize = 'porter unicode61')")
        database.executemany("INSERT INTO docs (rowid, content) VALUES (?, ?)", enumerate(one.text for one in packages))
        database.commit()

        def ask(text: str) -> None:
            words = " OR ".join(f'"{word}"' for word in query_tokens(text))
            database.execute(
                "SELECT rowid FROM docs WHERE docs MATCH ? ORDER BY bm25(docs) LIMIT 10", [words or '""']
            ).fetchall()

        timed_plainly("SQLite FTS5: keyword", ask, questions)
    print(f"  {'SQLite FTS5':<44}{path.stat().st_size / 1e6:>8.1f} MB")


async def timed(what: str, ask: Callable[[str], Awaitable[None]], questions: Sequence[str]) -> None:
    await ask(questions[0])
    taken = []
    for question in questions:
        started = time.perf_counter()
        await ask(question)
        taken.append((time.perf_counter() - started) * 1000)
    show(what, taken)


def timed_plainly(what: str, ask: Callable[[str], object], questions: Sequence[str]) -> None:
    ask(questions[0])
    taken = []
    for question in questions:
        started = time.perf_counter()
        ask(question)
        taken.append((time.perf_counter() - started) * 1000)
    show(what, taken)


def show(what: str, taken: Sequence[float]) -> None:
    p95 = statistics.quantiles(taken, n=20)[-1]
    print(f"  {what:<44}{statistics.median(taken):>8.1f}{p95:>8.1f}", flush=True)


def peak() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
