"""Signals that ask a program to stop."""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stop_signals(stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop` at the first SIGINT or SIGTERM while the block runs; the second does what it did before.

    Nothing is listened to on Windows, and in a thread that is not the main one.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def leave() -> None:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def received() -> None:
        leave()
        before.clear()
        stop()

    for number in before:
        loop.add_signal_handler(number, received)
    try:
        yield
    finally:
        leave()
