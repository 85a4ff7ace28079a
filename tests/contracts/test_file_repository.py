"""What every FileRepository promises."""

from dataclasses import replace

import pytest
from indexed_nouns import NOON, a_file, a_source, stored_source

from kodit.domain.sources.file import FileStatus, PlacedFile, SkipReason

ADDED, MODIFIED, RENAMED, DELETED, CLEAN = FileStatus


@pytest.fixture
async def unit(storage):
    async with storage.write() as opened:
        yield opened


@pytest.fixture
async def index_id(unit):
    return (await unit.sources.add(a_source())).id


def everywhere(path):
    return True


async def paths(files):
    return [file.path for file in await files]


async def test_a_file_comes_back_as_it_went_in(unit, index_id):
    file = a_file(
        index_id,
        "src/Fußball 🏈/a b.py",
        size=2**40,
        status=CLEAN,
        extracted_hash="2" * 64,
        language="python",
        skip_reason=SkipReason.TOO_LARGE,
        author="Zoë <zoë@example.org>",
        changed_at=NOON,
        created_at=NOON,
    )

    await unit.files.save([file])

    [found] = (await unit.files.of(index_id)).values()
    assert found == replace(file, id=found.id)


async def test_saving_again_takes_the_place_and_keeps_the_id(unit, index_id):
    await unit.files.save([a_file(index_id, "a.py"), a_file(index_id, "b.py")])
    before = await unit.files.of(index_id)

    changed = replace(before["a.py"], content_hash="2" * 64, status=MODIFIED, size=11, mtime_ns=1)
    await unit.files.save([changed])

    assert await unit.files.of(index_id) == {"a.py": changed, "b.py": before["b.py"]}


async def test_a_file_seen_anew_keeps_its_id(unit, index_id):
    await unit.files.save([a_file(index_id)])
    await unit.files.save([a_file(index_id, content_hash="2" * 64)])

    [found] = (await unit.files.of(index_id)).values()
    await unit.files.save([a_file(index_id, content_hash="3" * 64)])
    assert (await unit.files.of(index_id))["a.py"].id == found.id


async def test_a_renamed_file_keeps_its_id_and_leaves_its_old_path_free(unit, index_id):
    await unit.files.save([a_file(index_id, "a.py"), a_file(index_id, "b.py")])
    before = await unit.files.of(index_id)

    moved = replace(before["a.py"], path="c.py", status=RENAMED)
    await unit.files.save([a_file(index_id, "new.py"), moved, before["b.py"]])
    await unit.files.save([a_file(index_id, "a.py")])

    after = await unit.files.of(index_id)
    assert after["c.py"] == moved
    assert sorted(after) == ["a.py", "b.py", "c.py", "new.py"]
    assert len({file.id for file in after.values()}) == 4


async def test_files_are_found_at_their_paths(unit, index_id):
    other, _ = await stored_source(unit, "other", ["00001.py"])
    await unit.files.save(a_file(index_id, f"{number:05}.py") for number in range(3_000))

    found = await unit.files.at(index_id, [f"{number:05}.py" for number in range(0, 4_000, 2)])

    assert sorted(found) == [f"{number:05}.py" for number in range(0, 3_000, 2)]
    assert {file.index_id for file in found.values()} == {index_id}
    assert await unit.files.at(other, []) == {}


async def test_the_files_are_counted_by_status(unit, index_id):
    await stored_source(unit, "other", ["a.py"])
    for path, status in [("d", DELETED), ("b", CLEAN), ("c", CLEAN), ("a", ADDED), ("r", RENAMED)]:
        await unit.files.save([a_file(index_id, path, status=status)])

    tally = await unit.files.tally(index_id)

    assert {status: number for status, number in tally.items() if number} == {
        CLEAN: 2,
        ADDED: 1,
        RENAMED: 1,
        DELETED: 1,
    }
    assert sum((await unit.files.tally(404)).values()) == 0


async def test_sources_do_not_see_each_others_files(unit):
    first, _ = await stored_source(unit, "first")
    second, _ = await stored_source(unit, "second")
    await unit.files.save([a_file(first, status=CLEAN)])

    assert await paths(unit.files.changed(first)) == []
    assert await paths(unit.files.changed(second)) == ["a.py"]
    await unit.files.clear_statuses(first)
    assert await paths(unit.files.changed(second)) == ["a.py"]


async def test_thousands_of_files_are_saved_at_once(unit, index_id):
    await unit.files.save(a_file(index_id, f"{number:05}.py") for number in range(3_000))

    assert len(await unit.files.of(index_id)) == 3_000
    assert await paths(unit.files.changed(index_id)) == [f"{number:05}.py" for number in range(3_000)]


async def test_saving_nothing_is_no_error(unit, index_id):
    await unit.files.save([])


async def test_what_changed_is_listed_by_path(unit, index_id):
    for path, status in [("d", DELETED), ("b", MODIFIED), ("c", CLEAN), ("a", ADDED)]:
        await unit.files.save([a_file(index_id, path, status=status)])

    assert await paths(unit.files.changed(index_id)) == ["a", "b", "d"]


async def test_files_are_placed_by_path_without_the_deleted(unit, index_id):
    await unit.files.save(
        [a_file(index_id, "b.py", language="python"), a_file(index_id, "a"), a_file(index_id, "c", status=DELETED)]
    )

    known = await unit.files.of(index_id)
    assert await unit.files.placed(index_id) == [
        PlacedFile(known["a"].id, "a", None),
        PlacedFile(known["b.py"].id, "b.py", "python"),
    ]


async def test_pending_is_what_needs_extraction(unit, index_id):
    one, two = "1" * 64, "2" * 64
    files = [
        a_file(index_id, f"{status}{extracted}", status=status, content_hash=one, extracted_hash=extracted)
        for status in FileStatus
        for extracted in (None, one, two)
    ]
    await unit.files.save(reversed(files))

    expected = sorted(file.path for file in files if file.status is not CLEAN and file.needs_extraction)
    assert await paths(unit.files.pending(index_id)) == expected


async def test_clearing_forgets_the_deleted_and_cleans_the_rest(unit, index_id):
    await unit.files.save(a_file(index_id, status.value, status=status) for status in FileStatus)
    was = replace((await unit.files.of(index_id))["renamed"], former_paths=("ä", "b/c"))
    await unit.files.save([was])
    assert (await unit.files.of(index_id))["renamed"] == was

    await unit.files.clear_statuses(index_id)

    found = await unit.files.of(index_id)
    assert {file.path: file.status for file in found.values()} == dict.fromkeys(
        ["added", "modified", "renamed", "clean"], CLEAN
    )
    assert await paths(unit.files.changed(index_id)) == []


class TestMatching:
    @pytest.fixture
    async def ids(self, unit):
        first, [python, markdown] = await stored_source(unit, "first", ["src/a.py", "README.md"])
        second, [other] = await stored_source(unit, "second", ["b.py"])
        for index_id, path, language in [
            (first, "src/a.py", "python"),
            (first, "README.md", "markdown"),
            (second, "b.py", "python"),
        ]:
            await unit.files.save([a_file(index_id, path, language=language)])
        return {"first": first, "second": second, "python": python, "markdown": markdown, "other": other}

    async def test_no_filter_matches_all(self, unit, ids):
        found = await unit.files.matching(index_ids=[], languages=[], accepts=everywhere)

        assert found == {ids["python"], ids["markdown"], ids["other"]}

    async def test_filters_of_one_kind_are_alternatives(self, unit, ids):
        both = await unit.files.matching(index_ids=[], languages=["markdown", "python"], accepts=everywhere)
        one = await unit.files.matching(index_ids=[], languages=["markdown"], accepts=everywhere)

        assert (len(both), one) == (3, {ids["markdown"]})

    async def test_filters_of_different_kinds_must_all_hold(self, unit, ids):
        found = await unit.files.matching(
            index_ids=[ids["first"]], languages=["python"], accepts=lambda path: path.startswith("src/")
        )

        assert found == {ids["python"]}

    async def test_what_nothing_matches_is_empty(self, unit, ids):
        assert await unit.files.matching(index_ids=[404], languages=[], accepts=everywhere) == frozenset()
        assert await unit.files.matching(index_ids=[], languages=["cobol"], accepts=everywhere) == frozenset()
        assert await unit.files.matching(index_ids=[], languages=[], accepts=lambda _: False) == frozenset()

    async def test_thousands_of_sources_may_be_named(self, unit, ids):
        many = [*range(1_000, 4_000), ids["second"]]

        assert await unit.files.matching(index_ids=many, languages=[], accepts=everywhere) == {ids["other"]}
