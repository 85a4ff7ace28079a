"""One piece of work runs while the next is prepared."""

import asyncio

import pytest

from kodit.application.indexing.trailing import Trailing


class Recorder:
    """Work that waits until it is let go, and tells what began and ended."""

    def __init__(self):
        self.told = []
        self.gates = {}
        self.begun = asyncio.Event()

    async def work(self, name, failure=None):
        self.told.append(f"{name} begins")
        self.begun.set()
        gate = self.gates.setdefault(name, asyncio.Event())
        try:
            await gate.wait()
        except asyncio.CancelledError:
            self.told.append(f"{name} cancelled")
            raise
        if failure is not None:
            raise failure
        self.told.append(f"{name} ends")

    def let_go(self, *names):
        for name in names:
            self.gates.setdefault(name, asyncio.Event()).set()


@pytest.fixture
def recorder():
    return Recorder()


async def test_what_is_given_runs_while_the_caller_goes_on(recorder):
    async with Trailing() as trailing:
        await trailing.give(recorder.work("a"))
        await recorder.begun.wait()
        recorder.told.append("meanwhile")
        recorder.let_go("a")
    assert recorder.told == ["a begins", "meanwhile", "a ends"]


async def test_pieces_run_one_after_the_other_and_the_block_waits_for_the_last(recorder):
    recorder.let_go("a", "b", "c")
    async with Trailing() as trailing:
        for name in "abc":
            await trailing.give(recorder.work(name))
    assert recorder.told == ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]


async def test_an_error_is_raised_where_the_next_is_given_and_the_next_never_begins(recorder):
    async def failing():
        async with Trailing() as trailing:
            await trailing.give(recorder.work("a", ValueError("disk")))
            await trailing.give(recorder.work("b"))

    recorder.let_go("a")
    with pytest.raises(ValueError, match="disk"):
        await failing()
    assert recorder.told == ["a begins"]


async def test_an_error_of_the_last_piece_is_raised_at_the_end_of_the_block(recorder):
    recorder.let_go("a")
    with pytest.raises(ValueError, match="disk"):
        async with Trailing() as trailing:
            await trailing.give(recorder.work("a", ValueError("disk")))


async def test_a_block_that_raises_cancels_what_runs_and_waits_for_it(recorder):
    async def failing():
        async with Trailing() as trailing:
            await trailing.give(recorder.work("a"))
            await recorder.begun.wait()
            raise KeyError

    with pytest.raises(KeyError):
        await failing()
    assert recorder.told == ["a begins", "a cancelled"]


async def test_a_cancelled_caller_leaves_nothing_running(recorder):
    async def caller():
        async with Trailing() as trailing:
            await trailing.give(recorder.work("a"))
            await trailing.give(recorder.work("b"))

    running = asyncio.create_task(caller())
    await recorder.begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert recorder.told == ["a begins", "a cancelled"]
