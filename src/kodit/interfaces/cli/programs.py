"""Programs that the command line starts and does not know: other protocols, which it may not import."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from kodit.application.serving.health import PartHealth
    from kodit.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A server that has begun to answer: where, and what else it does."""

    url: str
    parts: "Sequence[PartHealth]"


Ready = Callable[[Serving], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """What is started by name; each is imported, and has its log written, when it is called."""

    serve: "Callable[[Settings, asyncio.Event, Ready], Awaitable[None]]"
    """Serves until the event is set, and tells when it has begun."""
    speak: "Callable[[Settings, asyncio.Event, Callable[[], None]], Awaitable[None]]"
    """Answers an assistant over stdin and stdout until it is gone or the event is set, and tells when it has begun."""
