"""Signals that ask a program to stop."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

_STOP = (signal.SIGINT, signal.SIGTERM)


class _StopSignals:
    """Who is to be told of the next signal in this process, and what a signal did before anybody was.

    The handlers that event loops have stay as they are, and are called as well: a loop hears of a signal whichever
    function `signal.signal` has been given for it. One that is set later puts a function of its own in place of ours.
    """

    def __init__(self) -> None:
        self._listeners: dict[object, tuple[asyncio.AbstractEventLoop, Callable[[], object]]] = {}
        self._before: dict[int, Any] = {}

    def add(self, key: object, loop: asyncio.AbstractEventLoop, stop: Callable[[], object]) -> None:
        """Have somebody told, in the loop, of the first signal from now on."""
        self._listeners[key] = loop, stop
        for number in _STOP:
            handler = signal.getsignal(number)
            if handler != self._received:
                self._before[number] = signal.SIG_DFL if handler is None else handler
                signal.signal(number, self._received)

    def discard(self, key: object) -> None:
        """Tell somebody no more; the last one leaves the signals as the first one found them."""
        self._listeners.pop(key, None)
        if not self._listeners:
            self._put_back()

    def _put_back(self) -> None:
        for number in _STOP:
            # What somebody else has set meanwhile is none of ours.
            if signal.getsignal(number) == self._received:
                signal.signal(number, self._before[number])

    def _received(self, number: int, frame: FrameType | None) -> None:
        listeners, self._listeners = self._listeners, {}
        self._put_back()
        for loop, stop in listeners.values():
            # A loop that was closed without an end has nobody to stop.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(stop)
        if not listeners:
            self._as_before(number, frame)

    def _as_before(self, number: int, frame: FrameType | None) -> None:
        """For whoever calls us when nobody listens, having kept our handler for theirs."""
        before = self._before[number]
        if callable(before):
            before(number, frame)
        elif before == signal.SIG_DFL:
            signal.signal(number, before)
            signal.raise_signal(number)


_SIGNALS = _StopSignals()


@contextmanager
def stop_signals(stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop` in this loop at the first SIGINT or SIGTERM while the block runs; the second does what it did before.

    Where several such blocks run, the signal is the first for each of them. Meanwhile a handler that the program has
    set before by `loop.add_signal_handler` is called too, one set by `signal.signal` is not; both are there afterwards.
    One that it sets in either way while the block runs has the signal to itself.
    Nothing is listened to on Windows, and in a thread that is not the main one.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    key = object()
    _SIGNALS.add(key, asyncio.get_running_loop(), stop)
    try:
        yield
    finally:
        _SIGNALS.discard(key)
