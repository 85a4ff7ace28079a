"""A run's way as Server-Sent Events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable

from kodit.application.reports import RunProgress
from kodit.domain.access.caller import Caller
from kodit.domain.errors import NotFound, Refused, TransientError
from kodit.domain.tasks.run import LIVE_RUNS
from kodit.interfaces.http.answers import written
from kodit.interfaces.http.tellable import tellable

LOOK_SECONDS = 0.3
"""How often the run is looked at. Steps are written down about as often."""
QUIET_LOOKS = 50
"""After how many looks without news a comment is sent, so that nobody between takes the stream for dead."""
RETRY_MS = 2000
"""After how many milliseconds a client that was cut off comes back."""
_END = "end-"

Look = Callable[[], Awaitable[RunProgress]]


def is_over(progress: RunProgress, last_event_id: str) -> bool:
    """Whether a client that comes back has been told all, to the end."""
    return last_event_id.startswith(_END) and progress.run.state not in LIVE_RUNS


async def events_of(look: Look, first: RunProgress, caller: Caller, last_id: str | None) -> AsyncIterator[bytes]:
    """What is sent, beginning with `first` unless the client has just that, until the run is over or gone."""
    yield f"retry: {RETRY_MS}\n\n".encode()
    progress: RunProgress | None = first
    quiet = 0
    while progress is not None:
        body = written(tellable(progress, caller))
        event_id = hashlib.blake2b(body, digest_size=8).hexdigest()
        if event_id != last_id:
            yield _event("progress", event_id, body)
            last_id, quiet = event_id, 0
        if progress.run.state not in LIVE_RUNS:
            yield _event("end", f"{_END}{event_id}", body)
            return
        quiet += 1
        if quiet % QUIET_LOOKS == 0:
            yield b": nothing new\n\n"
        progress = await _next(look, progress)


async def _next(look: Look, before: RunProgress) -> RunProgress | None:
    """The next look; None when there is nothing to look at any more, or not for this caller, which ends the stream."""
    await asyncio.sleep(LOOK_SECONDS)
    try:
        return await look()
    except TransientError:
        return before
    except (NotFound, Refused):
        return None


def _event(name: str, event_id: str, body: bytes) -> bytes:
    return b"".join((f"id: {event_id}\nevent: {name}\ndata: ".encode(), body, b"\n\n"))
