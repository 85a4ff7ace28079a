"""`kodit serve`: everything composed, begun, and ended in good order."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from kodit.application.serving.health import Health, PartHealth, PartState
from kodit.application.serving.parts import Part, stopped
from kodit.application.serving.queue_history import QueueHistory
from kodit.bootstrap import open_kodit
from kodit.interfaces.cli.programs import Ready, Serving
from kodit.interfaces.gate.rules import gate_rules, must_have_keys
from kodit.serving.composition import Going, composed
from kodit.serving.listening import listening_socket, url_of
from kodit.serving.streams import EndingStreams
from kodit.serving.web_server import WebServer
from kodit.serving.worker_process import WorkerProcess

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.settings import Settings

PARTS = ("page", "mcp", "worker", "scheduler", "watch")
"""What a server may do, by the names that its health has for it."""


async def serve(settings: "Settings", asked_to_stop: asyncio.Event, ready: Ready) -> None:
    """Serve until asked to stop, then drain: what is being answered is answered, what is in hand may end.

    Both have `drain_seconds`. Raises Refused for an address that cannot be listened at and for a server that nobody
    could use, InvalidInput for rules that make no sense, and as `open_kodit`.
    """
    rules = gate_rules(settings)
    # Bound before anything else, as the database may have much to bring up to date.
    with listening_socket(settings.host, settings.port) as bound:
        async with await open_kodit(settings=settings) as engine:
            await must_have_keys(rules, engine.access())
            await engine.freshness().add_wanted()
            await Server(engine, settings).run(bound, asked_to_stop, ready)


class Server:
    """One server over an open engine: its parts, and what answers requests."""

    def __init__(self, engine: "Kodit", settings: "Settings") -> None:
        self._engine = engine
        self._settings = settings
        self._begun = asyncio.Event()
        self._draining = False
        self._history = QueueHistory(engine.overview.statistics)
        self._parts = self._switched_on()

    async def health(self) -> Health:
        """See `LookAtHealth`."""
        fault = await self._engine.condition.database_fault()
        return Health(draining=self._draining, database=fault, parts=self._health_of_parts())

    async def run(self, bound: socket.socket, asked_to_stop: asyncio.Event, ready: Ready) -> None:
        """Answer at a socket and keep the parts going until asked to stop, then drain."""
        seconds = self._settings.drain_seconds

        def told() -> None:
            self._begun.set()
            ready(Serving(url=url_of(bound, self._settings.host), parts=self._health_of_parts()))

        async with AsyncExitStack() as running:
            application = EndingStreams(
                await composed(self._engine, self._settings, Going(self._begun, self.health, self._history), running)
            )
            web_server = WebServer(application, ready=told, drain_seconds=seconds)
            answering = asyncio.ensure_future(web_server.listen(bound))
            working = asyncio.ensure_future(self._work())
            stopping = asyncio.ensure_future(asked_to_stop.wait())
            try:
                await asyncio.wait({answering, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stopping.cancel()
                self._draining = True
                self._begun.set()
                application.end()
                web_server.drain()
                await asyncio.gather(answering, stopped(self._parts, working, within=seconds))

    async def _work(self) -> None:
        """Keep the parts going, from the moment on that requests are answered, and no sooner: they take their time."""
        await self._begun.wait()
        if not self._draining:
            await asyncio.gather(*(part.run() for part in self._parts))

    def _health_of_parts(self) -> Sequence[PartHealth]:
        on = {part.health.name: part.health for part in self._parts}
        if self._settings.mcp_enabled:
            # It answers until the last request is answered.
            on["mcp"] = PartHealth(name="mcp", state=PartState.RUNNING)
        return [on.get(name, PartHealth(name=name, state=PartState.OFF)) for name in PARTS]

    def _switched_on(self) -> Sequence[Part]:
        parts = []
        if self._settings.web_enabled:
            parts.append(Part("page", lambda: self._history))
        if self._settings.worker_enabled:
            parts.append(Part("worker", lambda: WorkerProcess(self._settings, self._engine.condition.attempted)))
        if self._settings.scheduler_enabled:
            parts.append(Part("scheduler", self._engine.freshness().scheduler))
        if self._settings.watch_enabled:
            parts.append(Part("watch", self._engine.freshness().watching))
        return parts
