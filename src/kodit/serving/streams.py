"""Streams that nobody would end: closed when the server drains, so that they don't hold it up."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

EVENTS = b"text/event-stream"


class EndingStreams:
    """Ends every stream of events that a GET has opened when the server drains; whoever reads it comes back later.

    The answer to a POST may be such a stream too; that one is an answer in the making, and is waited for.
    """

    def __init__(self, inner: Application) -> None:
        self._inner = inner
        self._open: set[asyncio.Task[Any]] = set()
        self._ended: set[asyncio.Task[Any]] = set()
        self._draining = False

    def end(self) -> None:
        """End what is open, and what will be opened from now on."""
        self._draining = True
        for task in tuple(self._open):
            self._end(task)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        task = asyncio.current_task()
        if scope["type"] != "http" or scope["method"] != "GET" or task is None:
            await self._inner(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start" and _is_events(message):
                self._open.add(task)
                if self._draining:
                    self._end(task)

        try:
            await self._inner(scope, receive, sent)
        except asyncio.CancelledError:
            if task not in self._ended:
                raise
            task.uncancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._open.discard(task)
            self._ended.discard(task)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._ended.add(task)
        task.cancel()


def _is_events(start: Message) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(EVENTS) for name, value in start.get("headers", ()))
