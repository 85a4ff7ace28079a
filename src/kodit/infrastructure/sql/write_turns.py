"""Turns at writing, and who has one: whoever asks for a second within the first would wait for himself for ever."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from kodit.domain.errors import Conflict

PATIENCE_SECONDS = 60.0
"""How long a task waits that was started within a unit of work which is still open: that may be waiting for it."""


class WriteTurns:
    """Everybody's turns at writing to one database.

    `turn` gives what is held during a turn: something that one has at a time, or nothing where many may write.
    """

    def __init__(
        self, turn: Callable[[], AbstractAsyncContextManager[Any]], *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self.turn = turn
        self.patience_seconds = patience_seconds

    def next(self) -> AbstractAsyncContextManager[None]:
        """The next turn, from its beginning to its end.

        Raises Conflict at once to a task that has a turn, and to one that was started within a turn as soon as it has
        waited for too long and that turn is not over.
        """
        return _Turn(self)

    async def check(self) -> None:
        """Raises what entering the next turn would raise, to one who waits for somebody else to take it."""
        if _around(self) is not None:
            async with self.next():
                pass


class _Turn:
    """A context manager: entered once, left once."""

    def __init__(self, turns: WriteTurns) -> None:
        self._turns = turns
        self._held = turns.turn()
        self.task: asyncio.Task[Any] | None = None
        self.outer: _Turn | None = None

    def is_of(self, turns: WriteTurns) -> bool:
        """Whether it is one of these, and goes on."""
        return self._turns is turns and self.task is not None

    async def __aenter__(self) -> None:
        around, task = _around(self._turns), asyncio.current_task()
        if around is None:
            await self._held.__aenter__()
        elif around.task is task:
            raise _nested("a unit of work that writes is open here already")
        else:
            await self._patiently(around)
        self.task, self.outer = task, _CURRENT.get()
        _CURRENT.set(self)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What was started within the turn remembers it for as long as it lives.
        self.task = None
        if _CURRENT.get() is self:
            _CURRENT.set(self.outer)
        self.outer = None
        await self._held.__aexit__(kind, error, trace)

    async def _patiently(self, around: "_Turn") -> None:
        """Wait until it is our turn, because a turn around us may be over before; but for ever it may wait for us."""
        while True:
            try:
                async with asyncio.timeout(self._turns.patience_seconds):
                    await self._held.__aenter__()
            except TimeoutError:
                if around.task is not None:
                    raise _nested("the unit of work that this task was started in is still open") from None
            else:
                return


def _around(turns: WriteTurns) -> _Turn | None:
    """The turn within which the caller runs, be it its own or one that it was started in."""
    around = _CURRENT.get()
    while around is not None and not around.is_of(turns):
        around = around.outer
    return around


def _nested(what: str) -> Conflict:
    return Conflict(f"{what}, and a second one would wait for its end", remedy="leave its block first, and then write")


_CURRENT: ContextVar[_Turn | None] = ContextVar("turn", default=None)
