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

    async def stays():
        async with asyncio.timeout(10):
            while not gc.isenabled():
                await asyncio.sleep(0)
        return gc.get_freeze_count()

    assert running.run(stays(), signals=False) > 0
