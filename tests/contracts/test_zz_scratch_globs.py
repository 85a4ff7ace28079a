"""What the keyword index promises of a PostgreSQL database that many workers share."""

import asyncio
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy import table as table_of

from kodit.domain.code.snippet import SnippetKind
from kodit.domain.errors import Locked
from kodit.domain.search import globs
from kodit.domain.search.query import Document, Filters
from kodit.infrastructure.memory.keyword_index import MemoryKeywordIndex
from kodit.infrastructure.postgres.keyword_index import PostgresKeywordIndex
from kodit.infrastructure.postgres.keyword_statements import SEARCH
from kodit.infrastructure.sql.database import Database

ANY = Filters()
WORDS = [f"{one}{other}" for one in "bcdfghjklm" for other in "aeiou"]


@pytest.fixture
def index(postgres: Database) -> PostgresKeywordIndex:
    return PostgresKeywordIndex(postgres)


def document(snippet_id: int, content: str, *, index_id: int = 1, path: str = "src/app.py") -> Document:
    return Document(
        snippet_id=snippet_id,
        index_id=index_id,
        path=path,
        language="python",
        symbol=None,
        kind=SnippetKind.BLOCK,
        content=content,
    )


def some(numbers: range, seed: int = 1) -> list[Document]:
    rng = random.Random(seed)
    weights = [1 / (n + 1) for n in range(len(WORDS))]
    return [document(n, " ".join(rng.choices(WORDS, weights, k=rng.randint(3, 40)))) for n in numbers]


async def found(index: PostgresKeywordIndex, asked: str, filters: Filters = ANY, limit: int = 10) -> list[int]:
    return [match.snippet_id for match in await index.search(asked, filters=filters, limit=limit)]


async def count(database: Database, table: str) -> int:
    async with database.read() as connection:
        return int(await connection.scalar(select(func.count()).select_from(table_of(table))) or 0)


async def generic_plan(database: Database) -> str:
    """How a search is carried out once the server no longer looks at its parameters."""
    names = dict.fromkeys(re.findall(r"(?<!:):(\w+)", SEARCH.text))
    numbered = SEARCH.text
    for place, name in enumerate(names, start=1):
        numbered = re.sub(rf":{name}\b", f"${place}", numbered)
    async with database.read() as connection:
        for statement in ("SET LOCAL plan_cache_mode = force_generic_plan", f"PREPARE searching AS {numbered}"):
            await connection.execute(text(statement))
        parameters = ", ".join(["NULL"] * len(names))
        plan = "\n".join(await connection.scalars(text(f"EXPLAIN EXECUTE searching ({parameters})")))
        await connection.execute(text("DEALLOCATE searching"))
        return plan


async def test_writers_of_one_index_at_once_lose_nothing(index: PostgresKeywordIndex, postgres: Database) -> None:
    turns = [index.update(1, add=[document(n, "needle"), document(1_000, "needle")], remove=[]) for n in range(12)]
    await asyncio.gather(*turns)
    assert await index.ids(1) == {*range(12), 1_000}
    assert await found(index, "needle", limit=20) == [*range(12), 1_000]
    async with postgres.read() as connection:
        sizes = await connection.execute(text("SELECT documents, tokens FROM keyword_sizes WHERE field = 1"))
        assert sizes.all() == [(13, 13)]


async def test_a_writer_waits_for_another_of_its_index_only(index: PostgresKeywordIndex, postgres_copy: str) -> None:
    async def write(index_id: int) -> None:
        database = Database(postgres_copy)
        hasty = PostgresKeywordIndex(database, patience=timedelta(milliseconds=20))
        try:
            await hasty.update(index_id, add=[document(index_id, "needle", index_id=index_id)], remove=[])
        finally:
            await database.close()

    def documents() -> Iterator[Document]:
        asyncio.run(write(2))
        with pytest.raises(Locked, match="writing index 1"):
            asyncio.run(write(1))
        yield document(3, "needle")

    await index.update(1, add=documents(), remove=[])
    assert (await index.ids(1), await index.ids(2)) == ({3}, {2})


async def test_many_small_updates_are_merged_and_rank_as_one_big_one(
    index: PostgresKeywordIndex, postgres: Database
) -> None:
    documents = some(range(120))
    for document_ in documents:
        await index.update(1, add=[document_], remove=[])
    assert await count(postgres, "keyword_segments") < 20
    oracle = MemoryKeywordIndex()
    await oracle.update(1, add=documents, remove=[])
    for asked in ("ba", "be bi", "mu lu ku", "ba mu"):
        expected = await oracle.search(asked, filters=ANY, limit=500)
        answered = await index.search(asked, filters=ANY, limit=500)
        assert [match.snippet_id for match in answered] == [match.snippet_id for match in expected]
        assert [match.score for match in answered] == pytest.approx([match.score for match in expected], abs=1e-4)


async def test_what_is_gone_leaves_the_tables_in_the_end(index: PostgresKeywordIndex, postgres: Database) -> None:
    await index.update(1, add=some(range(1_500)), remove=[])
    await index.update(2, add=[document(9_999, "needle", index_id=2)], remove=[])
    await index.clear(1)
    assert await found(index, "needle") == [9_999]
    assert await count(postgres, "keyword_documents") == 1
    # Of content and path: needle, src, app, py, each with its parts.
    assert await count(postgres, "keyword_postings") < 10


async def test_documents_that_are_gone_take_no_place_among_the_best(index: PostgresKeywordIndex) -> None:
    await index.update(1, add=[document(n, "needle") for n in range(900)], remove=[])
    await index.update(1, add=[document(5_000 + n, "needle in the hay") for n in range(5)], remove=[])
    await index.update(1, add=[], remove=range(900))
    assert await found(index, "needle", limit=5) == [5_000, 5_001, 5_002, 5_003, 5_004]


async def test_equal_documents_score_the_same_however_they_came(index: PostgresKeywordIndex) -> None:
    tokens = ["alpha", "beta", "gamma", "delta", "epsilon"]
    rng = random.Random(4)
    for n in range(20):
        rng.shuffle(tokens)
        await index.update(1, add=[document(n, " ".join(tokens))], remove=[])
    matches = await index.search("epsilon delta gamma beta alpha", filters=ANY, limit=20)
    assert len({match.score for match in matches}) == 1
    assert [match.snippet_id for match in matches] == list(range(20))


async def test_documents_of_any_size_are_held(index: PostgresKeywordIndex) -> None:
    await index.update(1, add=[document(1, "needle " * 70_000), document(2, "needle hay")], remove=[])
    assert sorted(await found(index, "needle")) == [1, 2]
    await index.update(1, add=[], remove=[1])
    assert await found(index, "needle hay") == [2]


async def test_a_search_stays_with_its_indexes_also_after_a_hundred(
    index: PostgresKeywordIndex, postgres: Database
) -> None:
    documents = some(range(5_000))
    await index.update(
        1, add=[replace(one, content=f"{one.content} x{one.snippet_id}") for one in documents], remove=[]
    )
    async with postgres.write() as connection:
        await connection.execute(text("ANALYZE"))
    answers = {tuple(await found(index, "mu lu", Filters(paths=("src",)))) for _ in range(100)}
    assert len(answers) == 1
    plan = await generic_plan(postgres)
    assert "Index Scan using keyword_documents_pkey" in plan
    assert "keyword_postings_pkey" in plan
    assert "Seq Scan on keyword_postings" not in plan
    assert "Seq Scan on keyword_documents" not in plan
    assert "JIT" not in plan


@settings(max_examples=3000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pattern=st.text("ab*?[]{}!^-,/\\.$()|+é", max_size=14),
    path=st.text("ab/.-^]$é\n", min_size=1, max_size=10),
)
async def test_the_server_reads_path_patterns_as_the_domain_does(
    index: PostgresKeywordIndex, pattern: str, path: str
) -> None:
    await index.update(1, add=[document(1, "needle", path=path)], remove=[])
    expected = [1] if globs.matches(pattern, path) else []
    assert await found(index, "needle", Filters(paths=(pattern,))) == expected


async def test_it_says_how_it_ranks(index: PostgresKeywordIndex) -> None:
    assert (await index.ranking()).startswith("BM25 in SQL")
