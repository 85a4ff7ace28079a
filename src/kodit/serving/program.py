"""`kodit serve`: everything composed, begun, and ended in good order."""

import asyncio
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kodit.application.serving.health import Health, PartHealth, PartState
from kodit.application.serving.parts import Part, stopped
from kodit.bootstrap import open_kodit
from kodit.interfaces.cli.programs import Ready, Serving
from kodit.serving.composition import composed
from kodit.serving.listening import listening_socket, url_of
from kodit.serving.streams import EndingStreams
from kodit.serving.web_server import WebServer

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.settings import Settings


async def serve(settings: "Settings", asked_to_stop: asyncio.Event, ready: Ready) -> None:
    """Serve until asked to stop, then drain: what is being answered is answered, what is in hand may end.

    Both have `drain_seconds`. Raises Refused for an address that cannot be listened at, and as `open_kodit`.
    """
    # Bound before anything else, as the database may have much to bring up to date.
    with listening_socket(settings.host, settings.port) as bound:
        async with await open_kodit(settings=settings) as engine:
            server = Server(engine, settings)
            await server.run(bound, asked_to_stop, ready)


class Server:
    """One server over an open engine: its parts, and what answers requests."""

    def __init__(self, engine: "Kodit", settings: "Settings") -> None:
        self._engine = engine
        self._settings = settings
        self._draining = False
        self._parts = _parts(engine, settings)
        self.application = EndingStreams(composed(engine, self.health))
        """What answers requests: an ASGI application."""

    async def health(self) -> Health:
        """See `LookAtHealth`."""
        fault = await self._engine.condition.database_fault()
        return Health(draining=self._draining, database=fault, parts=self._health_of_parts())

    async def run(self, bound: socket.socket, asked_to_stop: asyncio.Event, ready: Ready) -> None:
        """Answer at a socket and keep the parts going until asked to stop, then drain."""

        def begun() -> None:
            ready(Serving(url=url_of(bound, self._settings.host), parts=self._health_of_parts()))

        seconds = self._settings.drain_seconds
        web_server = WebServer(self.application, ready=begun, drain_seconds=seconds)
        answering = asyncio.ensure_future(web_server.listen(bound))
        working = asyncio.gather(*(part.run() for part in self._parts))
        stopping = asyncio.ensure_future(asked_to_stop.wait())
        try:
            await asyncio.wait({answering, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            self._draining = True
            self.application.end()
            web_server.drain()
            await asyncio.gather(answering, stopped(self._parts, working, within=seconds))

    def _health_of_parts(self) -> Sequence[PartHealth]:
        on = {part.health.name: part.health for part in self._parts}
        return [on.get(name, PartHealth(name=name, state=PartState.OFF)) for name in PARTS]


PARTS = ("worker",)


def _parts(engine: "Kodit", settings: "Settings") -> Sequence[Part]:
    return [Part("worker", engine.worker)] if settings.worker_enabled else []
