"""Turns at what all workers share, by a clock that goes on while somebody sleeps."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from kodit.application.tasks.pace import PATIENCE, UNSAID, Pace
from kodit.domain.errors import RateLimited
from kodit.domain.tasks.rate import Rate
from kodit.infrastructure.memory.rate_limits import MemoryRateLimits

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class World:
    """Workers on one clock and one set of limits; `reserved` counts what the database would be asked."""

    def __init__(self):
        self.at = NOON
        self.shared = MemoryRateLimits()
        self.reserved = 0

    def now(self):
        return self.at

    async def follow(self):
        pass

    async def sleep(self, seconds):
        self.at += timedelta(seconds=seconds)

    async def reserve(self, *given, **named):
        self.reserved += 1
        return await self.shared.reserve(*given, **named)

    async def hold_back(self, *given, **named):
        await self.shared.hold_back(*given, **named)

    def pace(self, per_minute=60):
        return Pace(lambda: self, "model", Rate(per_minute), self, sleep=self.sleep)


@pytest.fixture
def world():
    return World()


async def turns(world, *paces):
    found = []
    for pace in paces:
        await pace.turn()
        found.append((world.at - NOON) / SECOND)
    return found


async def test_two_workers_take_turns_at_one_rate(world):
    one, other = world.pace(), world.pace()
    assert await turns(world, one, other, one, one, other) == [0, 1, 2, 3, 4]


async def test_a_high_rate_asks_the_database_once_a_second(world):
    pace = world.pace(6_000)
    found = await turns(world, *[pace] * 250)
    assert found == pytest.approx([number / 100 for number in range(250)])
    assert world.reserved == 3


async def test_turns_that_nobody_took_in_time_are_lost(world):
    one, other = world.pace(600), world.pace(600)
    await one.turn()
    world.at += MINUTE
    assert await turns(world, other, one) == [60, 61]


async def test_without_a_limit_nobody_waits_and_the_database_is_asked_once_a_second(world):
    pace = world.pace(0)
    assert await turns(world, *[pace] * 100) == [0] * 100
    world.at += 2 * SECOND
    assert await turns(world, pace) == [2]
    assert world.reserved == 2


@pytest.mark.parametrize("per_minute", [0, 60, 6_000])
async def test_who_is_asked_to_wait_holds_everybody_back(world, per_minute):
    one, other, third = (world.pace(per_minute) for _ in range(3))
    await one.hold_back(MINUTE)
    await turns(world, third)
    assert world.at - NOON == MINUTE
    assert min(await turns(world, one, other)) >= 60


async def test_who_is_asked_to_wait_without_being_told_how_long_waits_a_while(world):
    pace = world.pace()
    await pace.hold_back(None)
    assert await turns(world, pace) == [UNSAID / SECOND]


@pytest.mark.parametrize(
    "asked", [[MINUTE], [MINUTE, SECOND]], ids=["once", "and then for less, which shortens nothing"]
)
async def test_who_has_a_turn_already_heeds_what_is_asked_meanwhile(world, asked):
    asleep = asyncio.Event()

    async def sleep(seconds):
        if not asleep.is_set():
            asleep.set()
            for span in asked:
                await pace.hold_back(span)
        world.at += timedelta(seconds=seconds)

    pace = Pace(lambda: world, "model", Rate(6), world, sleep=sleep)
    found = await turns(world, pace, pace)
    assert found[0] == 0
    assert found[1] >= 60


@pytest.mark.parametrize("per_minute", [0, 60])
async def test_those_who_were_held_back_line_up_again(per_minute):
    world = World()
    held, moments = asyncio.Event(), []

    async def sleep(seconds):
        due = world.at + timedelta(seconds=seconds)
        await held.wait()
        await asyncio.sleep(0)
        world.at = max(world.at, due)

    async def ask():
        await pace.turn()
        moments.append((world.at - NOON) / SECOND)

    pace = Pace(lambda: world, "model", Rate(per_minute), world, sleep=sleep)
    await pace.hold_back(SECOND / 2)
    jobs = [asyncio.create_task(ask()) for _ in range(4)]
    await asyncio.sleep(0)
    await pace.hold_back(MINUTE)
    held.set()
    await asyncio.gather(*jobs)
    assert min(moments) >= 60
    assert len(set(moments)) == (4 if per_minute else 1)


async def test_a_turn_that_is_too_far_away_is_refused_with_the_wait(world):
    pace = world.pace()
    await pace.hold_back(PATIENCE + MINUTE)
    with pytest.raises(RateLimited) as caught:
        await pace.turn()
    assert caught.value.retry_after == PATIENCE + MINUTE
    assert world.at == NOON


async def test_who_is_cancelled_while_waiting_leaves_the_next_in_peace():
    world = World()
    waiting = asyncio.Event()

    async def forever(_seconds):
        waiting.set()
        await asyncio.Event().wait()

    pace = Pace(lambda: world, "model", Rate(60), world, sleep=forever)
    await pace.turn()
    job = asyncio.create_task(pace.turn())
    await waiting.wait()
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    world.at += MINUTE
    await pace.turn()
