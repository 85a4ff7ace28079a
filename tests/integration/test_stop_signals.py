"""Signals that ask a program to stop, where several of its parts listen and it has handlers of its own."""

import asyncio
import signal
from contextlib import ExitStack

import pytest
from own_program import SINGLE, Job
from own_steps import soon

import kodit
from kodit.infrastructure.processes.signals import stop_signals

pytestmark = pytest.mark.needs("signals")
BOTH = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def program():
    """What the program itself hears, by `signal.signal`: were it not for that, a broken promise would end the tests."""
    heard = []
    before = {number: signal.signal(number, lambda received, _frame: heard.append(received)) for number in BOTH}
    yield heard
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def told():
    """By whom a signal was heard, one `stop` after the other."""
    return []


async def heard_all(told, expected):
    async with asyncio.timeout(60):
        while sorted(told) != expected:
            await asyncio.sleep(0)


@pytest.mark.parametrize("number", BOTH)
async def test_all_who_listen_are_told_of_the_first_signal_and_the_program_hears_the_second(program, told, number):
    with stop_signals(lambda: told.append("first")), stop_signals(lambda: told.append("second")):
        signal.raise_signal(number)
        await heard_all(told, ["first", "second"])
        assert program == []
        signal.raise_signal(number)

    assert program == [number]
    assert told == ["first", "second"]


async def test_who_leaves_first_leaves_the_others_listening(program, told):
    with stop_signals(lambda: told.append("stays")):
        with stop_signals(lambda: told.append("left")):
            pass
        signal.raise_signal(signal.SIGTERM)
        await heard_all(told, ["stays"])

    assert program == []


async def test_who_came_first_may_leave_first(program, told):
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(stop_signals(lambda: told.append("left")))
        second.enter_context(stop_signals(lambda: told.append("stays")))
        first.close()
        signal.raise_signal(signal.SIGTERM)
        await heard_all(told, ["stays"])

    signal.raise_signal(signal.SIGTERM)
    assert program == [signal.SIGTERM]


async def test_who_begins_to_listen_after_a_signal_hears_the_next(program, told):
    with stop_signals(lambda: told.append("old")):
        signal.raise_signal(signal.SIGTERM)
        await heard_all(told, ["old"])
        with stop_signals(lambda: told.append("young")):
            signal.raise_signal(signal.SIGTERM)
            await heard_all(told, ["old", "young"])

    assert program == []


async def test_a_handler_of_the_programs_loop_hears_signals_meanwhile_and_afterwards(told):
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.append, "program")
    try:
        with stop_signals(lambda: told.append("kodit")):
            signal.raise_signal(signal.SIGTERM)
            await heard_all(told, ["kodit", "program"])
        signal.raise_signal(signal.SIGTERM)
        await heard_all(told, ["kodit", "program", "program"])
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


async def test_a_handler_that_the_programs_loop_is_given_meanwhile_has_the_signal_to_itself(program, told):
    loop = asyncio.get_running_loop()
    with stop_signals(lambda: told.append("kodit")):
        loop.add_signal_handler(signal.SIGTERM, told.append, "program")
        try:
            signal.raise_signal(signal.SIGTERM)
            await heard_all(told, ["program"])
        finally:
            loop.remove_signal_handler(signal.SIGTERM)

    assert (program, told) == ([], ["program"])


async def test_a_handler_that_the_program_sets_meanwhile_stays(program, told):
    later = []
    with stop_signals(lambda: told.append("kodit")):
        signal.signal(signal.SIGTERM, lambda number, _frame: later.append(number))
    signal.raise_signal(signal.SIGTERM)

    assert (program, later) == ([], [signal.SIGTERM])


async def test_who_puts_our_handler_back_when_nobody_listens_gives_the_signal_to_the_program(program, told):
    with stop_signals(lambda: told.append("kodit")):
        ours = signal.getsignal(signal.SIGTERM)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, ours)
    signal.raise_signal(signal.SIGTERM)

    assert (program, told) == ([signal.SIGTERM], [])


async def test_a_program_that_works_twice_at_once_is_stopped_by_one_signal(tmp_path, monkeypatch):
    monkeypatch.setenv("KODIT_DATA_DIR", str(tmp_path / "data"))
    both = asyncio.Barrier(3)

    async def meet(_work):
        await both.wait()

    async with kodit.open_queue(f"sqlite:///{tmp_path / 'jobs.db'}") as queue:
        await queue.enqueue_all(SINGLE, {"1": {}, "2": {}})
        working = [asyncio.create_task(queue.work({Job.RESIZE: meet}, slots=1)) for _ in range(2)]
        await soon(both.wait())
        signal.raise_signal(signal.SIGTERM)

        await soon(asyncio.gather(*working))


async def test_work_without_signals_leaves_them_to_the_program(program, tmp_path, monkeypatch):
    monkeypatch.setenv("KODIT_DATA_DIR", str(tmp_path / "data"))
    begun = asyncio.Event()

    async def begin(_work):
        begun.set()

    async with kodit.open_queue(f"sqlite:///{tmp_path / 'jobs.db'}") as queue:
        await queue.enqueue(SINGLE, dedup_key="1")
        working = asyncio.create_task(queue.work({Job.RESIZE: begin}, signals=False))
        await soon(begun.wait())
        signal.raise_signal(signal.SIGTERM)
        assert program == [signal.SIGTERM]
        queue.stop()
        await soon(working)
