"""How much one caller may send, and how often."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from kodit.domain.access.bucket import Bucket
from kodit.interfaces.gate.asgi import Message, Receive, TurnedAway

BODY_SECONDS = 60
"""How long the body of a request may take to arrive, so that nobody holds a place by sending slowly."""
MOST = 10_000
"""Callers that are remembered. Who has not asked for longest is forgotten first: their bucket is most likely full."""


class Buckets:
    """How often each caller has asked, in the memory of this process: several servers count each for itself."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def draw(self, caller: str, per_minute: float, *, cost: float = 1) -> None:
        """Count a request. Raises TurnedAway when it comes too soon."""
        now = self._seconds()
        bucket = self._buckets.pop(caller, None) or Bucket.full(per_minute, now)
        self._buckets[caller], wait = bucket.drawn(cost, per_minute=per_minute, seconds=now)
        if len(self._buckets) > MOST:
            self._buckets.popitem(last=False)
        if wait:
            raise TurnedAway(
                429,
                f"at most {per_minute:,.0f} requests a minute are answered",
                remedy="ask again after the time in Retry-After",
                headers={"retry-after": str(int(wait) + 1)},
            )


class BodyLimit:
    """The body of one request, as long as it is neither too long nor too slow.

    What it is told of is a client that has gone, which every application can cope with; `fault` says what was wrong.
    """

    def __init__(self, receive: Receive, most: int, *, seconds: float = BODY_SECONDS) -> None:
        self._receive = receive
        self._most = most
        self._until = asyncio.get_running_loop().time() + seconds
        self._got = 0
        self._whole = False
        self.fault: TurnedAway | None = None

    async def receive(self) -> Message:
        """The next part of the body."""
        if self.fault is not None:
            return {"type": "http.disconnect"}
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            return self._ended(TurnedAway(408, "the body took too long to arrive", headers={"connection": "close"}))
        self._got += len(message.get("body", b""))
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        return self._ended(too_long(self._most)) if self._most and self._got > self._most else message

    def _ended(self, fault: TurnedAway) -> Message:
        self.fault = fault
        return {"type": "http.disconnect"}


def too_long(most: int) -> TurnedAway:
    """Why a body is not read. The connection is closed, as the rest of it is still to come."""
    return TurnedAway(
        413,
        f"the body is longer than {most:,} bytes",
        remedy="send less at a time, or raise KODIT_BODY_KILOBYTES where the server runs",
        headers={"connection": "close"},
    )
