"""What the vector index promises where there are too many vectors to look at each."""

import asyncio
import math
import random
import struct
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text

from kodit.domain.errors import InvalidInput, Locked
from kodit.domain.search.ports import Vector, VectorKind
from kodit.domain.search.query import Match
from kodit.infrastructure.memory.vector_index import MemoryVectorIndex
from kodit.infrastructure.postgres.vector_index import PostgresVectorIndex
from kodit.infrastructure.postgres.vector_statements import BY_GRAPH, NEAREST
from kodit.infrastructure.sql.database import Database

CODE = VectorKind.CODE
DIMENSION = 24
MANY, FEW = 1_500, 300
"""Vectors of the tests, and up to how many are looked at one by one."""
Row = tuple[int, int, Vector]


def direction(rng: random.Random, dimension: int = DIMENSION) -> Vector:
    numbers = [rng.gauss(0, 1) for _ in range(dimension)]
    length = math.hypot(*numbers)
    return struct.pack(f"<{dimension}f", *(number / length for number in numbers))


def some(count: int, seed: int = 1, files: int = 100) -> list[Row]:
    rng = random.Random(seed)
    return [(n, n % files, direction(rng)) for n in range(count)]


@pytest.fixture
def index(postgres: Database) -> PostgresVectorIndex:
    return PostgresVectorIndex(postgres, exact_up_to=FEW)


async def put(index: PostgresVectorIndex | MemoryVectorIndex, rows: Sequence[Row], model: str = "m") -> None:
    await index.update(1, CODE, model=model, dimension=len(rows[0][2]) // 4, add=rows, remove=[])


async def near(
    index: PostgresVectorIndex | MemoryVectorIndex,
    vector: Vector,
    *,
    files: Collection[int] | None = None,
    limit: int = 10,
    model: str = "m",
    index_ids: Collection[int] = (1,),
) -> Sequence[Match]:
    return await index.search(vector, kind=CODE, model=model, index_ids=index_ids, file_ids=files, limit=limit)


def recall(found: Sequence[Sequence[Match]], expected: Sequence[Sequence[Match]]) -> float:
    """How many of the nearest are among the found."""
    both = list(zip(found, expected, strict=True))
    hits = sum(len({one.snippet_id for one in a} & {one.snippet_id for one in b}) for a, b in both)
    return hits / sum(len(b) for _, b in both)


async def has_graph(database: Database, name: str = f"vectors_code_{DIMENSION}") -> bool:
    async with database.read() as connection:
        return await connection.scalar(text("SELECT to_regclass(CAST(:name AS text))"), {"name": name}) is not None


async def graph_scans(database: Database) -> int:
    """How often a graph was used, by what the server counts."""
    async with database.read() as connection:
        await connection.execute(text("SELECT pg_stat_force_next_flush()"))
    async with database.read() as connection:
        scans = "SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname LIKE 'vectors_code%'"
        return int(await connection.scalar(text(scans)) or 0)


async def plan_of_search(database: Database, *settings: str) -> str:
    """How the graph is asked; the kind and the dimension are no parameters."""
    written = NEAREST.text.replace(":kind", "'code'").replace(":dimension", str(DIMENSION))
    names = ("asked", "model", "index_ids", "file_ids", "snippet_ids", "candidates", "limit")
    for place, name in enumerate(names, start=1):
        written = written.replace(f":{name}", f"${place}")
    nothing = "ARRAY[" + ",".join(["0.1"] * DIMENSION) + "], 'm', '{1}', NULL, NULL, 20, 10"
    async with database.read() as connection:
        await connection.execute(BY_GRAPH, {"breadth": "400"})
        for statement in (*settings, f"PREPARE searching AS {written}"):
            await connection.execute(text(statement))
        plan = "\n".join(await connection.scalars(text(f"EXPLAIN EXECUTE searching ({nothing})")))
        await connection.execute(text("DEALLOCATE searching"))
        return plan


async def test_few_vectors_have_no_graph_and_many_get_one(index: PostgresVectorIndex, postgres: Database) -> None:
    rows = some(MANY)
    await put(index, rows[:FEW])
    assert not await has_graph(postgres)
    await put(index, rows[FEW:])
    assert await has_graph(postgres)


async def test_most_of_the_nearest_are_found_by_the_graph(index: PostgresVectorIndex) -> None:
    oracle = MemoryVectorIndex()
    rows = some(MANY)
    await put(oracle, rows)
    for start in range(0, MANY, 500):
        await put(index, rows[start : start + 500])
    rng = random.Random(2)
    asked = [direction(rng) for _ in range(20)]
    found = [await near(index, vector) for vector in asked]
    assert recall(found, [await near(oracle, vector) for vector in asked]) > 0.97
    for matches in found:
        scores = [match.score for match in matches]
        assert scores == sorted(scores, reverse=True)


async def test_a_search_goes_by_the_graph_also_after_a_hundred(index: PostgresVectorIndex, postgres: Database) -> None:
    await put(index, some(MANY))
    vector = direction(random.Random(3))
    before = await graph_scans(postgres)
    answers = {tuple(match.snippet_id for match in await near(index, vector)) for _ in range(100)}
    assert len(answers) == 1
    assert await graph_scans(postgres) == before + 100
    for mode in ("force_generic_plan", "force_custom_plan"):
        plan = await plan_of_search(postgres, f"SET LOCAL plan_cache_mode = {mode}")
        assert f"Index Scan using vectors_code_{DIMENSION}" in plan, mode


@pytest.mark.parametrize("share", [2, 4])
async def test_filters_do_not_starve_a_search_by_the_graph(index: PostgresVectorIndex, share: int) -> None:
    oracle = MemoryVectorIndex()
    for one in (index, oracle):
        await put(one, some(MANY))
    rng = random.Random(5)
    files = range(0, 100, share)
    asked = [direction(rng) for _ in range(10)]
    found = [await near(index, vector, files=files, limit=40) for vector in asked]
    assert {len(matches) for matches in found} == {40}
    assert {match.snippet_id % 100 for matches in found for match in matches} <= set(files)
    assert recall(found, [await near(oracle, vector, files=files, limit=40) for vector in asked]) > 0.97


async def test_few_that_pass_the_filters_are_found_exactly(index: PostgresVectorIndex) -> None:
    oracle = MemoryVectorIndex()
    for one in (index, oracle):
        await put(one, some(MANY))
    vector = direction(random.Random(6))
    for files in ([7], [1, 2, 3, 500], range(15)):
        expected = await near(oracle, vector, files=files, limit=30)
        found = await near(index, vector, files=files, limit=30)
        assert [match.snippet_id for match in found] == [match.snippet_id for match in expected]


async def test_more_are_found_than_the_graph_gives(index: PostgresVectorIndex) -> None:
    await put(index, some(MANY))
    found = await near(index, direction(random.Random(7)), limit=MANY)
    assert {match.snippet_id for match in found} == set(range(MANY))


async def test_what_was_removed_or_replaced_is_not_found_by_the_graph(index: PostgresVectorIndex) -> None:
    rows = some(MANY)
    await put(index, rows)
    target = rows[100][2]
    assert (await near(index, target, limit=1))[0].snippet_id == 100
    await index.update(1, CODE, model="m", dimension=DIMENSION, add=[(101, 1, target)], remove=[100])
    first, second = await near(index, target, limit=2)
    assert (first.snippet_id, first.score) == (101, pytest.approx(1, abs=1e-6))
    assert second.score < 0.99


async def test_another_model_of_the_same_dimension_is_never_found(index: PostgresVectorIndex) -> None:
    await put(index, some(MANY))
    others = [(10_000 + n, 1, vector) for n, _, vector in some(600, seed=9)]
    await index.update(2, CODE, model="other", dimension=DIMENSION, add=others, remove=[])
    vector = others[0][2]
    assert all(match.snippet_id < MANY for match in await near(index, vector, index_ids=(1, 2)))
    assert (await near(index, vector, model="other", index_ids=(1, 2)))[0].snippet_id == 10_000


async def test_vectors_of_too_many_dimensions_for_a_graph_are_looked_at_each(postgres: Database) -> None:
    index = PostgresVectorIndex(postgres, exact_up_to=1)
    rng = random.Random(8)
    rows = [(n, 1, direction(rng, 4_500)) for n in range(5)]
    await put(index, rows)
    assert not await has_graph(postgres, "vectors_code_4500")
    assert (await near(index, rows[3][2]))[0].snippet_id == 3
    with pytest.raises(InvalidInput, match="pgvector takes 16000"):
        await index.update(1, CODE, model="m", dimension=16_001, add=[], remove=[])


async def test_writers_of_one_index_at_once_lose_nothing(index: PostgresVectorIndex) -> None:
    rows = some(400)
    await asyncio.gather(*(put(index, rows[start : start + 50]) for start in range(0, 400, 50)))
    assert await index.held(1, CODE, model="m") == set(range(400))
    assert len(await near(index, rows[0][2], limit=500)) == 400


async def test_a_writer_waits_for_another_of_its_index_and_kind_only(postgres: Database, postgres_copy: str) -> None:
    index = PostgresVectorIndex(postgres, patience=timedelta(milliseconds=20))
    lock = text("SELECT pg_advisory_xact_lock(CAST(x'6B6F6403' AS integer), 1)")
    another = Database(postgres_copy)
    async with another.write() as connection:
        await connection.execute(lock)
        with pytest.raises(Locked, match="writing index 1"):
            await put(index, some(5))
        await index.update(1, VectorKind.TEXT, model="m", dimension=DIMENSION, add=some(5), remove=[])
        await index.update(2, CODE, model="m", dimension=DIMENSION, add=some(5), remove=[])
    await another.close()
    await put(index, some(5))


async def test_a_failed_update_counts_nothing(index: PostgresVectorIndex, postgres: Database) -> None:
    def failing() -> Iterator[Row]:
        yield from some(10)
        raise RuntimeError("the database went away")

    await put(index, some(5))
    with pytest.raises(RuntimeError, match="went away"):
        await index.update(1, CODE, model="m", dimension=DIMENSION, add=failing(), remove=[])
    async with postgres.read() as connection:
        assert await connection.scalar(text("SELECT vectors FROM vector_sets")) == 5
