"""kodit's own queue, as a worker of it runs: leases, limits, ageing, observation and full durability switched on."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from enum import IntEnum
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import CTE, Table, case, delete, insert, literal, literal_column, select, text, true

from benchmarks.queue.callers import Coroutines
from benchmarks.queue.contestant import Payload, payloads
from benchmarks.queue.tally import Tally
from kodit.application.tasks.executor import Executor
from kodit.application.tasks.prospect import SHARE
from kodit.application.tasks.work import Work
from kodit.application.tasks.worker import IndexingWorkerService
from kodit.bootstrap import start_logs, upgrade_database
from kodit.choices import chosen_terms
from kodit.domain.tasks.claim import Demand
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Done, Outcome
from kodit.domain.tasks.run import NewRun
from kodit.domain.tasks.task import Lease, TaskState
from kodit.infrastructure.sql.tables import runs, tasks
from kodit.interfaces.cli.running import collect_garbage
from kodit.rooms import Rooms, opened_storage
from kodit.settings import Settings, load


class Job(IntEnum):
    """The type of task that does nothing."""

    NO_OP = 1000


PIPELINE = Pipeline("nothing", Phase(Job.NO_OP))
PRIORITY = 10


class Queue(Coroutines):
    """A job is a run with one phase; slots are the worker's concurrency."""

    async def create(self, place: str) -> None:
        """See the protocol."""
        await upgrade_database(_settings(place))

    async def open(self, place: str) -> None:
        """See the protocol."""
        settings = _settings(place)
        start_logs(settings)
        self._rooms = Rooms(settings)
        self._terms = chosen_terms(settings, self._rooms.presence.machine())
        self._claimed = 0
        await self._rooms.clock.follow()

    async def close(self) -> None:
        """See the protocol."""
        await self._rooms.close()

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """See the protocol. One run is enqueued and copied."""
        [run] = await self._rooms.queue.enqueue_all(self._planned(payloads(1)))
        database = self._rooms.database
        payload = (
            """'{"number": ' || (n - 1) || ', "at": 0.0}'"""
            if database.is_sqlite
            else "jsonb_build_object('number', n - 1, 'at', 0.0)"
        )
        tomorrow = self._rooms.clock.now() + timedelta(days=1)
        numbers = _numbers(jobs)
        is_later = numbers.c.n > jobs - later
        same: dict[str, Any] = {"dedup_key": literal_column("'job ' || n"), "payload": literal_column(payload)}
        waits = {
            "state": case((is_later, literal(TaskState.SCHEDULED.value)), else_=literal(TaskState.READY.value)),
            "ready_at": case((is_later, literal(tomorrow, tasks.c.ready_at.type)), else_=tasks.c.ready_at),
            "run_id": numbers.c.n + run.id,
        }
        async with database.write() as connection:
            await connection.execute(_copied(runs, run.id, numbers, same | {"id": numbers.c.n + run.id}))
            await connection.execute(_copied(tasks, run.id, numbers, same | waits))
            await connection.execute(delete(runs).where(runs.c.id == run.id))
            await connection.execute(text("ANALYZE"))

    async def enqueue(self, payload: Payload) -> None:
        """See the protocol."""
        await self._rooms.queue.enqueue(PIPELINE, dedup_key=uuid.uuid4().hex, payload=payload, priority=PRIORITY)

    async def enqueue_many(self, batch: Sequence[Payload]) -> None:
        """See the protocol."""
        await self._rooms.queue.enqueue_all(self._planned(batch))

    async def work(self, slots: int, tally: Tally) -> None:
        """See the protocol."""

        async def no_op(work: Work) -> Outcome:
            tally.done(work.task.payload["number"], work.task.payload["at"])
            return Done()

        rooms = self._rooms
        worker = IndexingWorkerService(
            storage=rooms.storage,
            open_storage=lambda: opened_storage(rooms.settings.database),
            executor=Executor({Job.NO_OP: no_op}, rooms.policies),
            wakeups=rooms.wakeups,
            presence=rooms.presence,
            clock=rooms.clock,
            terms=replace(self._terms, slots=slots),
            observer=rooms.observation.observer,
        )
        # As `kodit worker` does.
        collect_garbage()
        run = asyncio.create_task(worker.run())
        await asyncio.wait([run, asyncio.ensure_future(tally.ended())], return_when=asyncio.FIRST_COMPLETED)
        worker.stop()
        await run

    async def claim(self, limit: int) -> int:
        """See the protocol."""
        now = self._rooms.clock.now()
        before, self._claimed = self._claimed, self._claimed + limit
        demand = Demand(
            limit=limit,
            types=(Job.NO_OP,),
            places=self._terms.places,
            oldest=self._claimed // SHARE - before // SHARE,
            aged_until=now - self._terms.ageing if self._terms.ageing else None,
        )
        lease = Lease(owner="benchmark", token=uuid.uuid4().hex, until=now + self._terms.lease)
        # As a worker does.
        claimed = await self._rooms.storage.transact(
            lambda unit: unit.tasks.claim(lease, demand, now=now), lasting=False
        )
        return len(claimed)

    def _planned(self, batch: Sequence[Payload]) -> Sequence[NewRun]:
        return [self._rooms.queue.planned(PIPELINE, uuid.uuid4().hex, payload, PRIORITY) for payload in batch]


def _settings(place: str) -> Settings:
    """Those that everybody has who sets none, but for where the database is."""
    rest = place.partition("://")[2]
    data_dir = mkdtemp(prefix="kodit-queue-machine-") if rest else place
    return load(data_dir=Path(data_dir), database_url=f"postgresql+asyncpg://{rest}" if rest else None)


def _numbers(count: int) -> CTE:
    """The numbers from 1 to `count`, as a table."""
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))


def _copied(table: Table, run_id: int, numbers: CTE, changed: dict[str, Any]) -> Any:
    """Inserts as many copies of a run's only row as there are numbers."""
    columns = [column for column in table.c if column.name != "id" or "id" in changed]
    mine = table.c.id if table is runs else table.c.run_id
    values = [changed.get(column.name, column) for column in columns]
    every = select(*values).select_from(table.join(numbers, true())).where(mine == run_id)
    return insert(table).from_select([column.name for column in columns], every)
