"""What a server does beside answering goes on, whatever happens to it."""

import asyncio
from collections.abc import Callable

import pytest

from kodit.application.serving.health import PartState
from kodit.application.serving.parts import Part, Pauses, stopped

AT_ONCE = Pauses(first=0, longest=0)


class Going:
    """Runs until it is stopped; told to fall, it falls over instead."""

    def __init__(self, *, falls: bool = False) -> None:
        self.began = asyncio.Event()
        self.abandoned = False
        self.obeys = True
        self._falls = falls
        self._stop = asyncio.Event()

    async def run(self) -> None:
        self.began.set()
        if self._falls:
            raise RuntimeError("fell over")
        await self._stop.wait()

    def stop(self) -> None:
        if self.obeys:
            self._stop.set()

    async def abandon(self) -> None:
        self.abandoned = True
        self._stop.set()


def one_after_another(*runs: Going) -> Callable[[], Going]:
    rest = iter(runs)
    return lambda: next(rest)


async def test_a_part_that_falls_over_is_begun_again():
    mended = Going()
    part = Part("worker", one_after_another(Going(falls=True), Going(falls=True), mended), AT_ONCE)
    running = asyncio.create_task(part.run())
    await mended.began.wait()

    assert (part.health.state, part.health.failures) == (PartState.RUNNING, 2)
    part.stop()
    await running
    assert part.health.state is PartState.STOPPED


async def test_what_takes_a_while_to_begin_says_so():
    class Beginning(Going):
        is_starting = True

    part = Part("worker", one_after_another(beginning := Beginning()))
    running = asyncio.create_task(part.run())
    await beginning.began.wait()
    assert part.health.state is PartState.STARTING
    beginning.is_starting = False
    assert part.health.state is PartState.RUNNING
    part.stop()
    await running
    beginning.is_starting = True
    assert part.health.state is PartState.STOPPED


async def test_a_part_that_cannot_even_be_made_again_is_tried_again_later():
    mended = Going()
    made = iter([Going(falls=True), OSError("no disk"), mended])

    def new() -> Going:
        one = next(made)
        if isinstance(one, OSError):
            raise one
        return one

    part = Part("worker", new, AT_ONCE)
    running = asyncio.create_task(part.run())
    await mended.began.wait()
    assert part.health.failures == 2
    part.stop()
    await running


async def test_what_cannot_be_made_the_first_time_is_the_callers_to_see():
    def new() -> Going:
        raise ValueError("a setting makes no sense")

    with pytest.raises(ValueError, match="makes no sense"):
        Part("worker", new)


async def test_a_part_that_rests_after_a_fall_ends_at_once_when_it_is_stopped():
    resting = asyncio.Event()

    class Never(Pauses):
        def after(self, failures: int) -> float:
            resting.set()
            return 3600

    part = Part("worker", one_after_another(Going(falls=True)), Never())
    running = asyncio.create_task(part.run())
    await resting.wait()
    assert part.health.state is PartState.RESTARTING

    part.stop()
    await asyncio.wait_for(running, 60)
    assert part.health.state is PartState.STOPPED


def test_each_pause_is_twice_the_one_before_up_to_the_longest():
    pauses = Pauses(first=1, longest=60)
    assert [pauses.after(failures) for failures in (1, 2, 3, 7, 10_000)] == [1, 2, 4, 60, 60]


async def test_what_has_not_ended_in_time_is_given_back():
    going, slow = Going(), Going()
    slow.obeys = False
    parts = [Part("watcher", lambda: going), Part("worker", lambda: slow)]
    running = asyncio.gather(*(part.run() for part in parts))
    await going.began.wait()
    await slow.began.wait()

    await asyncio.wait_for(stopped(parts, running, within=0.01), 60)
    assert slow.abandoned
    assert {part.health.state for part in parts} == {PartState.STOPPED}
