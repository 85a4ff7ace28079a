"""A pulse that no work can hold up."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Self

import structlog

from kodit.application.unit_of_work import Storage
from kodit.domain.errors import KoditError

OpenStorage = Callable[[], AbstractAsyncContextManager[Storage]]
"""Opens a storage with connections of its own, for another thread."""

log = structlog.get_logger(__name__)


class Heartbeat:
    """Calls `beat` every so often from a thread with an event loop and a storage of its own, while the block runs.

    A handler that computes for minutes without letting go of the worker's event loop keeps its lease all the same.
    """

    def __init__(self, open_storage: OpenStorage, beat: Callable[[Storage], Awaitable[None]], every: timedelta) -> None:
        self._open_storage = open_storage
        self._beat = beat
        self._every = every
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kodit-heartbeat", daemon=True)

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ending.set()
        # A beat may be waiting for a lock that something in this event loop holds.
        await asyncio.shield(asyncio.to_thread(self._thread.join))

    def _run(self) -> None:
        # Most workers that are started by hand end before their first beat, and need no second database.
        if not self._ending.wait(self._every.total_seconds()):
            asyncio.run(self._beats())

    async def _beats(self) -> None:
        async with self._open_storage() as storage:
            while True:
                try:
                    await self._beat(storage)
                except KoditError as error:
                    log.warning("cannot keep the leases now", error=str(error))
                except Exception:  # the next beat may succeed; without one the leases run out
                    log.error("a heartbeat failed unexpectedly", exc_info=True)
                if self._ending.wait(self._every.total_seconds()):
                    return
