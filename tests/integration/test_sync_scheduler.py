"""Sources are synchronised at their interval, and once."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import chain

import pytest
from freshness_world import HALF_HOUR, HOUR, NOON, World, opened

from kodit.domain.errors import Unavailable
from kodit.domain.sources.schedule import JITTER, NEVER
from kodit.domain.tasks.task_type import QueuePriority

LATE = HALF_HOUR * JITTER + timedelta(seconds=1)
SCHEDULERS, SOURCES = 8, 5


@pytest.fixture
async def world(tmp_path):
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'kodit.db'}") as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    """An empty database."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite+aiosqlite:///{tmp_path / 'kodit.db'}"


async def test_a_source_is_queued_in_the_background_when_its_interval_has_passed(world):
    source = await world.add("repo")

    assert await world.look() == []
    assert await world.look(after=HALF_HOUR) == ["repo"]
    run = await world.live_run(source)
    assert (run.priority, run.created_at) == (QueuePriority.BACKGROUND, NOON + HALF_HOUR)


async def test_it_is_queued_again_and_again(world):
    await world.add("repo")
    await world.look()
    await world.look(after=HALF_HOUR)
    for _ in range(3):
        await world.work()
        assert await world.look(after=HALF_HOUR - timedelta(seconds=1)) == []
        assert await world.look(after=LATE) == ["repo"]


async def test_many_sources_that_are_met_together_do_not_come_together(world):
    sources = [await world.add(f"repo{number}") for number in range(100)]
    await world.look()

    due = sorted([(await world.schedule(source)).due_at - NOON for source in sources])
    thirds = [sum(HALF_HOUR * third / 3 <= one <= HALF_HOUR * (third + 1) / 3 for one in due) for third in range(3)]
    assert min(thirds) > 10


async def test_what_a_user_has_indexed_just_now_is_put_off(world):
    source = await world.add("repo")
    await world.look()
    world.clock.at += HALF_HOUR - timedelta(seconds=1)
    await world.indexing().queue_index_tasks(source.id)
    await world.work()

    assert await world.look(after=HALF_HOUR - timedelta(seconds=1)) == []
    assert await world.look(after=LATE) == ["repo"]


async def test_what_is_still_at_work_is_not_queued_again(world):
    source = await world.add("repo")
    run = await world.indexing().queue_index_tasks(source.id)

    assert await world.look(after=HALF_HOUR + LATE) == []
    assert (await world.live_run(source)).id == run.id
    assert (await world.live_run(source)).again is None
    await world.work()
    assert await world.look(after=HALF_HOUR + LATE) == ["repo"]


async def test_what_keeps_failing_is_tried_less_and_less(world):
    source = await world.add("repo")
    await world.indexing().queue_index_tasks(source.id)
    pauses = []
    for _ in range(4):
        await world.work(failing=True)
        assert await world.look(after=(await world.schedule(source)).due_at - world.clock.at) == ["repo"]
        pauses.append((await world.schedule(source)).due_at - world.clock.at)

    for number, pause in enumerate(pauses, 1):
        assert HALF_HOUR * 2**number <= pause <= HALF_HOUR * 2**number * (1 + JITTER)


async def test_what_succeeds_again_comes_at_its_interval_again(world):
    source = await world.add("repo")
    await world.indexing().queue_index_tasks(source.id)
    await world.work(failing=True)
    await world.look(after=HALF_HOUR + LATE)
    assert (await world.schedule(source)).failures == 1
    await world.work()
    await world.look(after=HOUR + LATE * 2)

    schedule = await world.schedule(source)
    assert schedule.failures == 0
    assert schedule.due_at - world.clock.at < HALF_HOUR + LATE


async def test_a_source_has_its_own_interval_or_none(world):
    often, never = await world.add("often"), await world.add("never")
    await world.change(often, every=timedelta(minutes=1))
    await world.change(never, every=NEVER)

    assert await world.look() == []
    assert await world.look(after=timedelta(minutes=1)) == ["often"]
    assert await world.look(after=timedelta(days=30)) == []
    assert (await world.schedule(never)).due_at is None


async def test_without_a_usual_interval_only_those_with_their_own_come(world):
    await world.add("repo")
    hourly = await world.add("hourly")
    await world.change(hourly, every=HOUR)

    assert await world.look(usual=NEVER) == []
    assert await world.look(after=HOUR, usual=NEVER) == ["hourly"]


async def test_what_is_pinned_to_a_commit_and_was_read_is_left_alone(world):
    source = await world.add("repo", f"https://forge.example/owner/repo#{'a' * 40}")
    await world.look()
    assert await world.look(after=HALF_HOUR) == ["repo"]
    await world.work()
    async with world.storage.write() as unit:
        await unit.sources.update(replace(source, indexed_at=world.clock.at))

    assert await world.look(after=HOUR) == []
    assert (await world.schedule(source)).due_at is None


async def test_a_directory_is_left_to_the_machine_that_has_it(world, tmp_path):
    await world.add("tree", str(tmp_path))
    elsewhere = await world.add("elsewhere", "/no/such/directory")
    await world.look()

    assert await world.look(after=HALF_HOUR) == ["tree"]
    assert (await world.schedule(elsewhere)).due_at is None
    world.machine = "another"
    await world.work()
    assert await world.look(after=HOUR) == []
    world.machine = "here"
    await world.work()
    assert await world.look(after=HOUR) == ["tree"]


def after_reading(world, happens):
    """Let something happen once, between what a scheduler reads and what it writes."""
    read = world.storage.read

    @asynccontextmanager
    async def reading():
        world.storage.read = read
        async with read() as unit:
            yield unit
        await happens()

    world.storage.read = reading


async def test_a_source_that_is_removed_while_it_is_looked_at_keeps_nobody_back(world):
    gone, kept = await world.add("gone"), await world.add("kept")
    await world.change(kept, every=HOUR, due_at=NOON)
    await world.change(gone, every=HOUR, due_at=NOON)

    async def remove():
        async with world.storage.write() as unit:
            await unit.sources.remove(gone.id)

    after_reading(world, remove)
    assert await world.look() == ["kept"]


async def test_what_another_has_queued_and_done_meanwhile_is_not_queued_again(world):
    source = await world.add("repo")
    await world.look()
    others = []

    async def look_and_work():
        others.extend(await world.look())
        await world.work()

    after_reading(world, look_and_work)
    assert await world.look(after=HALF_HOUR) == []
    assert others == ["repo"]
    assert await world.every_run() == {source.id: 1}


async def test_any_number_of_schedulers_queue_each_source_once(url):
    async with opened(url) as world:
        sources = [await world.add(f"repo{number}") for number in range(SOURCES)]
        others = [World(url, world.clock) for _ in range(SCHEDULERS)]
        await world.look()
        world.clock.at += HALF_HOUR + LATE
        try:
            queued = await asyncio.gather(*(other.scheduler().look() for other in others))
        finally:
            await asyncio.gather(*(other.database.close() for other in others))

        assert sorted(chain.from_iterable(queued)) == [source.name for source in sources]
        assert await world.every_run() == {source.id: 1 for source in sources}


async def test_users_and_schedulers_who_queue_at_once_do_not_stand_in_each_others_way(url):
    async with opened(url) as world:
        source = await world.add("repo")
        others = [World(url, world.clock) for _ in range(SCHEDULERS)]
        await world.look()
        world.clock.at += HALF_HOUR + LATE
        asked = [other.indexing().queue_index_tasks(source.id) for other in others[::2]]
        try:
            await asyncio.gather(*asked, *(other.scheduler().look() for other in others[1::2]))
        finally:
            await asyncio.gather(*(other.database.close() for other in others))

        assert await world.every_run() == {source.id: 1}
        assert (await world.live_run(source)).priority == QueuePriority.USER_INITIATED
        assert (await world.schedule(source)).due_at > world.clock.at


async def test_it_runs_until_it_is_stopped_and_goes_on_after_what_went_wrong(world, monkeypatch):
    monkeypatch.setattr("kodit.application.freshness.sync_scheduler.LOOK", timedelta(milliseconds=1))
    read, failures = world.storage.read, iter([ZeroDivisionError("a bug"), Unavailable("no answer")])

    def failing_first():
        for failure in failures:
            raise failure
        scheduler.stop()
        return read()

    await world.add("repo")
    scheduler = world.scheduler()
    world.storage.read = failing_first
    await asyncio.wait_for(scheduler.run(), 60)

    assert list(failures) == []
    assert await world.look(after=HALF_HOUR) == ["repo"]
