"""What every EnrichmentRepository promises."""

import pytest

from kodit.domain.enrichment.ports import Enrichment

MODEL = "rules/1"
WORDS, OTHER = Enrichment("Reads Fußball 🏈 scores.", "1" * 64), Enrichment("Something else.", "2" * 64)


@pytest.fixture
async def enrichments(storage):
    async with storage.write() as unit:
        yield unit.enrichments


async def test_a_description_comes_back_as_it_went_in(enrichments):
    await enrichments.add({"a" * 64: WORDS}, model=MODEL)

    assert await enrichments.get(["a" * 64], model=MODEL) == {"a" * 64: WORDS}


async def test_what_is_not_there_is_left_out(enrichments):
    await enrichments.add({"a": WORDS}, model=MODEL)

    assert await enrichments.get(["b", "a"], model=MODEL) == {"a": WORDS}
    assert await enrichments.get([], model=MODEL) == {}


async def test_one_that_is_there_already_stays(enrichments):
    await enrichments.add({"a": WORDS}, model=MODEL)

    await enrichments.add({"a": OTHER, "b": OTHER}, model=MODEL)

    assert await enrichments.get(["a", "b"], model=MODEL) == {"a": WORDS, "b": OTHER}


async def test_models_have_descriptions_of_their_own(enrichments):
    await enrichments.add({"a": WORDS}, model=MODEL)
    assert await enrichments.get(["a"], model="another") == {}

    await enrichments.add({"a": OTHER}, model="another")

    assert await enrichments.get(["a"], model=MODEL) == {"a": WORDS}


async def test_thousands_may_be_named(enrichments):
    texts = {f"{number:064}": Enrichment(str(number), f"{number:064}") for number in range(2_500)}
    await enrichments.add(texts, model=MODEL)

    assert await enrichments.get([*texts, *texts], model=MODEL) == texts


async def test_adding_nothing_is_no_error(enrichments):
    await enrichments.add({}, model=MODEL)


async def test_what_no_database_can_spell_does_not_stop_the_rest(enrichments):
    await enrichments.add({"a": Enrichment("caf\udce9\0", "1" * 64), "b": OTHER}, model=MODEL)

    found = await enrichments.get(["a", "b"], model=MODEL)
    assert found["a"].text.startswith("caf")
    assert found["b"] == OTHER
