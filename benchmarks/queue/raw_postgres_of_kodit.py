"""How fast asyncpg itself goes on kodit's own tables, with every index and constraint on them, and no queue around."""

from collections.abc import Sequence
from typing import Any

from benchmarks.queue import kodit_queue, raw_postgres
from benchmarks.queue.contestant import Payload
from benchmarks.queue.raw_rows import FREED, utc_now
from benchmarks.queue.raw_rows_of_kodit import NEXT, RUN, TYPE, run_row

ARRAYS = ("text", "text", "jsonb", "integer", "text", "jsonb", "timestamptz")
INSERT = f"""
    WITH added AS (
        INSERT INTO runs ({", ".join(RUN)})
        SELECT * FROM unnest({", ".join(f"${number}::{kind}[]" for number, kind in enumerate(ARRAYS, 1))})
        RETURNING id, dedup_key, payload, priority, created_at
    ), stored AS (
        INSERT INTO tasks (run_id, type, state, priority, payload, needs, dedup_key, place, created_at, ready_at,
            attempts, max_attempts, cancel_requested, errors)
        SELECT id, {TYPE}, 'ready', priority, payload, '[]', dedup_key, '', created_at, created_at, 0, 4, false, '[]'
        FROM added RETURNING id
    ), one AS (SELECT 1 FROM stored LIMIT 1)
    SELECT pg_notify('raw', '') FROM one
"""
CLAIM = f"""
    WITH claimed AS (
        UPDATE tasks SET state = 'running', attempts = attempts + 1, lease_owner = 'raw', lease_token = $1,
            leased_until = $2, started_at = $3
        WHERE id IN ({NEXT} $4 FOR UPDATE SKIP LOCKED) RETURNING id, payload, run_id
    ), begun AS (
        UPDATE runs SET state = 'processing', started_at = $3
        WHERE id IN (SELECT run_id FROM claimed) AND state = 'pending'
    ) SELECT id, payload FROM claimed
"""
SETTLE = f"""
    WITH settled AS (
        UPDATE tasks SET state = 'succeeded', {FREED}, finished_at = $3
        WHERE id = ANY($2::bigint[]) AND state = 'running' AND lease_token = $1 RETURNING run_id
    ) UPDATE runs SET state = 'completed', finished_at = $3 WHERE id IN (SELECT run_id FROM settled)
"""


class Queue(raw_postgres.Queue):
    """A job is a run with one task, both of which are written at each move, as kodit does."""

    insert, claiming, settling = INSERT, CLAIM, SETTLE

    async def create(self, place: str) -> None:
        """See the protocol."""
        await kodit_queue.Queue().create(place)
        await self.open(place)
        self._place = place

    async def open(self, place: str) -> None:
        """See the protocol."""
        await super().open(place)
        self._place = place

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """See the protocol."""
        queue = kodit_queue.Queue()
        await queue.open(self._place)
        await queue.fill(jobs, later=later)
        await queue.close()
        await self._own.execute("VACUUM ANALYZE tasks")

    def columns(self, batch: Sequence[Payload]) -> Sequence[Sequence[Any]]:
        """The rows of runs, by columns."""
        now = utc_now()
        return list(zip(*(run_row(payload, now) for payload in batch), strict=True))
