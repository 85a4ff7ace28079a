"""HTTP on a socket, by uvicorn, which this program starts and stops and whose log lines it writes."""

import contextlib
import math
import socket
from collections.abc import Callable, Iterator

import uvicorn

from kodit.serving.connection import Connection
from kodit.serving.streams import Application

IDLE_SECONDS = 15
"""How long a connection is kept on which nobody asks: longer than a page's script pauses, shorter than a proxy's."""
HEAD_BYTES = 32_768
"""What the head of a request may be long; a bearer key and the longest query fit many times."""

MOST_CONNECTIONS = 800
"""Who comes beyond these is answered 503: a process may have 1,024 files open where nobody has said otherwise."""


class WebServer(uvicorn.Server):
    """Listens until `drain`. Signals are the program's, not its own."""

    def __init__(self, application: Application, *, ready: Callable[[], None], drain_seconds: float) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                http=Connection,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=IDLE_SECONDS,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=max(1, math.ceil(drain_seconds)),
                h11_max_incomplete_event_size=HEAD_BYTES,
            )
        )
        self._ready = ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and tell so."""
        await super().startup(sockets)
        self._ready()

    async def listen(self, bound: socket.socket) -> None:
        """Answer what comes, until `drain`; what is being answered then is answered."""
        await self.serve(sockets=[bound])

    def drain(self) -> None:
        """Accept nothing more."""
        self.should_exit = True
