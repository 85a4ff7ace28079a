"""A run on a server, looked at until it ends, and what came of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from kodit.application.following import Watcher, is_worked_on, place_of
from kodit.application.reports import IndexReport, RunProgress, SourceDetails
from kodit.domain.errors import Refused, TransientError
from kodit.domain.tasks.run import LIVE_RUNS, Run
from kodit.infrastructure.remote.connection import Connection
from kodit.infrastructure.remote.queue import RemoteOverview

FOLLOW_SECONDS = 0.5
"""How often a run is looked at while somebody waits for it."""
PATIENCE_SECONDS = 30.0
"""How long a server may be away meanwhile: as long as a restart takes, behind a proxy too."""


async def report_of(
    connection: Connection, run: Run, *, already: bool, wait: bool, watch: Watcher | None
) -> IndexReport:
    """What came of a run that was queued on a server, as `WorkingOff.index` reports it; raises as `followed`.

    It was there `already` where somebody had asked for it before.
    """
    started = time.monotonic()
    async for progress in followed(lambda: connection.get(RunProgress, "runs", str(run.id))):
        if not wait:
            break
        if watch is not None:
            watch(progress)
    details = await connection.get(SourceDetails, "sources", progress.source.name)
    return IndexReport(
        progress=progress,
        counts=progress.run.counts,
        files=details.files,
        elsewhere=progress.run.state not in LIVE_RUNS or await _is_worked_on(connection, progress),
        took_seconds=time.monotonic() - started,
        already=already,
    )


async def _is_worked_on(connection: Connection, progress: RunProgress) -> bool:
    """Whether the server's queue has a worker for the run; who may not know is told that it has."""
    try:
        return is_worked_on(await RemoteOverview(connection).statistics(), place_of(progress))
    except Refused:
        return True


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
