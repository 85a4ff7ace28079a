"""What every SnippetRepository promises."""

from dataclasses import replace

import pytest
from indexed_nouns import a_snippet, add_snippets, stored_source

from kodit.domain.code.marks import Derived, Mark
from kodit.domain.code.replacement import SnippetChanges, replacement
from kodit.domain.code.snippet import SnippetKind, StoredSnippet


@pytest.fixture
async def unit(storage):
    async with storage.write() as opened:
        yield opened


@pytest.fixture
async def place(unit):
    """An index and its one file."""
    index_id, [file_id] = await stored_source(unit)
    return index_id, file_id


def letters(count=5):
    return [a_snippet(letter, line=number) for number, letter in enumerate("abcdefgh"[:count], start=1)]


@pytest.mark.parametrize(
    "snippet",
    [
        a_snippet(),
        a_snippet(kind=SnippetKind.METHOD, symbol="A.f", header="class A:\n"),
        a_snippet("", kind=SnippetKind.WINDOW, symbol=None, language="text"),
        a_snippet("Fußball 🏈 \t\r\n\x00'\"%s:x", line=2**31 - 1),
    ],
)
async def test_a_snippet_comes_back_as_it_went_in(unit, place, snippet):
    index_id, file_id = place

    [snippet_id] = await add_snippets(unit, index_id, file_id, snippet)

    stored = StoredSnippet(id=snippet_id, index_id=index_id, file_id=file_id, snippet=snippet)
    assert await unit.snippets.with_ids([snippet_id]) == {snippet_id: stored}
    assert await unit.snippets.of_files([file_id]) == {file_id: [stored]}
    assert list(await unit.snippets.after(index_id, 0, limit=9)) == [stored]


async def test_snippets_of_files_come_by_file_and_then_by_id(unit):
    index_id, [first, second, empty] = await stored_source(unit, paths=["a.py", "b.py", "c.py"])
    of_first = await add_snippets(unit, index_id, first, *letters(2))
    of_second = await add_snippets(unit, index_id, second, a_snippet("x", path="b.py"))
    of_first += await add_snippets(unit, index_id, first, a_snippet("y"))

    found = await unit.snippets.of_files([second, first, empty])

    ids = {file_id: [stored.id for stored in snippets] for file_id, snippets in found.items()}
    assert ids == {first: of_first, second: of_second}
    assert [stored.snippet.path for stored in found[second]] == ["b.py"]


async def test_moving_changes_the_lines_and_nothing_else(unit, place):
    index_id, file_id = place
    ids = await add_snippets(unit, index_id, file_id, *letters(2))
    held = await unit.snippets.with_ids(ids)

    moved = replace(held[ids[0]], snippet=replace(held[ids[0]].snippet, start_line=7, end_line=9))
    await unit.snippets.apply(index_id, [SnippetChanges(file_id=file_id, move=(moved,))])

    assert await unit.snippets.with_ids(ids) == {**held, ids[0]: moved}
    assert await unit.snippets.gone(index_id) == frozenset()


async def test_what_is_removed_is_gone_and_remembered(unit, place):
    index_id, file_id = place
    first, second, third = await add_snippets(unit, index_id, file_id, *letters(3))

    await unit.snippets.apply(index_id, [SnippetChanges(file_id=file_id, remove=(first, third))])

    assert await unit.snippets.ids(index_id) == {second}
    assert set(await unit.snippets.with_ids([first, second, third])) == {second}
    assert await unit.snippets.gone(index_id) == {first, third}
    assert await unit.snippets.count_after(index_id, 0) == 1


async def test_what_is_gone_adds_up_until_it_is_forgotten(unit, place):
    index_id, file_id = place
    first, second = await add_snippets(unit, index_id, file_id, *letters(2))
    for snippet_id in (first, second):
        await unit.snippets.apply(index_id, [SnippetChanges(file_id=file_id, remove=(snippet_id,))])
    assert await unit.snippets.gone(index_id) == {first, second}

    await unit.snippets.forget_gone(index_id)

    assert await unit.snippets.gone(index_id) == frozenset()


async def test_another_index_keeps_its_own_memory(unit):
    first, [first_file] = await stored_source(unit, "first")
    second, [second_file] = await stored_source(unit, "second")
    [one] = await add_snippets(unit, first, first_file, a_snippet())
    [two] = await add_snippets(unit, second, second_file, a_snippet())
    for index_id, file_id, snippet_id in ((first, first_file, one), (second, second_file, two)):
        await unit.snippets.apply(index_id, [SnippetChanges(file_id=file_id, remove=(snippet_id,))])

    await unit.snippets.forget_gone(first)

    assert (await unit.snippets.gone(first), await unit.snippets.gone(second)) == (frozenset(), {two})


async def test_the_id_of_what_is_gone_is_never_used_again(unit, place):
    index_id, file_id = place
    [gone] = await add_snippets(unit, index_id, file_id, a_snippet())
    await unit.snippets.apply(index_id, [SnippetChanges(file_id=file_id, remove=(gone,))])
    await unit.snippets.forget_gone(index_id)

    [new] = await add_snippets(unit, index_id, file_id, a_snippet())

    assert new > gone


async def test_a_file_that_changes_again_and_again_holds_what_it_last_held(unit, place):
    index_id, file_id = place
    for fresh in ([], letters(5), letters(3), [*letters(2), *letters(2)], letters(5)[::-1], []):
        stored = (await unit.snippets.of_files([file_id])).get(file_id, [])
        await unit.snippets.apply(index_id, [replacement(file_id, stored, fresh)])

        now = (await unit.snippets.of_files([file_id])).get(file_id, [])
        assert sorted(map(repr, fresh)) == sorted(repr(found.snippet) for found in now)


async def test_thousands_of_ids_may_be_named(unit, place):
    index_id, file_id = place
    ids = await add_snippets(unit, index_id, file_id, *(a_snippet(str(number)) for number in range(2_500)))

    assert len(ids) == len(await unit.snippets.with_ids(ids)) == await unit.snippets.count_after(index_id, 0) == 2_500
    assert set(await unit.snippets.of_files([*range(file_id, file_id + 2_500)])) == {file_id}
    await unit.snippets.apply(index_id, [SnippetChanges(file_id=file_id, remove=tuple(ids))])
    assert await unit.snippets.gone(index_id) == set(ids)
    assert await unit.snippets.count_after(index_id, 0) == 0


async def test_pages_follow_each_other_without_gap_or_overlap(unit):
    index_id, [file_id] = await stored_source(unit, "mine")
    other, [other_file] = await stored_source(unit, "other")
    mine = []
    for _ in range(4):
        mine += await add_snippets(unit, index_id, file_id, *letters(2))
        await add_snippets(unit, other, other_file, a_snippet())

    seen, last = [], 0
    while page := await unit.snippets.after(index_id, last, limit=3):
        assert await unit.snippets.count_after(index_id, last) == len(mine) - len(seen)
        seen += [stored.id for stored in page]
        last = seen[-1]

    assert seen == mine
    assert await unit.snippets.ids(index_id) == set(mine)


async def test_nothing_asked_is_nothing_answered(unit, place):
    index_id, _ = place
    await unit.snippets.apply(index_id, [])

    assert await unit.snippets.with_ids([]) == {}
    assert await unit.snippets.of_files([]) == {}
    assert await unit.snippets.count_after(index_id, 0) == 0
    assert await unit.snippets.count_after(404, 0) == 0


class TestMarks:
    async def test_a_mark_is_what_it_was_set_to_last(self, unit, place):
        index_id, _ = place
        for snippet_id in (3, 9, 5):
            await unit.snippets.set_mark(
                Mark(index_id=index_id, derived=Derived.KEYWORDS, model="m", snippet_id=snippet_id)
            )
            assert await unit.snippets.mark(index_id, Derived.KEYWORDS, model="m") == snippet_id

    async def test_a_mark_of_another_model_counts_as_none(self, unit, place):
        index_id, _ = place
        await unit.snippets.set_mark(Mark(index_id=index_id, derived=Derived.CODE_VECTORS, model="old", snippet_id=9))

        assert await unit.snippets.mark(index_id, Derived.CODE_VECTORS, model="new") == 0

    async def test_each_derived_index_of_each_source_has_its_own(self, unit):
        first, _ = await stored_source(unit, "first")
        second, _ = await stored_source(unit, "second")
        marks = {(index_id, derived): number for number, (index_id, derived) in enumerate(
            (index_id, derived) for index_id in (first, second) for derived in Derived
        )}  # fmt: skip
        for (index_id, derived), number in marks.items():
            await unit.snippets.set_mark(Mark(index_id=index_id, derived=derived, model="m", snippet_id=number))

        found = {place: await unit.snippets.mark(*place, model="m") for place in marks}
        assert found == marks
