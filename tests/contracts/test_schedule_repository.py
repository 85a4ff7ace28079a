"""What every ScheduleRepository promises."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from homes import EachVerbItsOwnUnit
from indexed_nouns import NOON, a_source

from kodit.domain.errors import NotFound
from kodit.domain.sources.schedule import NEVER, Schedule
from kodit.infrastructure.memory.schedule_repository import MemoryScheduleRepository

HOUR = timedelta(hours=1)
NEW = Schedule(index_id=1)
FULL = Schedule(index_id=1, every=HOUR, due_at=NOON, failures=3, run_id=17, place="0123456789ab")
MOVERS = 8


@pytest.fixture
async def schedules(stored_in):
    """A repository that knows the sources 1 and 2."""
    if stored_in is None:
        return MemoryScheduleRepository()
    async with stored_in.write() as unit:
        assert [(await unit.sources.add(a_source(name))).id for name in ("demo", "other")] == [1, 2]
    return EachVerbItsOwnUnit(stored_in, "schedules")


async def test_where_nothing_was_planned_it_is_new(schedules):
    assert await schedules.of(1) == NEW
    assert await schedules.all() == {}


@pytest.mark.parametrize("schedule", [FULL, replace(NEW, every=NEVER), NEW], ids=["full", "never", "new"])
async def test_a_schedule_comes_back_as_it_went_in(schedules, schedule):
    assert await schedules.move(NEW, schedule)

    assert await schedules.of(1) == schedule
    assert await schedules.all() == {1: schedule}


@pytest.mark.parametrize("after", [replace(FULL, due_at=NOON + HOUR), replace(FULL, every=None, due_at=None), NEW])
async def test_it_is_moved_from_what_is_stored(schedules, after):
    await schedules.move(NEW, FULL)

    assert await schedules.move(FULL, after)
    assert await schedules.of(1) == after


@pytest.mark.parametrize(
    "believed",
    [
        NEW,
        replace(FULL, due_at=None),
        replace(FULL, due_at=NOON + timedelta(microseconds=1)),
        replace(FULL, every=None),
        replace(FULL, failures=2),
        replace(FULL, run_id=None),
        replace(FULL, place=""),
    ],
)
async def test_it_is_not_moved_from_anything_else(schedules, believed):
    await schedules.move(NEW, FULL)

    assert not await schedules.move(believed, replace(believed, failures=9))
    assert await schedules.of(1) == FULL


async def test_what_was_never_planned_is_not_moved_from_a_moment(schedules):
    assert not await schedules.move(FULL, replace(FULL, failures=9))
    assert await schedules.all() == {}


async def test_what_looks_new_again_is_moved_like_any_other(schedules):
    await schedules.move(NEW, FULL)
    await schedules.move(FULL, NEW)

    assert await schedules.move(NEW, FULL)
    assert await schedules.of(1) == FULL


async def test_sources_do_not_disturb_each_other(schedules):
    other = replace(FULL, index_id=2, failures=0)
    assert await schedules.move(NEW, FULL)
    assert await schedules.move(replace(NEW, index_id=2), other)

    assert await schedules.all() == {1: FULL, 2: other}


@pytest.mark.parametrize("before", [NEW, FULL], ids=["new", "planned"])
async def test_of_many_who_move_it_at_the_same_time_one_succeeds(schedules, before):
    await schedules.move(NEW, before)
    moves = [schedules.move(before, replace(FULL, run_id=100 + number)) for number in range(MOVERS)]
    succeeded = await asyncio.gather(*moves)

    assert sorted(succeeded) == [False] * (MOVERS - 1) + [True]
    assert (await schedules.of(1)).run_id == 100 + succeeded.index(True)


async def test_a_source_that_is_gone_takes_its_schedule_with_it(storage):
    async with storage.write() as unit:
        source = await unit.sources.add(a_source())
        new = Schedule(index_id=source.id)
        await unit.schedules.move(new, replace(FULL, index_id=source.id))
    async with storage.write() as unit:
        await unit.sources.remove(source.id)

    async with storage.read() as unit:
        assert await unit.schedules.all() == {}
    with pytest.raises(NotFound):
        async with storage.write() as unit:
            await unit.schedules.move(new, replace(FULL, index_id=source.id))
