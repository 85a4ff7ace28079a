"""A run on a server, looked at until it ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from kodit.application.reports import RunProgress
from kodit.domain.errors import TransientError
from kodit.domain.tasks.run import LIVE_RUNS

FOLLOW_SECONDS = 0.5
"""How often a run is looked at while somebody waits for it."""
PATIENCE_SECONDS = 30.0
"""How long a server may be away meanwhile: as long as a restart takes, behind a proxy too."""


async def followed(look: Callable[[], Awaitable[RunProgress]]) -> AsyncIterator[RunProgress]:
    """What each look at a run tells, until it has ended or somebody holds it back.

    Raises what the first look raises; later ones are made again while trying again can help, and as long as patience
    lasts.
    """
    progress = await look()
    yield progress
    while progress.run.state in LIVE_RUNS and progress.pauses is None:
        await asyncio.sleep(FOLLOW_SECONDS)
        progress = await _patiently(look)
        yield progress


async def _patiently(look: Callable[[], Awaitable[RunProgress]]) -> RunProgress:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await look()
        except TransientError:
            if time.monotonic() >= until:
                raise
        await asyncio.sleep(FOLLOW_SECONDS)
