"""`kodit mcp`: one assistant, over stdin and stdout."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from kodit.application.serving.freshness import UNDER_WAY
from kodit.application.serving.serving_application_service import ServingApplicationService
from kodit.bootstrap import open_kodit
from kodit.domain.access.caller import LOCAL
from kodit.domain.errors import KoditError
from kodit.infrastructure.clock import now
from kodit.interfaces.mcp.server import server
from kodit.interfaces.mcp.standard_streams import standard_streams
from kodit.serving.worker_process import WorkerProcess

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.settings import Settings

_LOG = structlog.get_logger(__name__)


async def speak(settings: "Settings", asked_to_stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Answer until the client is gone, or until asked to stop, and tell when that begins. Raises as `open_kodit`."""
    async with await open_kodit(settings=settings) as engine:
        worker = SessionWorker(engine, settings)
        speaking = server(lambda _: ServingApplicationService(engine, LOCAL), now=now, work=worker.begin)
        async with standard_streams() as (read, write):
            options = speaking.create_initialization_options()
            answering = asyncio.ensure_future(speaking.run(read, write, options))
            resuming = asyncio.ensure_future(worker.resume())
            stopping = asyncio.ensure_future(asked_to_stop.wait())
            ready()
            try:
                await asyncio.wait({answering, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for begun in (answering, resuming, stopping):
                    begun.cancel()
                await worker.end()
                await asyncio.gather(answering, resuming, stopping, return_exceptions=True)
                _look_at(answering, "the session fell over")


class SessionWorker:
    """A worker process for as long as an assistant is there, begun when there is work and nobody else is at it."""

    def __init__(self, engine: "Kodit", settings: "Settings") -> None:
        self._engine = engine
        self._settings = settings
        self._worker: WorkerProcess | None = None
        self._working: asyncio.Task[None] | None = None

    async def begin(self) -> bool:
        """See to it that somebody works, if that is wanted; tells whether somebody does, or is about to."""
        if not self._settings.worker_enabled:
            return False
        if (self._working is not None and not self._working.done()) or self._engine.presence.alive():
            return True
        # Nobody asks a session how many attempts have ended.
        self._worker = WorkerProcess(self._settings, lambda _: None)
        self._working = asyncio.create_task(self._worker.run())
        self._working.add_done_callback(lambda working: _look_at(working, "the worker fell over"))
        return True

    async def resume(self) -> None:
        """Begin if an earlier session has left work behind."""
        try:
            if any(row.state in UNDER_WAY for row in await self._engine.sources()):
                await self.begin()
        except KoditError as error:
            _LOG.warning("what is left to do could not be seen", error=str(error))

    async def end(self) -> None:
        """Have what is in hand given back, unharmed, for the next worker."""
        if self._worker is None or self._working is None:
            return
        await self._worker.abandon()
        await asyncio.gather(self._working, return_exceptions=True)


def _look_at(ended: "asyncio.Future[None]", what: str) -> None:
    """What something fell over stands in the log; an assistant's next call begins another worker."""
    if not ended.cancelled() and (error := ended.exception()) is not None:
        _LOG.error(what, exc_info=error)
