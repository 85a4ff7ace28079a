"""huey on SQLite: WAL, fsync=True, so that it is as durable as the others; a consumer of threads, polling each ms.

It deletes a job when it takes it, so a crash loses what is in hand; it has no batches.
"""

import os
import time
from pathlib import Path

from huey import SqliteHuey
from huey.consumer import Consumer

from benchmarks.queue.callers import Threads
from benchmarks.queue.contestant import Payload
from benchmarks.queue.tally import Tally

POLL = 0.001
"""Seconds between two looks of an idle thread at first; huey's default is 0.1, and both grow to `MOST`."""
MOST = 0.01
WAITING = "INSERT INTO task (queue, data) VALUES (?, ?)"
LATER = "INSERT INTO schedule (queue, data, timestamp) VALUES (?, ?, ?)"


class Queue(Threads):
    """A job is a call of a task with its payload; slots are threads."""

    async def create(self, place: str) -> None:
        """See the protocol."""
        await self.open(place)

    async def open(self, place: str) -> None:
        """See the protocol."""
        self._tally: Tally | None = None
        self._huey = SqliteHuey(
            filename=os.fspath(Path(place) / "huey.db"), fsync=True, results=False, utc=True, timeout=60
        )

        @self._huey.task()
        def job(number: int, at: float) -> None:
            if self._tally:
                self._tally.done(number, at)

        self._job = job

    async def close(self) -> None:
        """See the protocol."""
        self._huey.storage.close()

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """See the protocol. Its own way would take minutes, so its rows are written to its tables by the million."""
        storage = self._huey.storage
        tomorrow = time.time() + 86_400
        with storage.db(commit=True) as cursor:
            cursor.executemany(WAITING, ((storage.name, self._row(number)) for number in range(jobs - later)))
            cursor.executemany(
                LATER, ((storage.name, self._row(number), tomorrow) for number in range(jobs - later, jobs))
            )

    def put(self, payload: Payload) -> None:
        """See the protocol."""
        self._job(payload["number"], payload["at"])

    async def work(self, slots: int, tally: Tally) -> None:
        """See the protocol. Its consumer wants the main thread, for its signals."""
        self._tally = tally
        consumer = Consumer(
            self._huey,
            workers=slots,
            periodic=False,
            initial_delay=POLL,
            max_delay=MOST,
            check_worker_health=False,
        )
        consumer.start()
        await tally.ended()
        consumer.stop(graceful=True)

    def _row(self, number: int) -> bytes:
        row: bytes = self._huey.serialize_task(self._job.s(number, 0.0))
        return row

    def take(self) -> bool:
        """See there."""
        return self._huey.storage.dequeue() is not None
