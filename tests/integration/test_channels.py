"""The five phases over the packages of a channel, end to end."""

import pytest
from channel_world import SKIPPED, URL, Lists, a_failure, a_package, added, changes, found, held, synced

import kodit
from kodit.application.channels import extract
from kodit.domain.errors import Conflict, NotFound
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.walk import RawPackage, Walk
from kodit.domain.tasks.run import RunState
from kodit.domain.tasks.task import TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.memory.embedder import HashingEmbedder

NEWER = "https://example.org/newer.json"


@pytest.fixture
def releases(monkeypatch):
    lists = Lists()
    monkeypatch.setattr("kodit.choices.chosen_releases", lambda _: lists)
    monkeypatch.setattr("kodit.choices.chosen_embedder", lambda _: HashingEmbedder(dimension=32))
    return lists


@pytest.fixture
async def engine(tmp_path, releases):
    async with kodit.open(tmp_path / "data", workers=1, retry_base_seconds=0) as opened:
        yield opened


async def test_every_phase_succeeds_and_packages_are_found_and_read(engine, releases):
    releases.put("hello", a_package("python3Packages.numpy", description="Arrays of numbers"))

    report = await added(engine)

    assert {task.state for task in report.progress.tasks} == {TaskState.SUCCEEDED}
    assert await held(engine) == {"hello": "1.0", "python3Packages.numpy": "1.0"}
    assert await found(engine, "arrays of numbers") == ["python3Packages.numpy"]
    assert (await found(engine, "hello"))[0] == "hello"
    read = await engine.files().reading.lines_at("python3Packages.numpy", "demo")
    assert list(read.lines) == ["python3Packages.numpy 1.0", "Arrays of numbers"]


async def test_a_channel_is_listed_among_sources_and_among_channels(engine, releases):
    releases.put("hello", "a.b")
    await added(engine, walk=Walk(depth=3, scopes=("a",)))

    [row] = await engine.sources()
    [listed] = await engine.channels.listed()

    assert (row.name, row.files, row.snippets, row.state) == ("demo", 2, 2, "indexed")
    assert (listed.packages, listed.top_level, listed.nested, listed.failures) == (2, 1, 1, 0)
    assert listed.walk == Walk(depth=3, scopes=("a",))
    assert listed == await engine.channels.shown("demo")
    assert (await engine.source("demo")).files.by_language == {"nixpkgs": 2}


async def test_the_same_release_again_skips_every_phase_but_the_first(engine, releases):
    releases.put("hello", "world")
    await added(engine)

    again = await synced(engine)

    assert [task.state for task in again.progress.tasks] == SKIPPED
    assert changes(again)["unchanged"] == 2


async def test_another_release_costs_the_work_of_what_differs(engine, releases):
    releases.put("same", "goes", a_package("changes"), a_package("reworded"))
    await added(engine)

    releases.put("same", a_package("changes", "2.0"), a_package("reworded", description="Something else"), "new")
    report = await synced(engine)

    assert changes(report) == {"added": 1, "modified": 2, "deleted": 1, "unchanged": 1}
    assert report.counts["code_embedded"] == 3
    assert await held(engine) == {"same": "1.0", "changes": "2.0", "reworded": "1.0", "new": "1.0"}
    assert await found(engine, "goes") == []
    assert await found(engine, "something else") == ["reworded"]
    assert await engine.check() == []


async def test_what_changes_without_its_text_is_stored_and_not_embedded_again(engine, releases):
    releases.put(a_package("hello"))
    await added(engine)

    releases.put(a_package("hello", license={"spdxId": "MIT", "fullName": "MIT License"}))
    report = await synced(engine)

    assert changes(report)["modified"] == 1
    assert report.counts["code_embedded"] == 0
    async with engine.storage.read() as unit:
        stored = await unit.nix_packages.get(report.source.id, AttrPath(("hello",)))
    assert [license.spdx_id for license in stored.package.licenses] == ["MIT"]


async def test_what_comes_back_is_found_again(engine, releases):
    for entries in (["hello", "world"], ["world"], ["hello", "world"]):
        releases.put(*entries)
        await added(engine)

    assert await held(engine) == {"hello": "1.0", "world": "1.0"}
    assert await found(engine, "hello") == ["hello"]
    assert await engine.check() == []


async def test_what_cannot_be_evaluated_keeps_the_package_that_it_had_and_is_told(engine, releases):
    releases.put("hello", "set.inside", "set.deeper.inside", "goes")
    await added(engine)

    releases.put("new", a_failure("hello", "error: boom\n  at a.nix:1"), a_failure("set"), a_failure("never.was"))
    report = await synced(engine)

    assert await held(engine) == {"hello": "1.0", "set.inside": "1.0", "set.deeper.inside": "1.0", "new": "1.0"}
    assert report.counts["packages_failed"] == 3
    failures = await engine.channels.failures("demo")
    assert [(str(one.attr), one.message.splitlines()[0]) for one in failures] == [
        ("hello", "error: boom"),
        ("never.was", "error: it is gone"),
        ("set", "error: it is gone"),
    ]


async def test_a_failure_that_is_mended_is_forgotten(engine, releases):
    releases.put("hello", a_failure("broken"), a_failure("other"))
    await added(engine)

    releases.put("hello", "broken", a_failure("other", "error: another"))
    await synced(engine)

    [failure] = await engine.channels.failures("demo")
    assert (str(failure.attr), failure.message) == ("other", "error: another")
    assert (await engine.channels.shown("demo")).failures == 1


async def test_what_makes_no_package_is_a_failure_of_its_own(engine, releases):
    releases.put("hello", RawPackage(AttrPath(("bad\x00name",)), {"name": "bad-1"}))

    await added(engine)

    assert await held(engine) == {"hello": "1.0"}
    assert len(await engine.channels.failures("demo")) == 1


async def test_of_a_path_that_is_given_twice_the_first_counts(engine, releases, monkeypatch):
    monkeypatch.setattr(extract, "BATCH", 2)
    twice = [a_package("hello", "1.0"), a_package("hello", "2.0"), a_package("hello", "3.0")]
    monkeypatch.setattr(releases, "read", lambda *_: _told(twice))
    releases.put("hello")

    await added(engine)

    assert await held(engine) == {"hello": "1.0"}


async def _told(entries):
    for entry in entries:
        yield entry


async def test_a_release_that_breaks_off_removes_nothing_and_is_gone_on_with(engine, releases, monkeypatch):
    monkeypatch.setattr(extract, "BATCH", 2)
    releases.put("a", "b", "c", "d", "e")
    await added(engine)
    releases.put(a_package("b", "2.0"), a_package("c", "2.0"), "d", "f", "g", "h")

    releases.breaks_behind = 5
    source = await engine.channels.named("demo")
    broken = await engine.working_off.index(source, wait=True, watch=None)
    assert broken.progress.run.state is RunState.FAILED
    # The batch that was being stored when the connection broke may be there or not.
    assert (await held(engine)).items() >= {"a": "1.0", "b": "2.0", "c": "2.0", "d": "1.0", "e": "1.0"}.items()

    releases.breaks_behind = None
    report = await synced(engine)
    assert (report.counts["files_modified"], report.counts["files_deleted"]) == (0, 2)
    assert await held(engine) == {"b": "2.0", "c": "2.0", "d": "1.0", "f": "1.0", "g": "1.0", "h": "1.0"}
    assert await engine.check() == []


async def test_a_channel_that_is_added_again_with_another_walk_is_read_again(engine, releases):
    releases.put("hello", "world")
    await added(engine)

    narrowed = await added(engine, walk=Walk(attributes=(AttrPath(("hello",)), AttrPath(("missing",)))))
    again = await added(engine, walk=Walk(attributes=(AttrPath(("hello",)), AttrPath(("missing",)))))

    assert changes(narrowed)["deleted"] == 1
    assert await held(engine) == {"hello": "1.0"}
    assert [str(one.attr) for one in await engine.channels.failures("demo")] == ["missing"]
    assert [task.state for task in again.progress.tasks] == SKIPPED


async def test_a_channel_is_read_from_elsewhere_only_where_that_is_asked_for(engine, releases):
    releases.put("hello", "world")
    releases.put("hello", at=NEWER)
    first = await added(engine)

    with pytest.raises(Conflict) as refused:
        await engine.channels.add("demo", NEWER)
    second = await added(engine, location=NEWER, moves=True)

    assert "--replace" in refused.value.remedy
    assert second.source.id == first.source.id
    assert changes(second) == {"added": 0, "modified": 0, "deleted": 1, "unchanged": 1}


async def test_a_channel_stays_where_it_is_when_there_is_no_release_elsewhere(engine, releases):
    releases.put("hello")
    await added(engine)

    with pytest.raises(NotFound):
        await engine.channels.add("demo", NEWER, moves=True, walk=Walk(depth=1))

    kept = await engine.channels.shown("demo")
    assert (kept.location, kept.walk) == (URL, Walk())


async def test_a_channel_that_was_never_read_goes_elsewhere_without_a_question(engine, releases):
    releases.put("hello", at=NEWER)
    wrong = await engine.channels.add("demo", URL)
    await engine.working_off.index(wrong, wait=True, watch=None)

    await added(engine, location=NEWER)

    assert await held(engine) == {"hello": "1.0"}


async def test_one_release_may_be_several_channels(engine, releases):
    releases.put("hello", "world")
    await added(engine, "one")
    report = await added(engine, "two", walk=Walk(attributes=(AttrPath(("hello",)),)))

    assert await held(engine, "one") == {"hello": "1.0", "world": "1.0"}
    assert await held(engine, "two") == {"hello": "1.0"}
    assert report.counts["code_embedded"] == 0


async def test_a_release_is_read_again_when_that_is_asked_for(engine, releases):
    releases.put("hello")
    await added(engine)

    report = await synced(engine, afresh=True)

    assert changes(report) == {"added": 0, "modified": 0, "deleted": 0, "unchanged": 1}


async def test_packages_that_were_made_in_another_way_are_all_made_again(engine, releases, monkeypatch):
    releases.put("hello", "world")
    await added(engine)
    async with engine.storage.write() as unit:
        await unit.nix_packages.remove((await unit.sources.named("demo")).id, [])

    for module in ("sync", "extract"):
        monkeypatch.setattr(f"kodit.application.channels.{module}.READ_AS", 2)
    report = await synced(engine)

    assert changes(report)["modified"] == 2
    assert report.counts["code_embedded"] == 0
    assert [task.state for task in (await synced(engine)).progress.tasks] == SKIPPED


async def test_what_changes_on_disk_while_it_is_read_is_read_again_next_time(engine, releases, tmp_path):
    there = str(tmp_path)
    releases.put("hello", at=there)
    releases.while_reading = lambda: releases.put("hello", "new", at=there)
    await added(engine, location=there)
    assert not (await engine.channels.shown("demo")).complete

    releases.while_reading = lambda: None
    report = await synced(engine)

    assert changes(report)["added"] == 1
    assert [task.state for task in (await synced(engine)).progress.tasks] == SKIPPED


async def test_packages_are_described_only_where_that_is_asked_for(engine, releases):
    releases.put("hello")
    plain = await added(engine)
    told = await added(engine, described=True)
    again = await added(engine, described=True)

    assert "described" not in plain.counts
    assert told.counts["described"] == 1
    assert [task.state for task in again.progress.tasks] == SKIPPED


async def test_what_was_described_leaves_the_index_of_descriptions_with_its_package(engine, releases):
    releases.put("hello", "world")
    await added(engine, described=True)

    releases.put("hello")
    await added(engine, described=False)

    assert await engine.check() == []


async def test_an_empty_release_counts_as_indexed(engine, releases):
    releases.put()
    await added(engine)

    assert (await engine.source("demo")).row.state == "indexed"
    assert [task.state for task in (await synced(engine)).progress.tasks] == SKIPPED


async def test_a_release_that_is_not_there_fails_the_first_phase_and_says_so(engine):
    source = await engine.channels.add("demo", URL)

    report = await engine.working_off.index(source, wait=True, watch=None)

    [dead] = [task for task in report.progress.tasks if task.state is TaskState.DEAD]
    assert (dead.type, dead.errors[-1].kind) == (TaskType.SYNC, "NotFound")


async def test_a_channel_tells_how_it_stands_and_what_went_wrong_until_that_is_mended(engine, releases):
    source = await engine.channels.add("demo", URL)
    assert (await engine.channels.shown("demo")).state == "new"

    await engine.working_off.index(source, wait=True, watch=None)
    [failed] = await engine.channels.listed()
    releases.put("hello")
    await synced(engine)
    mended = await engine.channels.shown("demo")

    assert (failed.state, URL in failed.error) == ("failed", True)
    assert (mended.state, mended.error) == ("indexed", None)


async def test_a_name_that_another_kind_of_source_has_is_refused(engine, tmp_path):
    (tmp_path / "code").mkdir()
    await engine.add(str(tmp_path / "code"))

    with pytest.raises(Conflict):
        await engine.channels.add("code", URL)
    with pytest.raises(NotFound):
        await engine.channels.named("code")


async def test_a_directory_may_be_code_and_a_channel(engine, releases, tmp_path):
    root = tmp_path / "tree"
    root.mkdir()
    (root / "default.nix").write_text("{ }: { }")
    releases.put("hello", at=str(root))

    await engine.index(str(root), name="code")
    await added(engine, location=str(root))

    assert await found(engine, "hello") == ["hello"]
    assert [row.kind for row in await engine.sources()] == ["directory", "nixpkgs-channel"]
    assert not (await engine.freshness().directories())[1:], "a channel is not watched"


async def test_removing_a_channel_forgets_it_and_what_was_fetched_for_no_other(engine, releases):
    releases.put("hello")
    await added(engine, "one")
    await added(engine, "two")

    await engine.remove("one")
    assert releases.discarded == []
    await engine.remove("two")

    assert releases.discarded == [URL]
    assert await engine.sources() == []
    async with engine.storage.read() as unit:
        assert await unit.channels.all() == {}


async def test_a_channel_on_disk_is_read_by_the_machine_that_has_it_and_one_on_the_network_by_any(engine, tmp_path):
    near = await engine.channels.add("near", str(tmp_path))
    far = await engine.channels.add("far", URL)

    assert engine.indexing.place_of(near) == engine.presence.machine()
    assert engine.indexing.place_of(far) == ""
