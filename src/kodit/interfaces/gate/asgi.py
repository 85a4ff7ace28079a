"""ASGI as the gate sees it: what an application is, and how a short answer is given."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

from kodit.application.serving.problem import KINDS, PROBLEM, problem, problem_of
from kodit.application.serving.statuses import status_of
from kodit.domain.errors import TransientError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Pairs = Iterable[tuple[bytes, bytes]]

_KINDS = {401: "Refused", 403: "Refused", 421: "Refused", 429: "RateLimited"}
"""Which of kodit's errors a client is told of; anything else is wrong with what it has sent."""

SOON_SECONDS = "1"
"""When it is worth to ask again where the database was busy or away."""


class TurnedAway(Exception):
    """A request goes no further: with which status, why, and what can be done about it."""

    def __init__(
        self, status: int, detail: str, *, remedy: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.remedy = remedy
        self.headers = headers or {}


class Headers:
    """What stands in the head of a request. Names are in lower case, as ASGI has them."""

    def __init__(self, pairs: Pairs) -> None:
        self._values: dict[bytes, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name.lower(), []).append(value.decode("latin-1"))

    def all(self, name: bytes) -> list[str]:
        """Every value, in order."""
        return self._values.get(name, [])

    def only(self, name: bytes) -> str | None:
        """The value; None for none, and for several, which two programs may read in two ways."""
        values = self.all(name)
        return values[0].strip() if len(values) == 1 else None


async def answer(send: Send, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
    """A whole answer at once."""
    given = [(b"content-length", b"%d" % len(body)), *((k.encode(), v.encode("latin-1")) for k, v in headers.items())]
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})


async def answer_problem(send: Send, error: Exception, request_id: str) -> None:
    """What went wrong, as a problem."""
    headers = {"content-type": PROBLEM}
    if isinstance(error, TurnedAway):
        kind = f"{KINDS}{_KINDS.get(error.status, 'InvalidInput')}"
        told = problem(error.status, error.detail, remedy=error.remedy, request_id=request_id, kind=kind)
        status, headers = error.status, {**headers, **error.headers}
    else:
        told, status = problem_of(error, request_id=request_id), status_of(error)
        headers |= {"retry-after": SOON_SECONDS} if isinstance(error, TransientError) else {}
    await answer(send, status, headers, json.dumps(told, ensure_ascii=False).encode())
