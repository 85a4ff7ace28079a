"""How fast sqlite3 itself goes on kodit's own tables, with every index and constraint on them, and no queue around."""

import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from benchmarks.queue import kodit_queue, raw_sqlite
from benchmarks.queue.contestant import Payload
from benchmarks.queue.raw_rows import FREED, utc_now
from benchmarks.queue.raw_rows_of_kodit import NEXT, RUN, TASK, run_row, task_row

INSERT_RUN = f"INSERT INTO runs ({', '.join(RUN)}) VALUES ({', '.join('?' * len(RUN))}) RETURNING id"
INSERT_TASK = f"INSERT INTO tasks ({', '.join(TASK)}) VALUES ({', '.join('?' * len(TASK))})"
CLAIM = f"""
    UPDATE tasks SET state = 'running', attempts = attempts + 1, lease_owner = 'raw', lease_token = ?,
        leased_until = ?, started_at = ?
    WHERE id IN ({NEXT} ?) RETURNING id, payload, run_id
"""
BEGIN_RUN = "UPDATE runs SET state = 'processing', started_at = ? WHERE id = ? AND state = 'pending'"
SETTLE = f"""
    UPDATE tasks SET state = 'succeeded', {FREED}, finished_at = ?
    WHERE id = ? AND state = 'running' AND lease_token = ? RETURNING run_id
"""
END_RUN = "UPDATE runs SET state = 'completed', finished_at = ? WHERE id = ?"


class Queue(raw_sqlite.Queue):
    """A job is a run with one task, both of which are written at each move, as kodit does."""

    async def create(self, place: str) -> None:
        """See the protocol."""
        await kodit_queue.Queue().create(place)
        await self.open(place)

    async def open(self, place: str) -> None:
        """See the protocol."""
        self._file = Path(place) / "kodit.db"
        self._own = self._connection()

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """See the protocol."""
        queue = kodit_queue.Queue()
        await queue.open(str(self._file.parent))
        await queue.fill(jobs, later=later)
        await queue.close()

    def _store(self, connection: sqlite3.Connection, batch: Sequence[Payload]) -> None:
        now = str(utc_now())[:26]
        rows = [run_row(payload, now) for payload in batch]
        ids = [connection.execute(INSERT_RUN, row).fetchone()[0] for row in rows]
        connection.executemany(INSERT_TASK, [task_row(*pair) for pair in zip(ids, rows, strict=True)])

    def _claim(self, connection: sqlite3.Connection, token: str, limit: int) -> list[tuple[int, ...]]:
        now = utc_now()
        until, moment = str(now + timedelta(minutes=1))[:26], str(now)[:26]
        found = connection.execute(CLAIM, (token, until, moment, limit)).fetchall()
        connection.executemany(BEGIN_RUN, [(moment, run_id) for _, _, run_id in found])
        return found

    def _settle(self, connection: sqlite3.Connection, token: str, held: Sequence[int]) -> None:
        now = str(utc_now())[:26]
        ended = [connection.execute(SETTLE, (now, number, token)).fetchone() for number in held]
        connection.executemany(END_RUN, [(now, row[0]) for row in ended if row])
