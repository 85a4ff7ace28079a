"""Programs that stay have their garbage collected, though the commands that end at once have not."""

import asyncio
import gc

import pytest

from kodit.interfaces.cli import running


@pytest.fixture
def uncollected():
    """As every command begins."""
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("uncollected")
def test_whatever_stays_collects_garbage_after_a_while(monkeypatch):
    monkeypatch.setattr(running, "SETTLING_SECONDS", 0)

    collect_garbage, collected = running.collect_garbage, asyncio.Event()

    def collect():
        collect_garbage()
        collected.set()

    monkeypatch.setattr(running, "collect_garbage", collect)

    async def stays():
        async with asyncio.timeout(60):
            await collected.wait()
        return gc.isenabled(), gc.get_freeze_count()

    is_enabled, frozen = running.run(stays(), signals=False)
    assert is_enabled
    assert frozen > 0
