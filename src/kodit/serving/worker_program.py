"""The other end of `WorkerProcess`: `python -m kodit.serving.worker_program`, which nobody else starts."""

import asyncio
import base64
import gc
import json
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from io import FileIO
from typing import TYPE_CHECKING

import structlog

from kodit.application.condition import Attempted
from kodit.application.tasks.observing import outcome_name
from kodit.bootstrap import open_kodit, start_logs
from kodit.domain.errors import KoditError
from kodit.domain.tasks.policy import Outcome
from kodit.domain.tasks.task import Task
from kodit.infrastructure.processes.signals import stop_signals
from kodit.serving.worker_process import ABANDON, BEGUN, FAREWELL, STOP

if TYPE_CHECKING:
    from kodit.settings import Settings

YIELDS = 10
"""How much less urgent than the server its worker is to the system, of 19: whoever searches does not wait for it."""
SETTLING_SECONDS = 5.0
"""After so long it has imported what it needs."""

Tell = Callable[[bytes], None]

log = structlog.get_logger(__name__)


class ToldAttempts:
    """Implements AttemptObserver by telling the server what has ended."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    @contextmanager
    def attempt(self, task: Task) -> Iterator[Callable[[Outcome], None]]:
        """See the port."""
        came_of_it: list[Outcome] = []
        began = time.perf_counter()
        try:
            yield came_of_it.append
        finally:
            outcome = outcome_name(came_of_it[-1] if came_of_it else None)
            ended = Attempted(type=task.type.name, outcome=outcome, seconds=time.perf_counter() - began)
            self._tell(json.dumps(asdict(ended)).encode() + b"\n")


class Orders:
    """What the server asks for, and that it is gone."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.abandon = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def follow(self, lines: FileIO) -> None:
        """Take orders until the server is gone, and then end this process, whatever its event loop is doing."""
        events = {STOP: self.stop, ABANDON: self.abandon}
        for line in lines:
            self._ask(events[line])
        self._ask(self.abandon)
        time.sleep(FAREWELL)
        os._exit(1)

    def _ask(self, event: asyncio.Event) -> None:
        with suppress(RuntimeError):
            # The loop has ended already.
            self._loop.call_soon_threadsafe(event.set)


def main() -> int:
    """Work until the server says otherwise or is gone; gives the exit code."""
    tell = _told_to_server()
    # Unbuffered: a thread that waits at a buffer would hold its lock when the interpreter ends.
    orders = FileIO(0, closefd=False)
    told = orders.readline()
    if not told:
        # The server was gone before it could say anything.
        return 0
    if hasattr(os, "nice"):
        os.nice(YIELDS)
    settings: Settings = pickle.loads(base64.b64decode(told))  # noqa: S301 - from who has started us
    start_logs(settings)
    try:
        asyncio.run(_work(settings, orders, tell))
    except KoditError as error:
        log.error("the worker cannot work", reason=str(error), remedy=error.remedy)
        return 1
    except Exception:
        log.exception("the worker failed unexpectedly")
        return 1
    return 0


async def _work(settings: "Settings", lines: FileIO, tell: Tell) -> None:
    orders = Orders()
    threading.Thread(target=orders.follow, args=(lines,), daemon=True).start()
    async with await open_kodit(settings=settings) as engine:
        service = engine.worker(observer=ToldAttempts(tell))
        # Whoever signals the server may signal all that it has started, as systemd does unless told otherwise.
        with stop_signals(orders.stop.set):
            working = asyncio.create_task(service.run())
            # Most of what is there by then is code: to look for garbage in it would hold up every task for 40 ms.
            asyncio.get_running_loop().call_later(SETTLING_SECONDS, gc.freeze)
            tell(BEGUN)
            await _first(working, orders.stop, orders.abandon)
            service.stop()
            with suppress(TimeoutError):
                async with asyncio.timeout(settings.drain_seconds):
                    await _first(working, orders.abandon)
            if not working.done():
                await service.abandon()
            await working


async def _first(working: asyncio.Task[None], *events: asyncio.Event) -> None:
    """Wait until the work is over or one of the events has come."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait({working, *waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()


def _told_to_server() -> Tell:
    """Tells the server a line. What else is printed here goes where errors go."""
    pipe = os.dup(1)
    os.dup2(2, 1)
    os.set_blocking(pipe, False)

    def tell(line: bytes) -> None:
        # A server that is busy or gone misses it; a line is written as a whole or not at all.
        with suppress(OSError):
            os.write(pipe, line)

    return tell


if __name__ == "__main__":
    sys.exit(main())
