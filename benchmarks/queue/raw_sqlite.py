"""How fast sqlite3 itself goes: WAL, as durable as kodit, prepared statements, no queue around it."""

import asyncio
import json
import queue
import sqlite3
import threading
import time
import uuid
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from benchmarks.queue.callers import Coroutines
from benchmarks.queue.contestant import Payload
from benchmarks.queue.raw_rows import COLUMNS, FREED, INDEXES, NEXT, WRITTEN, row, utc_now
from benchmarks.queue.tally import Tally

POLL = 0.001
"""Seconds between two looks at `PRAGMA data_version`, which takes microseconds."""
INSERT = f"INSERT INTO tasks ({', '.join(WRITTEN)}) VALUES ({', '.join('?' * len(WRITTEN))})"
CLAIM = f"""
    UPDATE tasks SET state = 'running', attempts = attempts + 1, lease_owner = 'raw', lease_token = ?,
        leased_until = ?, started_at = ?
    WHERE id IN ({NEXT} ?) RETURNING id, payload
"""
SETTLE = f"""
    UPDATE tasks SET state = 'succeeded', {FREED}, finished_at = ?
    WHERE id = ? AND state = 'running' AND lease_token = ?
"""
FILL = f"""
    WITH RECURSIVE numbers (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM numbers WHERE number < :jobs - 1)
    INSERT INTO tasks ({", ".join(WRITTEN)})
    SELECT 2, CASE WHEN number < :ready THEN 'ready' ELSE 'scheduled' END, 10,
        '{{"number": ' || number || ', "at": 0.0}}', '[]', 'job ' || number, '', :now,
        CASE WHEN number < :ready THEN :now ELSE :later END, 0, 3, FALSE, '[]'
    FROM numbers
"""
DAY = timedelta(days=1)


class Queue(Coroutines):
    """With `together`, what was done is settled in the transaction that claims the next batch."""

    def __init__(self, together: bool) -> None:
        self._together = together
        self._writer: threading.Thread | None = None
        self._orders: queue.SimpleQueue[tuple[Payload, asyncio.Future[None]] | None] = queue.SimpleQueue()

    async def create(self, place: str) -> None:
        """See the protocol."""
        await self.open(place)
        types = COLUMNS.format(json="JSON", moment="DATETIME", boolean="BOOLEAN")
        self._own.execute(f"CREATE TABLE tasks (id INTEGER PRIMARY KEY AUTOINCREMENT, {types})")
        for index in INDEXES:
            self._own.execute(index)

    async def open(self, place: str) -> None:
        """See the protocol."""
        self._file = Path(place) / "raw.db"
        self._own = self._connection()

    async def close(self) -> None:
        """See the protocol."""
        self._orders.put(None)
        if self._writer:
            self._writer.join()
        self._own.close()

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """See the protocol."""
        now = utc_now()
        self._own.execute(FILL, {"jobs": jobs, "now": str(now), "ready": jobs - later, "later": str(now + DAY)})
        self._own.execute("ANALYZE")

    async def enqueue(self, payload: Payload) -> None:
        """See the protocol."""
        self._insert(self._own, [payload])

    async def enqueue_many(self, batch: Sequence[Payload]) -> None:
        """See the protocol."""
        self._insert(self._own, batch)

    async def call(self, callers: int, until: float) -> int:
        """See the protocol. The callers hand their rows to one thread, which commits all that came together."""
        self._writer = threading.Thread(target=self._write)
        self._writer.start()
        loop = asyncio.get_running_loop()

        async def caller() -> int:
            done = 0
            while time.monotonic() < until:
                stored = loop.create_future()
                self._orders.put((Payload(number=done, at=0.0), stored))
                await stored
                done += 1
            return done

        return sum(await asyncio.gather(*(caller() for _ in range(callers))))

    async def work(self, slots: int, tally: Tally) -> None:
        """See the protocol."""
        await asyncio.to_thread(self._work, slots, tally)

    async def claim(self, limit: int) -> int:
        """See the protocol."""
        self._begin(self._own, lasting=False)
        claimed = len(self._claim(self._own, uuid.uuid4().hex, limit))
        self._own.execute("COMMIT")
        return claimed

    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=60, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _insert(self, connection: sqlite3.Connection, batch: Sequence[Payload]) -> None:
        self._begin(connection)
        self._store(connection, batch)
        connection.execute("COMMIT")

    def _store(self, connection: sqlite3.Connection, batch: Sequence[Payload]) -> None:
        now = str(utc_now())
        connection.executemany(INSERT, [row(payload, now) for payload in batch])

    def _write(self) -> None:
        connection = self._connection()
        while (order := self._orders.get()) is not None:
            orders = [order]
            # What waits by now goes into the same transaction.
            while not self._orders.empty() and (order := self._orders.get()) is not None:
                orders.append(order)
            self._insert(connection, [payload for payload, _ in orders])
            loop = orders[0][1].get_loop()
            loop.call_soon_threadsafe(_answer, [stored for _, stored in orders])
        connection.close()

    def _work(self, slots: int, tally: Tally) -> None:
        connection = self._connection()
        token, held, seen = uuid.uuid4().hex, [], -1
        while not tally.over:
            self._begin(connection, lasting=bool(held))
            self._settle(connection, token, held)
            if held and not self._together:
                connection.execute("COMMIT")
                self._begin(connection, lasting=False)
            found = self._claim(connection, token, slots)
            connection.execute("COMMIT")
            held = [number for number, *_ in found]
            for _, text, *_ in found:
                payload = json.loads(text)
                tally.done(payload["number"], payload["at"])
            version = _version(connection)
            while not found and version == seen and not tally.over:
                time.sleep(POLL)
                version = _version(connection)
            seen = -1 if found else version
        self._begin(connection)
        self._settle(connection, token, held)
        connection.execute("COMMIT")
        connection.close()

    def _begin(self, connection: sqlite3.Connection, *, lasting: bool = True) -> None:
        """As in kodit, nobody waits for the disk after a claim alone."""
        connection.execute(f"PRAGMA synchronous={'FULL' if lasting else 'NORMAL'}")
        connection.execute("BEGIN IMMEDIATE")

    def _claim(self, connection: sqlite3.Connection, token: str, limit: int) -> list[tuple[int, ...]]:
        now = utc_now()
        return connection.execute(CLAIM, (token, str(now + timedelta(minutes=1)), str(now), limit)).fetchall()

    def _settle(self, connection: sqlite3.Connection, token: str, held: Sequence[int]) -> None:
        now = str(utc_now())
        connection.executemany(SETTLE, [(now, number, token) for number in held])


def _answer(stored: Sequence[asyncio.Future[None]]) -> None:
    for each in stored:
        each.set_result(None)


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version
