"""How fast asyncpg itself goes: SKIP LOCKED, one statement a step, NOTIFY as the wake-up."""

import asyncio
import json
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import asyncpg

from benchmarks.queue.callers import Coroutines
from benchmarks.queue.contestant import Payload
from benchmarks.queue.raw_rows import COLUMNS, FREED, INDEXES, NEXT, WRITTEN, row, utc_now
from benchmarks.queue.tally import Tally

CONNECTIONS = 10
"""Of the pool that concurrent callers share."""
LOOK = 1.0
"""Seconds after which an idle worker looks though nobody called."""
ARRAYS = (
    "integer", "text", "integer", "jsonb", "jsonb", "text", "text", "timestamptz", "timestamptz",
    "integer", "integer", "boolean", "jsonb",
)  # fmt: skip
INSERT = f"""
    WITH stored AS (
        INSERT INTO tasks ({", ".join(WRITTEN)})
        SELECT * FROM unnest({", ".join(f"${number}::{kind}[]" for number, kind in enumerate(ARRAYS, 1))})
        RETURNING id
    ), one AS (SELECT 1 FROM stored LIMIT 1)
    SELECT pg_notify('raw', '') FROM one
"""
FILL = f"""
    INSERT INTO tasks ({", ".join(WRITTEN)})
    SELECT 2, CASE WHEN number < $1 THEN 'ready' ELSE 'scheduled' END, 10,
        jsonb_build_object('number', number, 'at', 0), '[]', md5(number::text), '', now(),
        now() + CASE WHEN number < $1 THEN interval '0' ELSE interval '1 day' END, 0, 3, false, '[]'
    FROM generate_series(0, $2::bigint - 1) AS number
"""
CLAIM = f"""
    UPDATE tasks SET state = 'running', attempts = attempts + 1, lease_owner = 'raw', lease_token = $1,
        leased_until = $2, started_at = $3
    WHERE id IN ({NEXT} $4 FOR UPDATE SKIP LOCKED) RETURNING id, payload
"""
SETTLE = f"""
    UPDATE tasks SET state = 'succeeded', {FREED}, finished_at = $6
    WHERE id = ANY($5::bigint[]) AND state = 'running' AND lease_token = $1
"""
BOTH = f"WITH settled AS ({SETTLE.replace('$6', '$3')}) {CLAIM}"
ALONE = SETTLE.replace("$5", "$2").replace("$6", "$3")


class Queue(Coroutines):
    """With `together`, what was done is settled by the statement that claims the next batch."""

    insert, claiming, settling = INSERT, CLAIM, ALONE

    def __init__(self, together: bool) -> None:
        self._together = together

    async def create(self, place: str) -> None:
        """See the protocol."""
        await self.open(place)
        types = COLUMNS.format(json="jsonb", moment="timestamptz", boolean="boolean")
        await self._own.execute(f"CREATE TABLE tasks (id bigserial PRIMARY KEY, {types})")
        for index in INDEXES:
            await self._own.execute(index)

    async def open(self, place: str) -> None:
        """See the protocol."""
        self._pool = await asyncpg.create_pool(place, min_size=0, max_size=CONNECTIONS, reset=_kept)
        self._own = await asyncpg.connect(place)

    async def close(self) -> None:
        """See the protocol."""
        await self._own.close()
        await self._pool.close()

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """See the protocol."""
        await self._own.execute(FILL, jobs - later, jobs)
        await self._own.execute("VACUUM ANALYZE tasks")

    async def enqueue(self, payload: Payload) -> None:
        """See the protocol."""
        await self._pool.fetch(self.insert, *self.columns([payload]))

    async def call(self, callers: int, until: float) -> int:
        """See the protocol. What callers want at the same time is one statement."""
        waiting: list[asyncio.Future[None]] = []
        called = asyncio.Event()

        async def caller() -> int:
            done = 0
            while time.monotonic() < until:
                waiting.append(asyncio.get_running_loop().create_future())
                called.set()
                await waiting[-1]
                done += 1
            return done

        async def write() -> None:
            while await called.wait():
                called.clear()
                batch, waiting[:] = list(waiting), []
                await self.enqueue_many([Payload(number=-1, at=0.0)] * len(batch))
                for stored in batch:
                    stored.set_result(None)

        writing = asyncio.create_task(write())
        counts = await asyncio.gather(*(caller() for _ in range(callers)))
        writing.cancel()
        return sum(counts)

    async def enqueue_many(self, batch: Sequence[Payload]) -> None:
        """See the protocol."""
        await self._own.fetch(self.insert, *self.columns(batch))

    async def work(self, slots: int, tally: Tally) -> None:
        """See the protocol."""
        called = asyncio.Event()
        await self._own.add_listener("raw", lambda *_: called.set())
        ended = asyncio.create_task(tally.ended())
        ended.add_done_callback(lambda _: called.set())
        token, held = uuid.uuid4().hex, []
        while not tally.over:
            called.clear()
            found = await self._step(token, held, slots)
            held = [row["id"] for row in found]
            for each in found:
                payload = json.loads(each["payload"])
                tally.done(payload["number"], payload["at"])
            if not found and not tally.over:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await called.wait()
        await self._own.execute(self.settling, token, held, utc_now())
        await ended

    async def claim(self, limit: int) -> int:
        """See the protocol."""
        now = utc_now()
        return len(await self._own.fetch(self.claiming, uuid.uuid4().hex, now + timedelta(minutes=1), now, limit))

    def columns(self, batch: Sequence[Payload]) -> Sequence[Sequence[Any]]:
        """What an enqueue writes, by columns."""
        now = utc_now()
        return list(zip(*(row(payload, now) for payload in batch), strict=True))

    async def _step(self, token: str, held: Sequence[int], slots: int) -> Sequence[Any]:
        now = utc_now()
        until = now + timedelta(minutes=1)
        if self._together:
            return await self._own.fetch(BOTH, token, until, now, slots, held)
        if held:
            await self._own.execute(self.settling, token, held, now)
        return await self._own.fetch(self.claiming, token, until, now, slots)


async def _kept(_connection: Any) -> None:
    """Nothing to reset: no caller leaves anything behind."""
