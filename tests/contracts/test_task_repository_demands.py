"""What every TaskRepository promises of what a worker asks for, and of what an operator holds back."""

import asyncio

import pytest
from queue_steps import (
    BACKGROUND,
    BM25,
    ENRICH,
    EXTRACT,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    SYNC,
    USER,
    claim,
    demand,
    enqueue,
    new,
    settle,
    work,
)

from kodit.domain.tasks.claim import EVERYTHING, Control
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Released, Retry
from kodit.domain.tasks.task_type import OtherTaskType

TWO = Pipeline("two", Phase(SYNC), Phase(EXTRACT, offset=5))


async def keys(claiming):
    return [task.dedup_key.rpartition(":")[0] for task in await claiming]


class TestTypes:
    async def test_types_that_were_not_asked_for_stay(self, queue):
        await enqueue(queue, new(pipeline=TWO))

        assert [task.type for task in await claim(queue, types=(SYNC,))] == [SYNC]
        assert list(await claim(queue, types=(BM25, ENRICH))) == []
        assert list(await claim(queue, types=())) == []
        assert [task.type for task in await claim(queue, types=(ENRICH, EXTRACT))] == [EXTRACT]

    async def test_several_types_are_claimed_in_one_order(self, queue):
        for number, priority in enumerate((10, 50, 30)):
            await enqueue(queue, new(str(number), priority, pipeline=TWO))

        claimed = await claim(queue, types=(SYNC, EXTRACT))

        assert [task.priority for task in claimed] == [55, 50, 35, 30, 15, 10]

    async def test_another_programs_type_is_claimed_by_its_number(self, queue):
        other = OtherTaskType(1234)
        await enqueue(queue, new(pipeline=Pipeline("other", Phase(other))))

        assert list(await claim(queue)) == []
        assert [task.type for task in await claim(queue, types=(SYNC, other))] == [other]


class TestPlaces:
    async def test_what_can_be_done_elsewhere_alone_stays(self, queue):
        await enqueue(queue, new("here", place="here"))
        await enqueue(queue, new("there", USER, place="there"))
        await enqueue(queue, new("anywhere"))

        assert await keys(claim(queue)) == ["anywhere"]
        assert await keys(claim(queue, places=("", "here"))) == ["here"]
        assert await keys(claim(queue, places=("there",))) == ["there"]

    async def test_several_places_are_claimed_in_one_order(self, queue):
        for number, place in enumerate(("here", "", "here", "")):
            await enqueue(queue, new(str(number), number, place=place))

        assert await keys(claim(queue, limit=3, places=("", "here"))) == ["3", "2", "1"]

    async def test_the_run_that_follows_is_for_the_same_place(self, queue):
        await enqueue(queue, new(place="here"))
        [task] = await claim(queue, places=("here",))
        await enqueue(queue, new(place="here"))
        await settle(queue, task)

        assert list(await claim(queue)) == []
        assert len(await claim(queue, places=("here",))) == 1


class TestPause:
    async def test_a_paused_type_is_not_claimed_and_the_others_are(self, queue):
        await enqueue(queue, new(pipeline=TWO))
        await queue.pause(EXTRACT, paused=True)

        assert [task.type for task in await claim(queue)] == [SYNC]
        assert list(await claim(queue)) == []

    async def test_while_everything_is_paused_nothing_is_claimed(self, queue):
        await enqueue(queue, new(pipeline=TWO))
        await queue.pause(EVERYTHING, paused=True)

        assert list(await claim(queue)) == []

    @pytest.mark.parametrize("kind", [SYNC, EVERYTHING])
    async def test_what_is_resumed_is_claimed(self, queue, kind):
        await enqueue(queue, new())
        await queue.pause(kind, paused=True)
        assert list(await claim(queue)) == []

        await queue.pause(kind, paused=False)

        assert len(await claim(queue)) == 1

    async def test_resuming_everything_does_not_resume_a_type(self, queue):
        await enqueue(queue, new(pipeline=TWO))
        await queue.pause(SYNC, paused=True)
        await queue.pause(EVERYTHING, paused=True)

        await queue.pause(EVERYTHING, paused=False)

        assert [task.type for task in await claim(queue)] == [EXTRACT]

    async def test_what_runs_goes_on(self, queue):
        await enqueue(queue, new())
        [task] = await claim(queue)
        await queue.pause(EVERYTHING, paused=True)

        assert len(await queue.extend([task], until=NOON + HOUR)) == 1
        await settle(queue, task)

    async def test_what_becomes_due_while_it_is_paused_is_claimed_afterwards(self, queue):
        await enqueue(queue, new())
        await work(queue, SYNC, outcome=Retry("network"))
        await queue.pause(SYNC, paused=True)
        assert list(await claim(queue, at=NOON + HOUR)) == []

        await queue.pause(SYNC, paused=False)

        assert len(await claim(queue, at=NOON + HOUR)) == 1

    async def test_controls_are_told_by_type_and_what_is_not_held_back_is_not_told(self, queue):
        assert list(await queue.controls()) == []
        limited, paused = Control(type=EXTRACT, most=2), Control(type=SYNC, paused=True, most=7)
        await queue.limit(EXTRACT, 2)
        await queue.pause(EVERYTHING, paused=True)
        await queue.pause(SYNC, paused=True)
        await queue.limit(SYNC, 7)

        assert list(await queue.controls()) == [Control(type=EVERYTHING, paused=True), paused, limited]
        await queue.pause(EVERYTHING, paused=False)
        await queue.limit(EXTRACT, None)
        assert list(await queue.controls()) == [paused]

    async def test_to_pause_and_to_limit_leave_each_other_alone(self, queue):
        await queue.pause(SYNC, paused=True)
        await queue.limit(SYNC, 2)
        assert list(await queue.controls()) == [Control(type=SYNC, paused=True, most=2)]
        await queue.pause(SYNC, paused=False)
        assert list(await queue.controls()) == [Control(type=SYNC, most=2)]
        await queue.pause(SYNC, paused=True)
        await queue.limit(SYNC, None)
        assert list(await queue.controls()) == [Control(type=SYNC, paused=True)]

    async def test_to_let_go_of_what_is_not_held_back_changes_nothing(self, queue):
        await queue.pause(SYNC, paused=False)
        await queue.limit(EXTRACT, None)

        assert list(await queue.controls()) == []


class TestLimits:
    async def test_no_more_than_the_limit_run_at_a_time(self, queue):
        for number in range(5):
            await enqueue(queue, new(str(number)))
        await queue.limit(SYNC, 2)

        first, _ = await claim(queue)
        assert list(await claim(queue)) == []
        await settle(queue, first)

        assert len(await claim(queue)) == 1

    async def test_a_limited_type_leaves_its_room_to_the_others(self, queue):
        for number in range(3):
            await enqueue(queue, new(str(number), pipeline=TWO))
        await queue.limit(EXTRACT, 1)

        assert [task.type for task in await claim(queue, limit=4)] == [EXTRACT, SYNC, SYNC, SYNC]

    async def test_a_limit_of_nothing_is_a_pause(self, queue):
        await enqueue(queue, new())
        await queue.limit(SYNC, 0)

        assert list(await claim(queue)) == []

    async def test_a_limit_below_what_runs_takes_nothing_away(self, queue):
        for number in range(4):
            await enqueue(queue, new(str(number)))
        first, second, third = await claim(queue, limit=3)
        await queue.limit(SYNC, 1)

        for task in (first, second):
            await settle(queue, task)
            assert list(await claim(queue)) == []
        await settle(queue, third)
        assert len(await claim(queue)) == 1

    async def test_a_released_or_lost_task_makes_room(self, queue):
        for number in range(3):
            await enqueue(queue, new(str(number)))
        await queue.limit(SYNC, 1)
        [task] = await claim(queue)
        await settle(queue, task, Released())
        assert len(await claim(queue)) == 1

        await queue.rescue(now=NOON + HOUR)

        assert len(await claim(queue, at=NOON + HOUR)) == 1

    async def test_limits_are_exact_when_many_claim_at_once(self, queue):
        for number in range(30):
            await enqueue(queue, new(str(number), pipeline=TWO))
        await queue.limit(SYNC, 5)

        batches = await asyncio.gather(*(claim(queue, limit=4, owner=str(number)) for number in range(12)))

        types = [task.type for batch in batches for task in batch]
        assert (types.count(SYNC), types.count(EXTRACT)) == (5, 30)


class TestAgeing:
    AGED = NOON + MINUTE

    async def test_what_waited_longest_comes_first_whatever_its_priority(self, queue):
        await enqueue(queue, new("old", 1))
        await enqueue(queue, new("less old", 5, at=NOON + SECOND))
        await enqueue(queue, new("urgent", 99, at=NOON + HOUR))

        claimed = await keys(claim(queue, limit=2, oldest=1, aged_until=self.AGED, at=NOON + HOUR))

        assert claimed == ["old", "urgent"]

    async def test_without_a_share_priority_decides_alone(self, queue):
        await enqueue(queue, new("old", 1))
        await enqueue(queue, new("urgent", 99, at=NOON + HOUR))

        assert await keys(claim(queue, limit=1, oldest=0, aged_until=self.AGED, at=NOON + HOUR)) == ["urgent"]
        await enqueue(queue, new("urgent too", 99, at=NOON + HOUR))
        assert await keys(claim(queue, limit=1, oldest=1, aged_until=None, at=NOON + HOUR)) == ["urgent too"]

    async def test_what_has_not_aged_yet_waits_its_turn(self, queue):
        await enqueue(queue, new("not yet", 1, at=self.AGED))
        await enqueue(queue, new("urgent", 99, at=NOON + HOUR))

        assert await keys(claim(queue, limit=1, oldest=1, aged_until=self.AGED, at=NOON + HOUR)) == ["urgent"]

    async def test_no_more_than_the_share(self, queue):
        for number in range(4):
            await enqueue(queue, new(f"old {number}", 1))
        for number in range(4):
            await enqueue(queue, new(f"urgent {number}", 99, at=NOON + HOUR))

        claimed = await keys(claim(queue, limit=4, oldest=1, aged_until=self.AGED, at=NOON + HOUR))

        assert claimed == ["old 0", "urgent 0", "urgent 1", "urgent 2"]

    async def test_an_aged_task_that_is_urgent_too_is_claimed_once(self, queue):
        await enqueue(queue, new("old and urgent", 99))
        await enqueue(queue, new("young", 1, at=NOON + HOUR))

        claimed = await keys(claim(queue, limit=2, oldest=1, aged_until=self.AGED, at=NOON + HOUR))

        assert claimed == ["old and urgent", "young"]

    async def test_age_counts_from_when_a_task_became_ready(self, queue):
        """A follower that was blocked for an hour has not waited for a worker."""
        chain = Pipeline("chain", Phase(SYNC), Phase(EXTRACT, needs={SYNC}))
        await enqueue(queue, new("old", 1, pipeline=chain))
        await work(queue, SYNC, at=NOON + HOUR)
        await enqueue(queue, new("urgent", 99, at=NOON + HOUR))

        assert await keys(claim(queue, limit=1, oldest=1, aged_until=self.AGED, at=NOON + HOUR)) == ["urgent"]

    async def test_limits_pauses_and_places_hold_for_the_aged_too(self, queue):
        for number in range(3):
            await enqueue(queue, new(f"old {number}", 1, pipeline=TWO))
        await enqueue(queue, new("elsewhere", 1, place="there", at=NOON - HOUR))
        await queue.limit(SYNC, 1)
        await queue.pause(EXTRACT, paused=True)

        claimed = await claim(queue, oldest=3, aged_until=self.AGED, at=NOON + HOUR)

        assert [(task.type, task.dedup_key) for task in claimed] == [(SYNC, "old 0:SYNC")]

    async def test_background_work_makes_progress_under_a_steady_stream_of_user_work(self, queue):
        """One claim in four is the oldest's."""
        for number in range(4):
            await enqueue(queue, new(f"background {number}", BACKGROUND))
        done = []
        for number in range(16):
            at = NOON + HOUR + number * SECOND
            for which in range(2):
                await enqueue(queue, new(f"user {number} {which}", USER, at=at))
            [task] = await claim(queue, limit=1, oldest=int(number % 4 == 3), aged_until=at - MINUTE, at=at)
            done.append(task.dedup_key.split()[0])
            await settle(queue, task, at=at)

        assert done == ["user", "user", "user", "background"] * 4


class TestAwaits:
    async def test_there_is_something_when_something_can_be_claimed(self, queue):
        assert await queue.awaits(demand(), now=NOON) is False
        await enqueue(queue, new())
        assert await queue.awaits(demand(), now=NOON) is True
        [task] = await claim(queue)
        assert await queue.awaits(demand(), now=NOON) is False
        await settle(queue, task)
        assert await queue.awaits(demand(), now=NOON) is False

    async def test_what_is_scheduled_counts_from_its_moment_on(self, queue):
        await enqueue(queue, new())
        await work(queue, SYNC, outcome=Retry("network"))

        assert await queue.awaits(demand(), now=NOON + MINUTE - SECOND) is False
        assert await queue.awaits(demand(), now=NOON + MINUTE) is True
        assert await queue.awaits(demand(types=(EXTRACT,)), now=NOON + MINUTE) is False
        assert await queue.awaits(demand(places=("there",)), now=NOON + MINUTE) is False

    async def test_what_is_for_others_does_not_count(self, queue):
        await enqueue(queue, new(place="there"))

        assert await queue.awaits(demand(), now=NOON) is False
        assert await queue.awaits(demand(types=(EXTRACT, BM25), places=("", "there")), now=NOON) is False
        assert await queue.awaits(demand(types=()), now=NOON) is False
        assert await queue.awaits(demand(types=(EXTRACT, SYNC), places=("", "there")), now=NOON) is True
