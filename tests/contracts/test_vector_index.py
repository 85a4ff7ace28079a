"""What every vector index promises."""

import asyncio
import math
import multiprocessing
import random
import resource
import signal
import struct
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kodit.domain.errors import InvalidInput, Locked
from kodit.domain.search.ports import Vector, VectorIndex, VectorKind
from kodit.domain.search.query import Match
from kodit.infrastructure.memory.vector_index import MemoryVectorIndex
from kodit.infrastructure.postgres.vector_index import PostgresVectorIndex
from kodit.infrastructure.vectors.vector_index import MappedVectorIndex

CODE = VectorKind.CODE
MODEL = "model 1"
Row = tuple[int, int, Vector]


@pytest.fixture(params=["memory", "mapped", "postgres"])
def index(request: pytest.FixtureRequest) -> VectorIndex:
    return MemoryVectorIndex() if request.param == "memory" else persistent(request)


@pytest.fixture(params=["mapped", "postgres"])
def kept(request: pytest.FixtureRequest) -> VectorIndex:
    """One that outlives its process."""
    return persistent(request)


def persistent(request: pytest.FixtureRequest) -> VectorIndex:
    if request.param == "mapped":
        return MappedVectorIndex(request.getfixturevalue("tmp_path") / "vectors")
    return PostgresVectorIndex(request.getfixturevalue("postgres"))


def unit(*numbers: float) -> Vector:
    length = math.hypot(*numbers) or 1.0
    return struct.pack(f"<{len(numbers)}f", *(number / length for number in numbers))


async def put(
    index: VectorIndex, add: Sequence[Row], remove: Collection[int] = (), index_id: int = 1, model: str = MODEL
) -> None:
    dimension = len(add[0][2]) // 4 if add else 2
    await index.update(index_id, CODE, model=model, dimension=dimension, add=iter(add), remove=remove)


async def near(
    index: VectorIndex,
    vector: Vector,
    *,
    index_ids: Collection[int] = (1,),
    file_ids: Collection[int] | None = None,
    snippet_ids: Collection[int] | None = None,
    limit: int = 10,
    model: str = MODEL,
    kind: VectorKind = CODE,
) -> Sequence[Match]:
    return await index.search(
        vector, kind=kind, model=model, index_ids=index_ids, file_ids=file_ids, snippet_ids=snippet_ids, limit=limit
    )


def ids(matches: Sequence[Match]) -> Sequence[int]:
    return [match.snippet_id for match in matches]


async def test_the_nearest_come_first_with_their_cosine(index: VectorIndex) -> None:
    await put(index, [(1, 10, unit(0, 1)), (2, 10, unit(1, 1)), (3, 11, unit(-1, 0)), (4, 11, unit(1, 0))])
    found = await near(index, unit(1, 0))
    assert ids(found) == [4, 2, 1, 3]
    assert [match.score for match in found] == pytest.approx([1, math.sqrt(0.5), 0, -1], abs=1e-6)
    assert ids(await near(index, unit(1, 0), limit=2)) == [4, 2]
    assert ids(await near(index, unit(1, 0), limit=0)) == []


async def test_equals_are_ordered_by_id_also_at_the_cut(index: VectorIndex) -> None:
    rng = random.Random(3)
    same = unit(*(rng.gauss(0, 1) for _ in range(37)))
    numbers = rng.sample(range(10_000), 301)
    await put(index, [(n, n % 7, same) for n in numbers])
    for limit in (1, 5, 300):
        assert ids(await near(index, same, limit=limit)) == sorted(numbers)[:limit]
    thirds = [n for n in sorted(numbers) if n % 7 == 3]
    assert ids(await near(index, same, file_ids={3}, limit=4)) == thirds[:4]


async def test_only_the_given_files_are_searched(index: VectorIndex) -> None:
    await put(index, [(n, n % 50, unit(1, n)) for n in range(500)])
    assert ids(await near(index, unit(1, 0), file_ids=[7, 8, 999])) == [
        7,
        8,
        *sorted([57, 107, 157, 207, 58, 108, 158, 208]),
    ]
    assert ids(await near(index, unit(1, 0), file_ids=range(1, 50), limit=3)) == [1, 2, 3]
    assert ids(await near(index, unit(1, 0), file_ids=[])) == []


async def test_only_the_given_snippets_are_searched(index: VectorIndex) -> None:
    await put(index, [(n, n % 50, unit(1, n)) for n in range(500)])
    assert ids(await near(index, unit(1, 0), snippet_ids=[300, 7, 8, 999])) == [7, 8, 300]
    assert ids(await near(index, unit(1, 0), snippet_ids=range(100, 500), limit=3)) == [100, 101, 102]
    assert ids(await near(index, unit(1, 0), snippet_ids=[57, 58, 8], file_ids=[7])) == [57]
    assert ids(await near(index, unit(1, 0), snippet_ids=[])) == []


async def test_several_indexes_are_searched_as_one(index: VectorIndex) -> None:
    await put(index, [(1, 1, unit(1, 0)), (2, 1, unit(0, 1))], index_id=1)
    await put(index, [(3, 2, unit(1, 1)), (4, 2, unit(1, 0))], index_id=2)
    await put(index, [(5, 3, unit(1, 0))], index_id=3)
    assert ids(await near(index, unit(1, 0), index_ids=[2, 1, 2, 77])) == [1, 4, 3, 2]
    assert ids(await near(index, unit(1, 0), index_ids=[])) == []


async def test_an_update_done_twice_is_the_same_as_once(index: VectorIndex) -> None:
    await put(index, [(1, 1, unit(1, 0)), (2, 1, unit(1, 0)), (3, 1, unit(1, 0))])
    for _ in range(2):
        await put(index, [(1, 9, unit(0, 1)), (4, 9, unit(1, 0))], remove=[2, 99])
        assert ids(await near(index, unit(1, 0))) == [3, 4, 1]
        assert ids(await near(index, unit(1, 0), file_ids=[9])) == [4, 1]
        assert await index.held(1, CODE, model=MODEL) == {1, 3, 4}


async def test_what_is_added_and_removed_at_once_is_there(index: VectorIndex) -> None:
    await put(index, [(1, 1, unit(0, 1)), (1, 1, unit(1, 0))], remove=[1])
    assert [match.score for match in await near(index, unit(1, 0))] == pytest.approx([1])


async def test_removing_everything_leaves_nothing(index: VectorIndex) -> None:
    await put(index, [(1, 1, unit(1, 0))])
    await put(index, [], remove=[1])
    assert ids(await near(index, unit(1, 0))) == []
    assert await index.held(1, CODE, model=MODEL) == frozenset()


async def test_another_model_replaces_what_was_held(index: VectorIndex) -> None:
    await put(index, [(1, 1, unit(1, 0))])
    assert await index.held(1, CODE, model="model 2") == frozenset()
    assert ids(await near(index, unit(1, 0), model="model 2")) == []
    await put(index, [(2, 1, unit(1, 0))], model="model 2")
    assert await index.held(1, CODE, model=MODEL) == frozenset()
    assert ids(await near(index, unit(1, 0), model="model 2")) == [2]
    assert ids(await near(index, unit(1, 0))) == []


async def test_another_dimension_replaces_what_was_held(index: VectorIndex) -> None:
    await put(index, [(1, 1, unit(1, 0))])
    await put(index, [(2, 1, unit(1, 0, 0))])
    assert await index.held(1, CODE, model=MODEL) == {2}
    assert ids(await near(index, unit(1, 0))) == []
    assert ids(await near(index, unit(1, 0, 0))) == [2]


async def test_zero_vectors_are_held_but_never_found(index: VectorIndex) -> None:
    await put(index, [(1, 1, unit(0, 0)), (2, 1, unit(-1, 0))])
    assert await index.held(1, CODE, model=MODEL) == {1, 2}
    assert ids(await near(index, unit(1, 0))) == [2]
    assert ids(await near(index, unit(0, 0))) == []


async def test_kinds_and_indexes_are_kept_apart(index: VectorIndex) -> None:
    await put(index, [(1, 1, unit(1, 0))])
    await put(index, [(2, 1, unit(1, 0))], index_id=2)
    await index.update(1, VectorKind.TEXT, model="words", dimension=2, add=[(1, 1, unit(0, 1))], remove=[])
    assert ids(await near(index, unit(1, 0), kind=VectorKind.TEXT, model="words")) == [1]
    await index.clear(1)
    assert await index.held(1, CODE, model=MODEL) == frozenset()
    assert await index.held(1, VectorKind.TEXT, model="words") == frozenset()
    assert ids(await near(index, unit(1, 0), index_ids=[1, 2])) == [2]


async def test_an_update_that_fails_changes_nothing(index: VectorIndex) -> None:
    await put(index, [(1, 1, unit(1, 0))])

    def failing() -> Iterator[Row]:
        yield 2, 1, unit(1, 0)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        await index.update(1, CODE, model=MODEL, dimension=2, add=failing(), remove=[1])
    with pytest.raises(InvalidInput, match="2 dimensions"):
        await index.update(1, CODE, model="other", dimension=2, add=[(3, 1, unit(1, 0, 0))], remove=[1])
    assert await index.held(1, CODE, model=MODEL) == {1}


async def test_an_empty_index_finds_nothing(index: VectorIndex) -> None:
    assert ids(await near(index, unit(1, 0))) == []
    assert await index.held(1, CODE, model=MODEL) == frozenset()
    await index.clear(1)


VECTORS = st.lists(st.integers(-3, 3), min_size=3, max_size=3).map(lambda numbers: unit(*numbers))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.integers(1, 2),
            st.lists(st.tuples(st.integers(1, 12), st.integers(1, 3), VECTORS), max_size=8),
            st.lists(st.integers(1, 12), max_size=5),
        ),
        max_size=5,
    ),
    asked=VECTORS,
    files=st.none() | st.sets(st.integers(1, 3)),
    limit=st.integers(1, 15),
)
async def test_each_answers_like_the_specification_after_any_updates(
    kept: VectorIndex,
    steps: list[tuple[int, list[Row], list[int]]],
    asked: Vector,
    files: set[int] | None,
    limit: int,
) -> None:
    for index_id in (1, 2):
        await kept.clear(index_id)
    answers = []
    for index in (MemoryVectorIndex(), kept):
        for index_id, add, remove in steps:
            own = [(100 * index_id + n, file_id, vector) for n, file_id, vector in add]
            gone = [100 * index_id + n for n in remove]
            await index.update(index_id, CODE, model=MODEL, dimension=3, add=own, remove=gone)
        held = [await index.held(index_id, CODE, model=MODEL) for index_id in (1, 2)]
        answers.append((held, await near(index, asked, index_ids=(1, 2), file_ids=files, limit=limit)))
    assert answers[0][0] == answers[1][0]
    # Sums in another order may order near-ties differently; their scores tell.
    expected, found = answers[0][1], answers[1][1]
    assert [match.score for match in found] == pytest.approx([match.score for match in expected], abs=1e-6)
    clear = [match.score for match in expected]
    for one, other in zip(expected, found, strict=True):
        if sum(abs(score - one.score) < 1e-6 for score in clear) == 1 and one is not expected[-1]:
            assert one.snippet_id == other.snippet_id


async def test_what_another_object_writes_is_seen(tmp_path: Path) -> None:
    reader, writer = MappedVectorIndex(tmp_path), MappedVectorIndex(tmp_path)
    assert ids(await near(reader, unit(1, 0))) == []
    for n in range(1, 4):
        await put(writer, [(n, 1, unit(1, 0))])
        assert ids(await near(reader, unit(1, 0))) == list(range(1, n + 1))
    await writer.clear(1)
    assert ids(await near(reader, unit(1, 0))) == []


async def test_searches_during_updates_see_one_state_or_the_other(tmp_path: Path) -> None:
    index = MappedVectorIndex(tmp_path)
    size = 200

    async def write() -> None:
        for turn in range(1, 15):
            rows = [(turn * 1_000 + n, turn, unit(1, 0)) for n in range(size)]
            await put(index, rows, remove=await index.held(1, CODE, model=MODEL))

    writing = asyncio.create_task(write())
    while not writing.done():
        found = ids(await near(index, unit(1, 0), limit=10 * size))
        assert len(found) in (0, size)
        assert len({snippet_id // 1_000 for snippet_id in found}) <= 1
    await writing


def _write(directory: Path, start: int) -> None:
    async def write() -> None:
        index = MappedVectorIndex(directory)
        for n in range(start, start + 20):
            await put(index, [(n, 1, unit(1, n))])

    asyncio.run(write())


async def test_two_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_write, args=(tmp_path, start)) for start in (100, 200)]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join)
        assert process.exitcode == 0
    held = await MappedVectorIndex(tmp_path).held(1, CODE, model=MODEL)
    assert held == {*range(100, 120), *range(200, 220)}


def _die_writing(directory: Path) -> None:
    # The kernel kills it with the file half written.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    rows = [(n, 1, unit(1, 0)) for n in range(5_000)]
    asyncio.run(put(MappedVectorIndex(directory), rows, remove=[1]))


async def test_a_writer_killed_in_the_middle_leaves_the_old_state_and_no_lock(tmp_path: Path) -> None:
    index = MappedVectorIndex(tmp_path, patience=timedelta(seconds=5))
    await put(index, [(1, 1, unit(1, 0))])
    process = multiprocessing.get_context("spawn").Process(target=_die_writing, args=(tmp_path,))
    process.start()
    await asyncio.to_thread(process.join)
    assert process.exitcode == -signal.SIGXFSZ
    assert await index.held(1, CODE, model=MODEL) == {1}
    await put(index, [(2, 1, unit(1, 0))])
    assert await index.held(1, CODE, model=MODEL) == {1, 2}


async def test_a_writer_that_waits_too_long_raises_locked(tmp_path: Path) -> None:
    from filelock import FileLock

    index = MappedVectorIndex(tmp_path, patience=timedelta(milliseconds=10))
    with FileLock(tmp_path / "1-code.lock"), pytest.raises(Locked):
        await put(index, [(1, 1, unit(1, 0))])
    await put(index, [(1, 1, unit(1, 0))])


@pytest.mark.parametrize("damage", [b"", b"KODITV", b"garbage" * 40, None])
async def test_a_damaged_file_counts_as_empty(tmp_path: Path, damage: bytes | None) -> None:
    index = MappedVectorIndex(tmp_path)
    await put(index, [(1, 1, unit(1, 0)), (2, 1, unit(1, 0))])
    (file,) = tmp_path.glob("*.vectors")
    file.write_bytes(file.read_bytes()[:-4] if damage is None else damage)
    assert await index.held(1, CODE, model=MODEL) == frozenset()
    assert ids(await near(index, unit(1, 0))) == []
    await put(index, [(3, 1, unit(1, 0))])
    assert await index.held(1, CODE, model=MODEL) == {3}
