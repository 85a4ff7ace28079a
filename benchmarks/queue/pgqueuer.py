"""pgqueuer on PostgreSQL: its asyncpg driver, durable tables, slots as the batch of a dequeue, settled in batches."""

import asyncio
import json
import uuid
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.domain.types import QueueExecutionMode
from pgqueuer.models import Job
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries

from benchmarks.queue.callers import Coroutines
from benchmarks.queue.contestant import Payload
from benchmarks.queue.tally import Tally

CONNECTIONS = 10
FILL = """
    INSERT INTO pgqueuer (priority, status, entrypoint, payload, execute_after)
    SELECT 0, 'queued', 'job', convert_to(json_build_object('number', number, 'at', 0)::text, 'UTF8'),
        now() + CASE WHEN number < $1 THEN interval '0' ELSE interval '1 day' END
    FROM generate_series(0, $2::bigint - 1) AS number
"""
ENTRYPOINTS = {"job": EntrypointExecutionParameter(concurrency_limit=0)}


class Queue(Coroutines):
    """A job is an entrypoint with its payload as JSON."""

    async def create(self, place: str) -> None:
        """See the protocol."""
        await self.open(place)
        await self._queries.install()

    async def open(self, place: str) -> None:
        """See the protocol."""
        self._own = await asyncpg.connect(place)
        self._pool = await asyncpg.create_pool(place, min_size=0, max_size=CONNECTIONS)
        self._queries = Queries(AsyncpgDriver(self._own))
        self._shared = Queries(AsyncpgPoolDriver(self._pool))

    async def close(self) -> None:
        """See the protocol."""
        await self._pool.close()
        await self._own.close()

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """See the protocol."""
        await self._own.execute(FILL, jobs - later, jobs)
        await self._own.execute("VACUUM ANALYZE pgqueuer")

    async def enqueue(self, payload: Payload) -> None:
        """See the protocol."""
        await self._shared.enqueue("job", json.dumps(payload).encode())

    async def enqueue_many(self, batch: Sequence[Payload]) -> None:
        """See the protocol."""
        count = len(batch)
        await self._queries.enqueue(["job"] * count, [json.dumps(each).encode() for each in batch], [0] * count)

    async def work(self, slots: int, tally: Tally) -> None:
        """See the protocol."""
        program = PgQueuer(AsyncpgDriver(self._own))

        @program.entrypoint("job")
        async def job(job: Job) -> None:
            payload = json.loads(job.payload or b"{}")
            tally.done(payload["number"], payload["at"])

        run = asyncio.create_task(program.qm.run(batch_size=slots, mode=QueueExecutionMode.continuous))
        await asyncio.wait([run, asyncio.ensure_future(tally.ended())], return_when=asyncio.FIRST_COMPLETED)
        program.qm.shutdown.set()
        await asyncio.wait([run], timeout=10)

    async def claim(self, limit: int) -> int:
        """See the protocol."""
        found = await self._queries.dequeue(
            batch_size=limit,
            entrypoints=ENTRYPOINTS,
            queue_manager_id=uuid.uuid4(),
            global_concurrency_limit=None,
            heartbeat_timeout=timedelta(seconds=30),
        )
        return len(found)
