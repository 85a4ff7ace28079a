"""Who keeps a lease, and who lets it go."""

import asyncio
import threading
from datetime import timedelta

import pytest
from kept_queue import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    HandSet,
    Stored,
    claim,
    enqueue,
    keeper,
    wait_for_ever,
)

from kodit.application.tasks.heartbeat import Heartbeat
from kodit.application.tasks.in_hand import InHand, tokens
from kodit.domain.errors import Unavailable
from kodit.domain.tasks.policy import Cancelled, Policies, Released, RetryPolicy


@pytest.fixture
def stored():
    return Stored()


class TestInHand:
    @pytest.fixture
    async def attempts(self, stored):
        """Two in hand, and how each was stopped."""
        await enqueue(stored, "a", "b")
        in_hand, stopped, ended = InHand(), {}, []

        async def work(attempt):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                stopped[attempt.task.dedup_key] = attempt.stop_as

        for task in await claim(stored):
            in_hand.begin(task, work, ended.append)
        await asyncio.sleep(0)
        yield in_hand, stopped
        await in_hand.release()

    async def test_what_is_no_longer_held_is_stopped_and_not_settled(self, attempts):
        in_hand, stopped = attempts
        first, second = in_hand.now().values()

        in_hand.heed(in_hand.now(), [second.task])
        await asyncio.gather(first.job)

        assert stopped == {"a:SYNC": None}
        assert list(in_hand.now().values()) == [second]

    async def test_what_was_cancelled_is_stopped_as_that(self, attempts):
        in_hand, stopped = attempts
        first, second = in_hand.now().values()

        in_hand.heed(in_hand.now(), [first.task._replace(cancel_requested=True), second.task])
        await asyncio.gather(first.job)

        assert stopped == {"a:SYNC": Cancelled()}

    async def test_what_began_after_the_question_is_left_alone(self, attempts):
        in_hand, stopped = attempts

        in_hand.heed({}, [])
        await asyncio.sleep(0)

        assert (len(in_hand), stopped) == (2, {})

    async def test_everything_can_be_given_back(self, attempts):
        in_hand, stopped = attempts

        await in_hand.release()

        assert stopped == {"a:SYNC": Released(), "b:SYNC": Released()}
        assert len(in_hand) == 0

    async def test_what_is_stopped_before_it_began_is_given_back_all_the_same(self, stored):
        await enqueue(stored, "a")
        [task] = await claim(stored)
        in_hand, over = InHand(), []

        async def work(attempt):
            over.append("begun")

        in_hand.begin(task, work, lambda attempt: over.append(attempt.outcome()))
        await in_hand.release()

        assert (len(in_hand), over) == (0, [Released()])

    async def test_one_lease_may_cover_several(self, attempts):
        in_hand, _ = attempts

        assert tokens(in_hand.now().values()) == {"token"}


class TestKeeping:
    """Beats come in a thread; here the keeper is asked for one at a time."""

    async def beaten(self, stored, clock, policies, *, ago=lambda task: SECOND):
        in_hand = InHand()

        for task in await claim(stored):
            in_hand.begin(task, wait_for_ever, lambda _: None)
            in_hand.now()[task.id].begun -= ago(task).total_seconds()
        await keeper(in_hand, clock, policies)._beat(stored, asyncio.get_running_loop())
        await in_hand.release()

    async def test_a_beat_prolongs_the_leases_and_tells_everybody(self, stored):
        [run] = await enqueue(stored, "a")

        await self.beaten(stored, HandSet(NOON + 30 * SECOND), Policies())

        [task] = await stored.tasks.tasks_of(run.id)
        assert task.leased_until == NOON + 90 * SECOND
        assert stored.workers.seen_at == {"worker": NOON + 30 * SECOND}

    @pytest.mark.parametrize(("late", "kept"), [(-MINUTE, True), (SECOND, False)])
    async def test_a_worker_that_hangs_long_after_its_time_limit_lets_go_though_it_is_there(self, stored, late, kept):
        [run] = await enqueue(stored, "a")
        limited = Policies(RetryPolicy(time_limit=HOUR))
        now = NOON + 30 * SECOND

        await self.beaten(stored, HandSet(now), limited, ago=lambda task: HOUR + MINUTE + late)

        [task] = await stored.tasks.tasks_of(run.id)
        assert (task.leased_until == now + MINUTE) == kept
        assert stored.workers.seen_at == {"worker": now}

    async def test_a_time_limit_beyond_all_dates_is_as_good_as_none(self, stored):
        [run] = await enqueue(stored, "a")
        now = NOON + 30 * SECOND

        await self.beaten(stored, HandSet(now), Policies(RetryPolicy(time_limit=timedelta.max)))

        [task] = await stored.tasks.tasks_of(run.id)
        assert task.leased_until == now + MINUTE

    async def test_what_hangs_is_let_go_though_others_of_the_same_claim_are_kept(self, stored):
        runs = await enqueue(stored, "hangs", "goes on")
        limited = Policies(RetryPolicy(time_limit=10 * SECOND))
        now = NOON + 30 * SECOND

        def ago(task):
            return HOUR if task.run_id == runs[0].id else SECOND

        await self.beaten(stored, HandSet(now), limited, ago=ago)

        [hung], [sound] = [await stored.tasks.tasks_of(run.id) for run in runs]
        assert (hung.leased_until, sound.leased_until) == (NOON + MINUTE, now + MINUTE)


class TestHeartbeat:
    async def test_it_goes_on_while_the_event_loop_is_blocked(self, stored):
        beats = threading.Semaphore(0)

        async def beat(storage):
            assert storage is stored
            beats.release()

        async with Heartbeat(stored.write, beat, timedelta(milliseconds=1)):
            # In the event loop's own thread, which does nothing else meanwhile.
            assert all(beats.acquire(timeout=60) for _ in range(3))

    @pytest.mark.parametrize("error", [Unavailable("no answer"), ZeroDivisionError("a bug")])
    async def test_one_beat_that_fails_is_followed_by_another(self, stored, error):
        beats = threading.Semaphore(0)

        async def beat(storage):
            beats.release()
            raise error

        async with Heartbeat(stored.write, beat, timedelta(milliseconds=1)):
            assert all(beats.acquire(timeout=60) for _ in range(3))

    async def test_a_short_life_needs_no_storage(self):
        opened = []

        async with Heartbeat(lambda: opened.append("opened"), None, DAY):
            pass

        assert opened == []

    async def test_it_ends_with_the_block_though_an_error_leaves_it(self, stored):
        async def beat(storage):
            return

        with pytest.raises(ZeroDivisionError):
            async with Heartbeat(stored.write, beat, timedelta(milliseconds=1)):
                raise ZeroDivisionError

        assert "kodit-heartbeat" not in {thread.name for thread in threading.enumerate()}

    async def test_while_it_ends_the_event_loop_goes_on(self, stored):
        beating = threading.Event()
        let_go = threading.Event()

        async def beat(storage):
            beating.set()
            # For what only this event loop can give.
            assert let_go.wait(timeout=60)

        async with Heartbeat(stored.write, beat, timedelta(milliseconds=1)):
            assert await asyncio.to_thread(beating.wait, 60)
            asyncio.get_running_loop().call_soon(let_go.set)
