"""persist-queue on SQLite: its queue with acknowledgements, WAL, synchronous=FULL by SQLite's own default.

It has neither priorities nor retries nor batches, and it is not made for several processes: some jobs run twice there.
"""

import asyncio
import pickle
import sqlite3
import time
from pathlib import Path

from persistqueue import Empty, SQLiteAckQueue
from persistqueue.sqlackqueue import AckStatus

from benchmarks.queue.callers import Threads
from benchmarks.queue.contestant import Payload, payloads
from benchmarks.queue.tally import Tally

POLL = 0.001
"""Seconds between two looks of an idle worker: its own wake-up reaches only its own process."""


class Queue(Threads):
    """A job is its payload."""

    async def create(self, place: str) -> None:
        """See the protocol."""
        await self.open(place)

    async def open(self, place: str) -> None:
        """See the protocol."""
        self._place = place
        self._queue = SQLiteAckQueue(place, multithreading=True, timeout=60)

    async def close(self) -> None:
        """See the protocol."""
        self._queue.close()

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """See the protocol. It knows no later, so that all are waiting now."""
        del later
        self._queue.close()
        connection = sqlite3.connect(Path(self._place) / "data.db")
        rows = ((pickle.dumps(payload), time.time(), AckStatus.inited) for payload in payloads(jobs))
        with connection:
            connection.executemany("INSERT INTO ack_queue_default (data, timestamp, status) VALUES (?, ?, ?)", rows)
        connection.close()
        await self.open(self._place)

    def put(self, payload: Payload) -> None:
        """See the protocol."""
        self._queue.put(payload)

    async def work(self, slots: int, tally: Tally) -> None:
        """See the protocol."""
        del slots
        await asyncio.to_thread(self._work, tally)

    def take(self) -> bool:
        """See there."""
        self._queue.get(block=False)
        return True

    def _work(self, tally: Tally) -> None:
        while not tally.over:
            try:
                found = self._queue.get(block=False, raw=True)
            except Empty:
                time.sleep(POLL)
                continue
            tally.done(found["data"]["number"], found["data"]["at"])
            self._queue.ack(id=found["pqid"])
