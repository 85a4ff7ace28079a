"""What every SourceRepository promises."""

from dataclasses import replace

import pytest
from indexed_nouns import NOON, a_file, a_snippet, a_source, add_snippets, stored_source

from kodit.domain.code.marks import Derived, Mark
from kodit.domain.errors import Conflict, NotFound
from kodit.domain.sources.source import SourceKind
from kodit.domain.sources.submodule import Submodule


@pytest.fixture
async def unit(storage):
    async with storage.write() as opened:
        yield opened


@pytest.mark.parametrize(
    "source",
    [
        a_source(),
        a_source(
            "owner/repo",
            kind=SourceKind.GIT,
            location="https://forge.example/owner/repo",
            commit="c" * 40,
            indexed_at=NOON,
            committed_at=NOON,
            depth=1,
            follows_submodules=True,
            rules=1,
            extracted_as=1,
        ),
        a_source("Fußball 🏈", location="/code/with space/Fußball"),
    ],
)
async def test_a_source_comes_back_as_it_went_in(unit, source):
    added = await unit.sources.add(source)

    assert added == replace(source, id=added.id)
    assert added.id > 0
    assert added == await unit.sources.get(added.id)
    assert added == await unit.sources.named(source.name)
    assert added == await unit.sources.at(source.location)


@pytest.mark.parametrize(("name", "location"), [("demo", "/elsewhere"), ("other", "/code/demo")])
async def test_names_and_locations_are_given_once(storage, name, location):
    async with storage.write() as unit:
        first = await unit.sources.add(a_source("demo"))

    with pytest.raises(Conflict):
        async with storage.write() as unit:
            await unit.sources.add(a_source(name, location=location))

    async with storage.read() as unit:
        assert await unit.sources.all() == [first]


@pytest.mark.parametrize("change", [{"name": "taken"}, {"location": "/src/taken"}])
async def test_an_update_takes_neither_name_nor_location_of_another(storage, change):
    async with storage.write() as unit:
        await unit.sources.add(a_source("taken", location="/src/taken"))
        mine = await unit.sources.add(a_source("mine"))

    with pytest.raises(Conflict, match="already"):
        async with storage.write() as unit:
            await unit.sources.update(replace(mine, **change))

    async with storage.read() as unit:
        assert await unit.sources.get(mine.id) == mine


async def test_names_differ_by_case(unit):
    await unit.sources.add(a_source("demo"))
    await unit.sources.add(a_source("Demo"))

    assert (await unit.sources.named("Demo")).location == "/code/Demo"


async def test_all_are_listed_by_name(unit):
    for name in ("b", "a", "c"):
        await unit.sources.add(a_source(name))

    assert [source.name for source in await unit.sources.all()] == ["a", "b", "c"]


async def test_the_unknown_is_not_found(unit):
    assert await unit.sources.named("demo") is None
    assert await unit.sources.at("/code/demo") is None
    assert list(await unit.sources.all()) == []
    with pytest.raises(NotFound):
        await unit.sources.get(404)
    with pytest.raises(NotFound):
        await unit.sources.update(replace(a_source(), id=404))


async def test_an_update_takes_the_place_of_what_was_there(unit):
    first = await unit.sources.add(a_source("a"))
    second = await unit.sources.add(a_source("b"))

    changed = replace(first, commit="c" * 40, indexed_at=NOON)
    await unit.sources.update(changed)

    assert await unit.sources.all() == [changed, second]


async def test_removing_a_source_removes_all_that_belongs_to_it_and_nothing_else(unit):
    kept, [kept_file] = await stored_source(unit, "kept")
    gone, [gone_file] = await stored_source(unit, "gone")
    for index_id, file_id in ((kept, kept_file), (gone, gone_file)):
        first, _ = await add_snippets(unit, index_id, file_id, a_snippet("a"), a_snippet("b"))
        await unit.snippets.set_mark(Mark(index_id=index_id, derived=Derived.KEYWORDS, model="m", snippet_id=first))

    await unit.sources.remove(gone)

    assert [source.id for source in await unit.sources.all()] == [kept]
    assert await unit.files.of(gone) == {}
    assert await unit.snippets.ids(gone) == frozenset()
    assert await unit.snippets.mark(gone, Derived.KEYWORDS, model="m") == 0
    assert await unit.snippets.count_after(kept, 0) == 2
    assert len(await unit.files.of(kept)) == 1
    assert await unit.snippets.mark(kept, Derived.KEYWORDS, model="m") > 0


async def test_submodules_are_recorded_anew_and_go_with_their_source(unit):
    mine, other = [await unit.sources.add(a_source(name)) for name in ("mine", "other")]
    first = Submodule(path="b", commit="1" * 40, url="https://host/b")
    second = Submodule(path="a", commit="2" * 64, problem="gone")
    await unit.sources.record_submodules(other.id, [first])
    await unit.sources.record_submodules(mine.id, [replace(first, commit="3" * 40)])

    await unit.sources.record_submodules(mine.id, [first, second])

    assert list(await unit.sources.submodules(mine.id)) == [second, first]
    await unit.sources.remove(mine.id)
    assert list(await unit.sources.submodules(mine.id)) == []
    assert list(await unit.sources.submodules(other.id)) == [first]
    await unit.sources.record_submodules(other.id, [])
    assert list(await unit.sources.submodules(other.id)) == []


async def test_ids_are_never_used_again(unit):
    """Whatever still knows a source, a file or a snippet that is gone must not take another one for it."""
    index_id, [file_id] = await stored_source(unit)
    [snippet_id] = await add_snippets(unit, index_id, file_id, a_snippet())
    await unit.sources.remove(index_id)

    again, [file_again] = await stored_source(unit)
    [snippet_again] = await add_snippets(unit, again, file_again, a_snippet())

    assert again > index_id
    assert file_again > file_id
    assert snippet_again > snippet_id


async def test_removing_the_unknown_is_no_error(unit):
    await unit.sources.remove(404)


async def test_a_file_without_a_source_is_not_kept(storage):
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        async with storage.write() as unit:
            await unit.files.save([a_file(404)])
