"""Who keeps a lease, and who lets it go."""

import asyncio
import threading
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from kodit.application.tasks.heartbeat import Heartbeat
from kodit.application.tasks.in_hand import InHand, tokens
from kodit.application.tasks.lease_keeper import LeaseKeeper
from kodit.application.tasks.upkeep import AT_ONCE, FORGET_WORKERS, Keeping, Upkeep
from kodit.domain.errors import Unavailable
from kodit.domain.tasks.claim import Demand
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Cancelled, Policies, Released, RetryPolicy
from kodit.domain.tasks.presence import PresentWorker
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task import Lease
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.memory.task_repository import MemoryTaskRepository

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ONE = Pipeline("one", Phase(TaskType.SYNC))
EVERYTHING = Demand(limit=99, types=tuple(TaskType))


@dataclass
class Workers:
    """The registry of workers, in memory."""

    seen_at: dict = field(default_factory=dict)

    async def seen(self, worker):
        self.seen_at[worker.owner] = worker.seen_at

    async def left(self, owner):
        self.seen_at.pop(owner, None)

    async def prune(self, *, before):
        self.seen_at = {owner: at for owner, at in self.seen_at.items() if at >= before}


class Stored:
    """A storage in memory."""

    def __init__(self):
        self.tasks = MemoryTaskRepository()
        self.workers = Workers()

    @asynccontextmanager
    async def write(self):
        yield self

    read = write

    async def transact(self, work, *, lasting=True):
        return await work(self)


class Here:
    """A presence on a machine where the dead are known by name."""

    def __init__(self, *dead):
        self.dead = frozenset(dead)

    def register(self, owner):
        return nullcontext()

    def introduce(self, owner, demand, **moments):
        about = {"machine": "machine", "host": "here", "pid": 1}
        takes = {"slots": demand.limit, "types": demand.types, "places": demand.places}
        return PresentWorker(owner=owner, **about, **takes, **moments)

    def gone(self, owners):
        return self.dead & frozenset(owners)


@dataclass
class HandSet:
    """A clock that is set by hand."""

    moment: datetime = NOON

    def now(self):
        return self.moment


@pytest.fixture
def stored():
    return Stored()


async def enqueue(stored, *keys, at=NOON):
    policies = Policies(RetryPolicy(attempts=3))
    news = [plan(ONE, dedup_key=key, payload={}, priority=0, policies=policies, now=at) for key in keys]
    return await stored.tasks.enqueue(news)


async def claim(stored, *, owner="worker", at=NOON):
    return await stored.tasks.claim(Lease(owner=owner, token="token", until=at + MINUTE), EVERYTHING, now=at)


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
            in_hand.begin(task, NOON, work, ended.append)
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

        in_hand.begin(task, NOON, work, lambda attempt: over.append(attempt.outcome()))
        await in_hand.release()

        assert (len(in_hand), over) == (0, [Released()])

    async def test_one_lease_may_cover_several(self, attempts):
        in_hand, _ = attempts

        assert tokens(in_hand.now().values()) == {"token"}


class TestKeeping:
    """Beats come in a thread; here the keeper is asked for one at a time."""

    async def beaten(self, stored, clock, policies, *, begun_at=lambda task: NOON):
        in_hand = InHand()

        async def work(attempt):
            await asyncio.Event().wait()

        for task in await claim(stored):
            in_hand.begin(task, begun_at(task), work, lambda _: None)
        keeper = LeaseKeeper(
            owner="worker",
            demand=EVERYTHING,
            lease=MINUTE,
            in_hand=in_hand,
            policies=policies,
            presence=Here(),
            clock=clock,
        )
        await keeper._beat(stored, asyncio.get_running_loop())
        await in_hand.release()

    async def test_a_beat_prolongs_the_leases_and_tells_everybody(self, stored):
        [run] = await enqueue(stored, "a")

        await self.beaten(stored, HandSet(NOON + 30 * SECOND), Policies())

        [task] = await stored.tasks.tasks_of(run.id)
        assert task.leased_until == NOON + 90 * SECOND
        assert stored.workers.seen_at == {"worker": NOON + 30 * SECOND}

    @pytest.mark.parametrize(("late", "kept"), [(0, True), (1, False)])
    async def test_a_worker_that_hangs_long_after_its_time_limit_lets_go_though_it_is_there(self, stored, late, kept):
        [run] = await enqueue(stored, "a")
        limited = Policies(RetryPolicy(time_limit=10 * SECOND))
        now = NOON + 30 * SECOND
        begun_at = now - 10 * SECOND - MINUTE - late * SECOND

        await self.beaten(stored, HandSet(now), limited, begun_at=lambda task: begun_at)

        [task] = await stored.tasks.tasks_of(run.id)
        assert (task.leased_until == now + MINUTE) == kept
        assert stored.workers.seen_at == {"worker": now}

    async def test_what_hangs_is_let_go_though_others_of_the_same_claim_are_kept(self, stored):
        runs = await enqueue(stored, "hangs", "goes on")
        limited = Policies(RetryPolicy(time_limit=10 * SECOND))
        now = NOON + 30 * SECOND

        def begun_at(task):
            return now - HOUR if task.run_id == runs[0].id else now

        await self.beaten(stored, HandSet(now), limited, begun_at=begun_at)

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


class TestUpkeep:
    def upkeep(self, stored, clock, *dead, keeping=None):
        return Upkeep(storage=stored, presence=Here(*dead), clock=clock, keeping=keeping or Keeping())

    async def test_the_silent_and_the_dead_lose_their_tasks(self, stored):
        await enqueue(stored, "a", "b")
        await stored.tasks.claim(
            Lease(owner="dead", token="1", until=NOON + DAY), replace(EVERYTHING, limit=1), now=NOON
        )
        await claim(stored, owner="silent")
        clock = HandSet(NOON + SECOND)
        upkeep = self.upkeep(stored, clock, "dead")

        assert await upkeep.rescue("worker") == 1
        assert await upkeep.rescue("worker") == 0
        clock.moment += MINUTE
        assert await upkeep.rescue("worker") == 1

    async def test_nobody_takes_from_himself(self, stored):
        await enqueue(stored, "a")
        await claim(stored, owner="worker")

        assert await self.upkeep(stored, HandSet(NOON), "worker").rescue("worker") == 0

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
