"""procrastinate on PostgreSQL: psycopg with a pool, LISTEN/NOTIFY, as many concurrent jobs as there are slots.

It takes one job a statement; there are no batches.
"""

import asyncio
from collections.abc import Sequence

import procrastinate

from benchmarks.queue.callers import Coroutines
from benchmarks.queue.contestant import Payload
from benchmarks.queue.tally import Tally

CONNECTIONS = 10
FILL = """
    INSERT INTO procrastinate_jobs (queue_name, task_name, args, scheduled_at)
    SELECT 'default', 'job', jsonb_build_object('number', number, 'at', 0),
        CASE WHEN number < %(now)s THEN NULL ELSE now() + interval '1 day' END
    FROM generate_series(0, %(jobs)s::bigint - 1) AS number
"""


class Queue(Coroutines):
    """A job is a deferred task with its payload; slots are its concurrency."""

    async def create(self, place: str) -> None:
        """See the protocol."""
        await self.open(place)
        await self._app.schema_manager.apply_schema_async()

    async def open(self, place: str) -> None:
        """See the protocol."""
        self._tally: Tally | None = None
        self._worker: int | None = None
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=place, min_size=1, max_size=CONNECTIONS)
        )

        @self._app.task(name="job")
        async def job(number: int, at: float) -> None:
            if self._tally:
                self._tally.done(number, at)

        self._job = job
        await self._app.open_async()

    async def close(self) -> None:
        """See the protocol."""
        await self._app.close_async()

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """See the protocol. Its triggers, which write an event for each job, are left out: they would take minutes."""
        connector = self._app.connector
        await connector.execute_query_async("ALTER TABLE procrastinate_jobs DISABLE TRIGGER USER")
        await connector.execute_query_async(FILL, now=jobs - later, jobs=jobs)
        await connector.execute_query_async("ALTER TABLE procrastinate_jobs ENABLE TRIGGER USER")
        await connector.execute_query_async("ANALYZE procrastinate_jobs")

    async def enqueue(self, payload: Payload) -> None:
        """See the protocol."""
        await self._job.defer_async(**payload)

    async def enqueue_many(self, batch: Sequence[Payload]) -> None:
        """See the protocol."""
        await self._job.batch_defer_async(*batch)

    async def work(self, slots: int, tally: Tally) -> None:
        """See the protocol."""
        self._tally = tally
        worker = asyncio.create_task(
            self._app.run_worker_async(concurrency=slots, install_signal_handlers=False, wait=True)
        )
        await asyncio.wait([worker, asyncio.ensure_future(tally.ended())], return_when=asyncio.FIRST_COMPLETED)
        worker.cancel()
        await asyncio.wait([worker], timeout=10)

    async def claim(self, limit: int) -> int:
        """See the protocol."""
        if self._worker is None:
            self._worker = await self._app.job_manager.register_worker()
        found = [await self._app.job_manager.fetch_job(None, self._worker) for _ in range(limit)]
        return sum(job is not None for job in found)
