"""What answers assistants, got ready when the server answers others already: its library takes long to import."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from kodit.application.serving.service_of import ServiceOf
from kodit.infrastructure.clock import now
from kodit.serving.streams import Application, Receive, Scope, Send

if TYPE_CHECKING:
    from kodit.interfaces.mcp.app import Assistants

MODULE = "kodit.interfaces.mcp.app"


class Assisting:
    """Answers assistants while `running`; who comes before it is ready waits for it.

    It gets ready once the server has `begun`, whose own beginning would take longer otherwise.
    """

    def __init__(self, services: ServiceOf, begun: asyncio.Event) -> None:
        self._services = services
        self._begun = begun
        self._application: asyncio.Future[Application] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        application = await asyncio.shield(self._application)
        await application(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Get ready in time, and answer while the block runs."""
        # One task opens and closes it: what it holds belongs to the task that opened it.
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._over.set()
            self._begun.set()
            await task

    async def _run(self) -> None:
        await self._begun.wait()
        if self._over.is_set():
            return
        try:
            assistants: Assistants = (await asyncio.to_thread(import_module, MODULE)).assistants(
                self._services, now=now
            )
            async with assistants.lifespan():
                self._application.set_result(assistants.app)
                await self._over.wait()
        except Exception as error:
            if self._application.done():
                raise
            self._application.set_exception(error)
            # Nobody may ever ask.
            self._application.exception()
