"""What a server does beside answering, kept going: workers, the scheduler, the watching of directories."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import structlog

from kodit.application.serving.health import PartHealth, PartState

PAUSE = 1.0
"""Seconds before a part that fell over is begun again; doubled each time until LONGEST."""
LONGEST = 60.0
STEADY = 300.0
"""Seconds after which a part that runs counts as mended: the next pause is short again."""


class Runs(Protocol):
    """What runs until it is asked to stop."""

    async def run(self) -> None:
        """Run until `stop`."""

    def stop(self) -> None:
        """Begin nothing more; `run` returns when what was begun has ended."""

    async def abandon(self) -> None:
        """Stop, and give back what was begun without waiting for it."""


@runtime_checkable
class Starts(Protocol):
    """What runs, and takes a while before it does."""

    @property
    def is_starting(self) -> bool:
        """Whether it does not do yet what it is for."""


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long a part rests that fell over, in seconds."""

    first: float = PAUSE
    longest: float = LONGEST
    steady: float = STEADY

    def after(self, failures: int) -> float:
        """The pause after so many failures in a row, of which there is at least one."""
        return min(self.first * 2.0 ** min(failures - 1, 32), self.longest)


class Part:
    """One part, begun again whenever it falls over.

    It never ends the server: what is stored can be asked for all the same. What it fell over stands in the log.
    """

    def __init__(self, name: str, new: Callable[[], Runs], pauses: Pauses = Pauses()) -> None:
        """`new` makes the part anew; what it raises the first time is the caller's to see."""
        self._name = name
        self._new = new
        self._pauses = pauses
        self._current = new()
        self._stop = asyncio.Event()
        self._failures = 0
        self._in_a_row = 0
        self._state = PartState.RUNNING
        self._log = structlog.get_logger(__name__).bind(part=name)

    @property
    def health(self) -> PartHealth:
        """What it is doing."""
        state = self._state
        if state is PartState.RUNNING and isinstance(self._current, Starts) and self._current.is_starting:
            state = PartState.STARTING
        return PartHealth(name=self._name, state=state, failures=self._failures)

    async def run(self) -> None:
        """Run until `stop`."""
        while not self._stop.is_set():
            self._state = PartState.RUNNING
            began = asyncio.get_running_loop().time()
            try:
                if self._failures:
                    self._current = self._new()
                await self._current.run()
                break
            except Exception as error:  # noqa: BLE001 - whatever it is, the server goes on
                await self._fallen(error, asyncio.get_running_loop().time() - began)
        self._state = PartState.STOPPED

    def stop(self) -> None:
        """Begin nothing more."""
        self._stop.set()
        self._current.stop()

    async def abandon(self) -> None:
        """Stop without waiting for what was begun."""
        self.stop()
        await self._current.abandon()

    async def _fallen(self, error: Exception, ran: float) -> None:
        self._failures += 1
        self._in_a_row = 1 if ran >= self._pauses.steady else self._in_a_row + 1
        self._state = PartState.RESTARTING
        pause = self._pauses.after(self._in_a_row)
        self._log.error(
            "a part of the server fell over", reason=str(error), again_in_seconds=round(pause, 1), exc_info=error
        )
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), pause)


async def stopped(parts: Sequence[Part], running: "asyncio.Future[Any]", *, within: float) -> None:
    """Stop the parts that `running` waits for; what they have in hand has so many seconds to end."""
    for part in parts:
        part.stop()
    await asyncio.wait({running}, timeout=within)
    if not running.done():
        await asyncio.gather(*(part.abandon() for part in parts), return_exceptions=True)
    await running
