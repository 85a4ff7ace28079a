"""A queue in a file and workers for it, for the suites of workers."""

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from kodit.application.tasks.executor import Executor
from kodit.application.tasks.queue_service import QueueService
from kodit.application.tasks.terms import Terms
from kodit.application.tasks.worker import IndexingWorkerService
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Policies, RetryPolicy
from kodit.domain.tasks.task_type import QueuePriority, TaskType
from kodit.infrastructure import clock
from kodit.infrastructure.filesystem.presence import LockedPresence
from kodit.infrastructure.sql import migrations
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.unit_of_work import SqlStorage
from kodit.infrastructure.sqlite.wakeups import SqliteWakeups

ONE = Pipeline("one", Phase(TaskType.SYNC))
POLICIES = Policies(RetryPolicy(attempts=2, base=timedelta(hours=1)))


class Queue:
    """A queue in a file, and workers for it."""

    def __init__(self, path):
        self.path = path
        self.database = Database(f"sqlite+aiosqlite:///{path / 'kodit.db'}")
        self.storage = SqlStorage(self.database)
        self.wakeups = SqliteWakeups(path / "kodit.db")
        self.presence = LockedPresence(path / "workers")
        self.clock = clock.SystemClock()
        self.service = self.serving()

    def serving(self):
        return QueueService(storage=self.storage, wakeups=self.wakeups, policies=POLICIES, clock=self.clock)

    @asynccontextmanager
    async def another_storage(self):
        database = Database(self.database.url.render_as_string(hide_password=False))
        yield SqlStorage(database)
        await database.close()

    def worker(self, handlers, *, concurrency=3, policies=POLICIES, observer=None, **terms):
        return IndexingWorkerService(
            storage=self.storage,
            open_storage=self.another_storage,
            executor=Executor(handlers, policies),
            wakeups=self.wakeups,
            presence=self.presence,
            clock=self.clock,
            terms=Terms(slots=concurrency, **terms),
            observer=observer,
        )

    async def enqueue(self, key="index:1", pipeline=ONE, priority=QueuePriority.USER_INITIATED):
        index_id = int(key.rpartition(":")[2])
        return await self.service.enqueue(pipeline, dedup_key=key, payload={"index_id": index_id}, priority=priority)

    async def tasks(self, run):
        async with self.storage.read() as unit:
            return await unit.tasks.tasks_of(run.id)

    async def run(self, run):
        async with self.storage.read() as unit:
            return await unit.tasks.run(run.id)

    async def drain(self, handler, **options):
        await self.worker(dict.fromkeys(TaskType, handler), **options).run(drain=True)


@asynccontextmanager
async def opened(path):
    """A queue of a test's own."""
    made = Queue(path)
    await migrations.upgrade(made.database)
    yield made
    await made.wakeups.close()
    await made.database.close()


@asynccontextmanager
async def working(worker, **options):
    running = asyncio.create_task(worker.run(**options))
    try:
        yield running
    finally:
        await worker.abandon()
        await running


def dead_worker(presence):
    """The name of one that ended without a farewell."""
    owner = presence.owner()
    with suppress(InterruptedError), presence.register(owner):
        raise InterruptedError
    return owner
