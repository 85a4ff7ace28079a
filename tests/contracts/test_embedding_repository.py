"""What every EmbeddingRepository promises."""

import asyncio

import pytest

MODEL, DIMENSION = "static/1", 2
VECTOR, OTHER = b"\0\0\x80\x3f\0\0\0\0", b"\0\0\0\0\0\0\x80\x3f"


@pytest.fixture
async def embeddings(storage):
    async with storage.write() as unit:
        yield unit.embeddings


async def test_a_vector_comes_back_as_it_went_in(embeddings):
    await embeddings.add({"a" * 64: VECTOR}, model=MODEL, dimension=DIMENSION)

    assert await embeddings.get(["a" * 64], model=MODEL, dimension=DIMENSION) == {"a" * 64: VECTOR}


async def test_what_is_not_there_is_left_out(embeddings):
    await embeddings.add({"a": VECTOR}, model=MODEL, dimension=DIMENSION)

    assert await embeddings.get(["b", "a", "c"], model=MODEL, dimension=DIMENSION) == {"a": VECTOR}
    assert await embeddings.get([], model=MODEL, dimension=DIMENSION) == {}


async def test_one_that_is_there_already_stays(embeddings):
    await embeddings.add({"a": VECTOR}, model=MODEL, dimension=DIMENSION)

    await embeddings.add({"a": OTHER, "b": OTHER}, model=MODEL, dimension=DIMENSION)

    assert await embeddings.get(["a", "b"], model=MODEL, dimension=DIMENSION) == {"a": VECTOR, "b": OTHER}


@pytest.mark.parametrize(("model", "dimension"), [("another", DIMENSION), (MODEL, 3)])
async def test_models_and_dimensions_have_vectors_of_their_own(embeddings, model, dimension):
    await embeddings.add({"a": VECTOR}, model=MODEL, dimension=DIMENSION)
    assert await embeddings.get(["a"], model=model, dimension=dimension) == {}

    await embeddings.add({"a": OTHER}, model=model, dimension=dimension)

    assert await embeddings.get(["a"], model=model, dimension=dimension) == {"a": OTHER}
    assert await embeddings.get(["a"], model=MODEL, dimension=DIMENSION) == {"a": VECTOR}


async def test_thousands_may_be_named(embeddings):
    vectors = {f"{number:064}": number.to_bytes(8, "little") for number in range(2_500)}
    await embeddings.add(vectors, model=MODEL, dimension=DIMENSION)

    assert await embeddings.get([*vectors, *vectors], model=MODEL, dimension=DIMENSION) == vectors


async def test_adding_nothing_is_no_error(embeddings):
    await embeddings.add({}, model=MODEL, dimension=DIMENSION)


async def test_two_that_add_the_same_at_once_both_succeed(storage):
    async def add(hashes):
        async with storage.write() as unit:
            await unit.embeddings.add(dict.fromkeys(hashes, VECTOR), model=MODEL, dimension=2)

    hashes = [f"{number:03}" for number in range(500)]
    await asyncio.gather(*(add(order) for order in (hashes, hashes[::-1]) * 2))

    async with storage.read() as unit:
        assert len(await unit.embeddings.get(hashes, model=MODEL, dimension=2)) == 500
