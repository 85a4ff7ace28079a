"""Metrics over HTTP, served by the event loop itself: an idle server costs nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry

from kodit.application.tasks.statistics import QueueStatistics
from kodit.domain.errors import KoditError, Refused
from kodit.infrastructure.telemetry.metrics import exposition

PATH = "/metrics"
SECONDS = 10
"""What one request may take, the question to the queue included. Prometheus gives up after as long by default."""

Ask = Callable[[], Awaitable[QueueStatistics]]
"""Gives the queue in numbers; asked anew for each request."""


class MetricsServer:
    """Answers `GET /metrics` with a registry and the queue's numbers, and each connection once."""

    def __init__(self, registry: CollectorRegistry, ask: Ask) -> None:
        self._registry = registry
        self._ask = ask
        self._answering: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def at(self, host: str, port: int) -> AsyncIterator[str]:
        """Serve while the block runs, and give the URL; port 0 is any that is free. Raises Refused."""
        try:
            server = await asyncio.start_server(self._connected, host, port)
        except OSError as error:
            raise Refused(
                f"metrics cannot be served at {host}:{port}: {error.strerror}",
                remedy="choose another place with --metrics-host and --metrics-port",
            ) from error
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{server.sockets[0].getsockname()[1]}{PATH}"
        finally:
            server.close()
            for answering in tuple(self._answering):
                answering.cancel()
            await asyncio.gather(*self._answering, return_exceptions=True)
            await server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering = asyncio.create_task(self._answer(reader, writer))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        given_up = (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError)
        try:
            with suppress(*given_up):
                async with asyncio.timeout(SECONDS):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(await self._reply(head.decode("latin-1").split("\r\n", 1)[0]))
                    await writer.drain()
        finally:
            writer.close()

    async def _reply(self, request_line: str) -> bytes:
        status, text = HTTPStatus.BAD_REQUEST, ""
        match request_line.split(" "):
            case ["GET", target, _] if target.partition("?")[0] == PATH:
                status, text = HTTPStatus.OK, exposition(await self._queue(), self._registry)
            case ["GET", _, _]:
                status = HTTPStatus.NOT_FOUND
            case [_, _, _]:
                status = HTTPStatus.METHOD_NOT_ALLOWED
        body = (text or f"{status.phrase}; GET {PATH}\n").encode()
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}",
            f"Content-Type: {CONTENT_TYPE_LATEST if text else 'text/plain; charset=utf-8'}",
            f"Content-Length: {len(body)}",
            "Connection: close",
        )
        return "\r\n".join([*head, "", ""]).encode() + body

    async def _queue(self) -> QueueStatistics | None:
        try:
            return await self._ask()
        except KoditError:
            return None
