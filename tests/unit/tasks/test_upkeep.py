"""What keeps the queue in order."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from kept_queue import (
    DAY,
    EVERYTHING,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    HandSet,
    Here,
    Stored,
    claim,
    enqueue,
    keeper,
    nothing,
    wait_for_ever,
)

from kodit.application.tasks import patrol
from kodit.application.tasks.in_hand import InHand
from kodit.application.tasks.patrol import LOOK, Patrol
from kodit.application.tasks.upkeep import AT_ONCE, FORGET_WORKERS, Keeping, Upkeep
from kodit.domain.tasks.policy import Policies, RetryPolicy
from kodit.domain.tasks.task import Lease, TaskState
from kodit.infrastructure.memory.wakeups import MemoryWakeups


@pytest.fixture
def stored():
    return Stored()


class TestUpkeep:
    def upkeep(self, stored, clock, *dead, keeping=None):
        return Upkeep(storage=stored, presence=Here(*dead), clock=clock, keeping=keeping or Keeping(), lease=MINUTE)

    async def test_the_silent_and_the_dead_lose_their_tasks(self, stored):
        await enqueue(stored, "a", "b")
        await stored.tasks.claim(
            Lease(owner="dead", token="1", until=NOON + DAY), replace(EVERYTHING, limit=1), now=NOON
        )
        await claim(stored, owner="silent")
        clock = HandSet(NOON + SECOND)
        upkeep = self.upkeep(stored, clock, "dead")

        assert await upkeep.rescue("worker", keep=nothing) == 1
        assert await upkeep.rescue("worker", keep=nothing) == 0
        for _ in range(round(MINUTE / LOOK) - 1):
            clock.moment += LOOK
            assert await upkeep.rescue("worker", keep=nothing) == 0
        clock.moment += LOOK
        assert await upkeep.rescue("worker", keep=nothing) == 1

    async def test_a_machine_that_slept_goes_on_with_what_it_had_and_leaves_others_theirs(self, stored):
        """All on it wake up at once, and who is the first must not take what the others would go on with."""
        mine, other = await enqueue(stored, "mine", "other")
        clock, in_hand = HandSet(), InHand()
        for owner in ("worker", "beside"):
            lease = Lease(owner=owner, token=owner, until=NOON + MINUTE)
            [task] = await stored.tasks.claim(lease, replace(EVERYTHING, limit=1), now=NOON)
            if owner == "worker":
                in_hand.begin(task, wait_for_ever, lambda _: None)
        upkeep, keep = self.upkeep(stored, clock), keeper(in_hand, clock).prolong
        assert await upkeep.rescue("worker", keep=keep) == 0

        clock.moment += HOUR
        assert await upkeep.rescue("worker", keep=keep) == 0
        [kept], [left] = [await stored.tasks.tasks_of(run.id) for run in (mine, other)]
        assert (kept.leased_until, left.leased_until) == (clock.moment + MINUTE, NOON + MINUTE)

        # Half a lease, in which who lives prolongs his.
        for _ in range(5):
            clock.moment += LOOK
            assert await upkeep.rescue("worker", keep=keep) == 0
        clock.moment += LOOK
        assert await upkeep.rescue("worker", keep=keep) == 1
        assert (await stored.tasks.get(left.id)).state is TaskState.READY
        assert len(in_hand) == 1
        await in_hand.release()

    async def test_the_dead_are_not_waited_for_after_sleep_either(self, stored):
        await enqueue(stored, "a")
        await claim(stored, owner="dead")
        clock = HandSet()
        upkeep = self.upkeep(stored, clock)
        assert await upkeep.rescue("worker", keep=nothing) == 0

        clock.moment += HOUR
        upkeep = self.upkeep(stored, clock, "dead")

        assert await upkeep.rescue("worker", keep=nothing) == 1

    async def test_who_is_held_up_again_and_again_takes_over_all_the_same(self, stored):
        await enqueue(stored, "a")
        await claim(stored, owner="silent")
        clock = HandSet()
        upkeep = self.upkeep(stored, clock)

        taken = []
        for _ in range(4):
            taken.append(await upkeep.rescue("worker", keep=nothing))
            clock.moment += 50 * SECOND

        # Seen when it had run out, and not prolonged until the next look.
        assert taken == [0, 0, 0, 1]

    async def test_who_comes_takes_what_ran_out_before_only_when_nobody_has_prolonged_it(self, stored):
        await enqueue(stored, "a")
        await claim(stored, owner="beside")
        clock = HandSet(NOON + HOUR)
        upkeep = self.upkeep(stored, clock)

        assert await upkeep.rescue("worker", keep=nothing) == 0
        clock.moment += MINUTE / 2
        assert await upkeep.rescue("worker", keep=nothing) == 1

    async def test_who_does_not_stay_takes_it_at_once(self, stored):
        await enqueue(stored, "a")
        await claim(stored, owner="beside")

        assert await self.upkeep(stored, HandSet(NOON + HOUR)).rescue("worker", keep=nothing, hurried=True) == 1

    async def test_what_runs_out_while_one_watches_is_taken_at_once(self, stored):
        await enqueue(stored, "a")
        clock = HandSet()
        upkeep = self.upkeep(stored, clock)
        assert await upkeep.rescue("worker", keep=nothing) == 0
        await stored.tasks.claim(Lease(owner="beside", token="1", until=NOON + SECOND), EVERYTHING, now=NOON)

        clock.moment += 2 * SECOND
        assert await upkeep.rescue("worker", keep=nothing) == 1

    async def test_who_waited_to_write_takes_nothing_before_others_have_written_too(self, stored):
        clock = HandSet()

        class Contended(Stored):
            waits = timedelta()

            @asynccontextmanager
            async def write(self):
                clock.moment += self.waits
                yield self

        contended = Contended()
        upkeep = self.upkeep(contended, clock)
        await enqueue(contended, "a")
        await claim(contended, owner="beside")
        for _ in range(round(MINUTE / LOOK) + 1):
            assert await upkeep.rescue("worker", keep=nothing) == 0
            clock.moment += LOOK
        contended.waits = 2 * SECOND

        assert await upkeep.rescue("worker", keep=nothing) == 0
        # Held up each time, but not for ever.
        for _ in range(4):
            clock.moment += LOOK
            assert await upkeep.rescue("worker", keep=nothing) == 0
        clock.moment += LOOK
        assert await upkeep.rescue("worker", keep=nothing) == 1

    async def test_a_clock_that_is_set_back_spares_nothing_for_longer(self, stored):
        await enqueue(stored, "a")
        clock = HandSet(NOON + HOUR)
        upkeep = self.upkeep(stored, clock)
        assert await upkeep.rescue("worker", keep=nothing) == 0
        clock.moment = NOON + 2 * MINUTE
        await claim(stored, owner="beside")

        assert await upkeep.rescue("worker", keep=nothing) == 1

    async def test_what_hangs_is_no_longer_its_own(self, stored):
        await enqueue(stored, "hangs")
        clock, in_hand = HandSet(), InHand()

        [task] = await claim(stored)
        in_hand.begin(task, wait_for_ever, lambda _: None)
        in_hand.now()[task.id].begun -= HOUR.total_seconds()
        clock.moment += MINUTE + SECOND
        keep = keeper(in_hand, clock, Policies(RetryPolicy(time_limit=MINUTE))).prolong

        assert await self.upkeep(stored, clock).rescue("worker", keep=keep, hurried=True) == 1
        await in_hand.release()

    async def test_nobody_takes_from_himself(self, stored):
        await enqueue(stored, "a")
        await claim(stored, owner="worker")

        assert await self.upkeep(stored, HandSet(NOON), "worker").rescue("worker", keep=nothing) == 0

    async def test_old_runs_go_in_small_steps_until_none_is_left(self, stored):
        number = 2 * AT_ONCE + 1
        await enqueue(stored, *map(str, range(number)))
        for run_id in range(1, number + 1):
            await stored.tasks.cancel(run_id, now=NOON)

        upkeep = self.upkeep(stored, HandSet(NOON + 2 * DAY), keeping=Keeping(time=DAY))

        assert await upkeep.prune() == number

    async def test_what_is_kept_is_told_by_age_number_and_failure(self, stored):
        await enqueue(stored, "old", "older", "new")
        for run_id, days in ((1, 3), (2, 5), (3, 0)):
            await stored.tasks.cancel(run_id, now=NOON - days * DAY)

        assert await self.upkeep(stored, HandSet(), keeping=Keeping(time=4 * DAY)).prune() == 1
        assert await self.upkeep(stored, HandSet(), keeping=Keeping(time=4 * DAY, most=1)).prune() == 1
        assert (await stored.tasks.run(3)).dedup_key == "new"

    async def test_workers_that_nobody_saw_for_long_are_forgotten(self, stored):
        presence = Here()
        for owner, at in (("gone", NOON - FORGET_WORKERS - SECOND), ("there", NOON)):
            moments = {"started_at": at, "seen_at": at, "alive_until": at + MINUTE}
            await stored.workers.seen(presence.introduce(owner, EVERYTHING, **moments))

        await self.upkeep(stored, HandSet()).prune()

        assert stored.workers.seen_at == {"there": NOON}


async def test_a_great_deal_to_remove_keeps_nobody_from_noticing_a_cancellation(stored, monkeypatch):
    monkeypatch.setattr(patrol, "PATROL", MINUTE / 60_000)
    clock, in_hand = HandSet(), InHand()
    pruning = asyncio.Event()

    async def prune_for_ever(retention, *, most):
        pruning.set()
        await asyncio.Event().wait()

    stored.tasks.prune = prune_for_ever
    [run] = await enqueue(stored, "a")
    [task] = await claim(stored)
    in_hand.begin(task, wait_for_ever, lambda _: None)
    upkeep = Upkeep(storage=stored, presence=Here(), clock=clock, keeping=Keeping(), lease=MINUTE)
    about = {"storage": stored, "wakeups": MemoryWakeups(), "clock": clock, "owner": "worker"}
    going_round = asyncio.create_task(Patrol(keeper(in_hand, clock), upkeep, **about).run())

    async with asyncio.timeout(60):
        await pruning.wait()
        await stored.tasks.cancel(run.id, now=NOON)
        await asyncio.wait({in_hand.now()[task.id].job})

    going_round.cancel()
    await asyncio.gather(going_round, return_exceptions=True)
    assert len(in_hand) == 0
