"""Intervals that users give, and sources that the settings name."""

from datetime import timedelta

import pytest
from freshness_world import HALF_HOUR, HOUR, opened

from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.sources.schedule import JITTER, NEVER
from kodit.domain.sources.wanted import WantedSource
from kodit.domain.tasks.task_type import QueuePriority
from kodit.infrastructure.sql.views import SqlViews

URL = "https://forge.example/owner/repo"


@pytest.fixture
async def world(tmp_path):
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'kodit.db'}") as made:
        yield made


async def sources(world):
    async with world.storage.read() as unit:
        return await unit.sources.all()


async def test_an_interval_that_a_user_gives_holds_from_now_on(world):
    source = await world.add("repo", URL)
    await world.look()
    given = await world.freshness().set_interval("repo", timedelta(minutes=1))

    assert given == await world.schedule(source)
    assert given.every == timedelta(minutes=1)
    assert await world.look(after=timedelta(minutes=1) * (1 + JITTER)) == ["repo"]


@pytest.mark.parametrize(("every", "due"), [(NEVER, False), (None, True)])
async def test_never_and_the_usual_interval_are_given_too(world, every, due):
    await world.add("repo", URL)
    await world.freshness().set_interval("repo", HOUR)
    given = await world.freshness().set_interval("repo", every)

    assert (given.every, given.due_at is not None) == (every, due)
    assert (await world.look(after=HALF_HOUR * (1 + JITTER)) == ["repo"]) is due


async def test_an_interval_outlasts_being_indexed(world):
    source = await world.add("repo", URL)
    await world.freshness().set_interval("repo", HOUR)
    await world.indexing().queue_index_tasks(source.id)

    assert (await world.schedule(source)).every == HOUR
    assert (await world.schedule(source)).due_at >= world.clock.at + HOUR


async def test_what_there_is_none_of_and_what_makes_no_sense_is_refused(world):
    await world.add("repo", URL)

    with pytest.raises(NotFound):
        await world.freshness().set_interval("nothing", HOUR)
    with pytest.raises(InvalidInput):
        await world.freshness().set_interval("repo", timedelta(seconds=1))


async def test_sources_of_the_settings_are_added_and_queued_in_the_background_once(world, tmp_path):
    wanted = [
        WantedSource(location=str(tmp_path), name="tree"),
        WantedSource(location=URL, branch="dev", every="2h"),
    ]
    added = await world.freshness(wanted=wanted).add_wanted()
    again = await world.freshness(wanted=wanted).add_wanted()

    assert [source.location for source in added] == [str(tmp_path), f"{URL}#refs/heads/dev"]
    assert [source.name for source in added] == ["tree", "owner/repo@dev"]
    assert again == []
    assert await world.every_run() == {source.id: 1 for source in added}
    assert (await world.live_run(added[0])).priority == QueuePriority.BACKGROUND
    assert [(await world.schedule(source)).every for source in added] == [None, 2 * HOUR]


async def test_what_is_there_already_keeps_its_name_and_gets_the_interval(world):
    source = await world.add("mine", URL)
    wanted = [WantedSource(location=URL, every="never")]

    assert await world.freshness(wanted=wanted).add_wanted() == []
    assert await sources(world) == [source]
    assert (await world.schedule(source)).every == NEVER
    assert await world.every_run() == {}


async def test_what_cannot_be_added_keeps_nobody_from_the_others(world):
    wanted = [WantedSource(location=one) for one in ("/no/such/directory", "ext::sh -c true", URL)]

    assert [source.location for source in await world.freshness(wanted=wanted).add_wanted()] == [URL]


async def test_lists_show_when_a_source_is_due(world):
    source = await world.add("repo", URL)
    await world.add("unplanned", "https://forge.example/owner/other")
    await world.freshness().set_interval("repo", HOUR)

    [repo, unplanned] = await SqlViews(world.database).sources()
    assert (repo.every_seconds, repo.due_at) == (3600, (await world.schedule(source)).due_at)
    assert (unplanned.every_seconds, unplanned.due_at) == (None, None)
