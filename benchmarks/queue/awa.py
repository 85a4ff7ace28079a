"""awa-pg on PostgreSQL: a Rust core that calls handlers in Python; slots are its workers, batches go in by COPY.

Which of its two engines works is left to it: jobs that were there before the first worker are done by the canonical
one, which did three times as many a second here as the newer queue storage, and an empty queue is moved to the newer,
which answers NOTIFY. Its claim is not to be called from Python, so that it has no line among the claims.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import awa

from benchmarks.queue.callers import Coroutines
from benchmarks.queue.contestant import NotOffered, Payload, payloads
from benchmarks.queue.tally import Tally

CONNECTIONS = 10


@dataclass
class Job:
    """What awa knows a job by."""

    number: int
    at: float


class Queue(Coroutines):
    """A job is a dataclass with the payload's fields."""

    async def create(self, place: str) -> None:
        """See the protocol."""
        await self.open(place)
        await self._client.migrate()

    async def open(self, place: str) -> None:
        """See the protocol."""
        # Its driver insists on a host before it looks for the socket's directory.
        self._client = awa.AsyncClient(place.replace("@/", "@localhost/"), max_connections=CONNECTIONS)

    async def close(self) -> None:
        """See the protocol."""
        await self._client.close()

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """See the protocol."""
        if later:
            raise NotOffered
        for first in range(0, jobs, 5_000):
            await self.enqueue_many(payloads(min(5_000, jobs - first), first))

    async def enqueue(self, payload: Payload) -> None:
        """See the protocol."""
        await self._client.insert(Job(**payload))

    async def enqueue_many(self, batch: Sequence[Payload]) -> None:
        """See the protocol."""
        await self._client.insert_many_copy([Job(**payload) for payload in batch])

    async def work(self, slots: int, tally: Tally) -> None:
        """See the protocol."""

        @self._client.task(Job)
        async def job(job: awa.Job) -> None:
            tally.done(job.args.number, job.args.at)

        await self._client.start([("default", slots)])
        await tally.ended()
        await self._client.shutdown()
