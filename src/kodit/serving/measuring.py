"""Every request watched: counted, timed, traced."""

from collections.abc import Collection

from kodit.application.condition import ObserveRequest
from kodit.serving.streams import Application, Message, Receive, Scope, Send

NOT_ANSWERED = 499
"""Counted for who went away before the answer began; no status of HTTP's, but what proxies call it since nginx."""
API = "/api/v1/"
OTHER = "page"
"""What requests are about that are about nothing else."""


class Measured:
    """Tells of each request what it is about: the part of its path behind the API's version, or the path's first part.

    `nouns` are the parts behind the version that there are, `first` the first parts; whoever asks for anything else
    makes no new word.
    """

    def __init__(
        self, inner: Application, observe: ObserveRequest, *, nouns: Collection[str], first: Collection[str]
    ) -> None:
        self._inner = inner
        self._observe = observe
        self._nouns = frozenset(nouns)
        self._first = {path.removeprefix("/") for path in first}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        head = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        with self._observe(scope["method"], self.about(scope["path"]), head) as answered:
            began = False

            async def sent(message: Message) -> None:
                nonlocal began
                if message["type"] == "http.response.start":
                    began = True
                    answered(message["status"])
                await send(message)

            try:
                await self._inner(scope, receive, sent)
            finally:
                if not began:
                    answered(NOT_ANSWERED)

    def about(self, path: str) -> str:
        """What a request is about, in one of a few words."""
        if path.startswith(API):
            noun = path[len(API) :].partition("/")[0]
            return noun if noun in self._nouns else "unknown"
        first = path[1:].partition("/")[0]
        return first if first in self._first else OTHER
