"""Turns at writing, where one writes at a time."""

import asyncio

import pytest

from kodit.domain.errors import Conflict
from kodit.infrastructure.sql.write_turns import WriteTurns


async def take(turns):
    async with turns.next():
        pass


async def test_a_task_that_a_unit_of_work_waits_for_is_refused_and_does_not_wait_for_ever():
    lock = asyncio.Lock()
    turns = WriteTurns(lambda: lock, patience_seconds=0.01)

    async with asyncio.timeout(10), turns.next():
        with pytest.raises(Conflict):
            await asyncio.create_task(take(turns))

    assert not lock.locked()
    await take(turns)


async def test_a_task_that_was_started_within_a_turn_waits_for_others_for_as_long_as_it_takes():
    lock, patience = asyncio.Lock(), 0.01
    turns = WriteTurns(lambda: lock, patience_seconds=patience)

    async with turns.next():
        child = asyncio.create_task(take(turns))
    async with lock:
        done, _ = await asyncio.wait({child}, timeout=5 * patience)
        assert not done

    async with asyncio.timeout(10):
        await child


async def test_a_turn_that_is_given_up_while_waiting_keeps_nobody_from_theirs():
    lock = asyncio.Lock()
    turns = WriteTurns(lambda: lock)

    async with turns.next():
        child = asyncio.create_task(take(turns))
        await asyncio.sleep(0)
        child.cancel()
        await asyncio.gather(child, return_exceptions=True)

    async with asyncio.timeout(10):
        await take(turns)
