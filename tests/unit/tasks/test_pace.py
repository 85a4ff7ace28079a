"""Turns at what all workers share, by a clock that goes on while somebody sleeps."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from kodit.application.tasks.pace import LOOK, UNSAID, Pace
from kodit.domain.errors import RateLimited, Unavailable
from kodit.domain.tasks.rate import PATIENCE, Rate
from kodit.infrastructure.memory.rate_limits import MemoryRateLimits

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class World:
    """Workers on one clock and one set of limits; `reserved` and `looked` count what a database would be asked.

    Each pace is one process.
    """

    def __init__(self):
        self.at = NOON
        self.shared = MemoryRateLimits()
        self.reserved = self.looked = 0

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

    async def held(self, name):
        self.looked += 1
        return await self.shared.held(name)

    def pace(self, per_minute=60, sleep=None):
        return Pace(lambda: self, "model", Rate(per_minute), self, sleep=sleep or self.sleep)

    def asleep_until(self, happens):
        """Sleeping during which something happens, once."""
        events = [happens]

        async def sleep(seconds):
            if events:
                await events.pop()()
            self.at += timedelta(seconds=seconds)

        return sleep


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


@pytest.mark.parametrize("wait", [MINUTE, 5 * MINUTE])
async def test_who_waits_for_a_turn_heeds_what_another_process_was_asked_meanwhile(world, wait):
    other = world.pace(6)
    pace = world.pace(6, sleep=world.asleep_until(lambda: other.hold_back(wait)))

    found = await turns(world, pace, pace, pace)

    assert found == [0, wait / SECOND, wait / SECOND + 10]


async def test_turns_that_were_reserved_together_heed_what_another_process_was_asked_meanwhile(world):
    other = world.pace(120)
    await turns(world, *[other] * 20)
    world.at = NOON
    pace = world.pace(120, sleep=world.asleep_until(lambda: other.hold_back(MINUTE)))

    assert await turns(world, pace, pace) == [60, 60.5]


async def test_a_wait_that_became_too_long_is_refused_and_keeps_no_slot(world):
    other = world.pace(6)
    pace = world.pace(6, sleep=world.asleep_until(lambda: other.hold_back(PATIENCE + MINUTE)))
    await pace.turn()

    with pytest.raises(RateLimited) as caught:
        await pace.turn()

    assert caught.value.retry_after == PATIENCE + MINUTE - 10 * SECOND


async def test_who_waits_no_longer_than_a_look_holds_asks_the_database_nothing_more(world):
    pace = world.pace(60 / (LOOK / SECOND))
    await turns(world, *[pace] * 10)
    assert (world.reserved, world.looked) == (10, 0)


async def test_who_waits_for_longer_looks_once_for_each_turn(world):
    pace = world.pace(6)
    await turns(world, *[pace] * 10)
    assert (world.reserved, world.looked) == (10, 9)


@pytest.mark.parametrize("per_minute", [0, 6, 60, 6_000])
@pytest.mark.parametrize("ahead", [5 * HOUR, 100 * 24 * HOUR])
async def test_turns_of_a_clock_that_was_ahead_are_not_waited_for_when_it_is_right(world, per_minute, ahead):
    one, other = world.pace(per_minute), world.pace(per_minute)
    world.at = NOON + ahead
    await turns(world, one, one, other)
    world.at = NOON

    assert max(await turns(world, one, other)) <= 60 / min(per_minute or 60, 60)


@pytest.mark.parametrize("ahead", [10 * SECOND, HOUR / 2, 3 * HOUR / 2])
async def test_without_a_limit_nobody_waits_for_a_clock_that_was_a_little_ahead(world, ahead):
    one, other = world.pace(0), world.pace(0)
    world.at = NOON + ahead
    await turns(world, one, one, other)
    world.at = NOON

    assert await turns(world, one, other, world.pace(0)) == [0, 0, 0]


async def test_without_a_limit_nobody_waits_for_a_clock_that_is_set_right_while_he_asks(world):
    async def reserve(*given, **named):
        found = await world.shared.reserve(*given, **named)
        world.at = NOON
        return found

    world.reserve = reserve
    world.at = NOON + HOUR / 2

    assert await turns(world, world.pace(0)) == [0]


async def test_without_a_limit_those_whom_another_process_holds_back_ask_for_it_once(world):
    await world.pace(0).hold_back(MINUTE)
    asleep = asyncio.Event()

    async def sleep(seconds):
        due = world.at + timedelta(seconds=seconds)
        await asleep.wait()
        world.at = max(world.at, due)

    pace = world.pace(0, sleep=sleep)
    jobs = [asyncio.create_task(pace.turn()) for _ in range(10)]
    await asyncio.sleep(0)
    asleep.set()
    await asyncio.gather(*jobs)

    assert world.at == NOON + MINUTE
    assert world.reserved == 1


async def test_who_waits_while_the_clock_is_set_right_does_not_wait_for_what_it_showed_before(world):
    async def set_right():
        world.at = NOON

    pace = world.pace(6, sleep=world.asleep_until(set_right))
    world.at = NOON + 5 * HOUR

    assert (await turns(world, pace, pace))[1] <= 20


async def test_who_was_asked_to_wait_by_a_clock_that_was_ahead_does_not_wait_for_days(world):
    one, other = world.pace(), world.pace()
    world.at = NOON + 100 * 24 * HOUR
    await one.hold_back(MINUTE)
    world.at = NOON

    assert max(await turns(world, one, other)) <= 1
    await other.hold_back(MINUTE)
    assert min(await turns(world, one, other)) >= 60


async def test_who_cannot_tell_the_others_to_wait_waits_all_the_same(world):
    pace = world.pace()

    async def unavailable(*_, **__):
        raise Unavailable("no answer")

    world.hold_back = unavailable
    with pytest.raises(Unavailable):
        await pace.hold_back(MINUTE)

    assert await turns(world, pace, pace) == [60, 61]


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
