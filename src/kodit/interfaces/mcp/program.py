"""`kodit mcp`: one assistant, over stdin and stdout."""

import asyncio
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

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.tasks.worker import IndexingWorkerService
    from kodit.settings import Settings

_LOG = structlog.get_logger(__name__)


async def speak(settings: "Settings", asked_to_stop: asyncio.Event) -> None:
    """Answer until the client is gone, or until asked to stop. Raises as `open_kodit`."""
    async with await open_kodit(settings=settings) as engine:
        worker = SessionWorker(engine, enabled=settings.worker_enabled)
        speaking = server(lambda _: ServingApplicationService(engine, LOCAL), now=now, work=worker.begin)
        async with standard_streams() as (read, write):
            options = speaking.create_initialization_options()
            answering = asyncio.ensure_future(speaking.run(read, write, options))
            resuming = asyncio.ensure_future(worker.resume())
            stopping = asyncio.ensure_future(asked_to_stop.wait())
            try:
                await asyncio.wait({answering, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for begun in (answering, resuming, stopping):
                    begun.cancel()
                await worker.end()
                await asyncio.gather(answering, resuming, stopping, return_exceptions=True)


class SessionWorker:
    """A worker for as long as an assistant is there, begun when there is work and nobody else is at it."""

    def __init__(self, engine: "Kodit", *, enabled: bool) -> None:
        self._engine = engine
        self._enabled = enabled
        self._service: IndexingWorkerService | None = None
        self._working: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """See to it that somebody works, if that is wanted."""
        if not self._enabled or (self._working is not None and not self._working.done()):
            return
        if self._engine.presence.alive():
            return
        self._service = self._engine.worker()
        self._working = asyncio.create_task(self._service.run())
        self._working.add_done_callback(_look_at)

    async def resume(self) -> None:
        """Begin if an earlier session has left work behind."""
        try:
            if any(row.state in UNDER_WAY for row in await self._engine.sources()):
                await self.begin()
        except KoditError as error:
            _LOG.warning("what is left to do could not be seen", error=str(error))

    async def end(self) -> None:
        """Give back what is in hand, unharmed, for the next worker."""
        if self._service is None or self._working is None:
            return
        if not self._working.done():
            await self._service.abandon()
        await asyncio.gather(self._working, return_exceptions=True)


def _look_at(working: "asyncio.Task[None]") -> None:
    """What a worker fell over stands in the log; the next call begins another."""
    if not working.cancelled() and (error := working.exception()) is not None:
        _LOG.error("the worker fell over", exc_info=error)
