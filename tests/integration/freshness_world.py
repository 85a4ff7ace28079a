"""Sources on a queue at a time that the test says, and what keeps them fresh."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from kodit.application.access.audit_trail import AuditTrail
from kodit.application.freshness.here import Here
from kodit.application.freshness.keeping_fresh import KeepingFresh
from kodit.application.freshness.sync_scheduler import SyncScheduler
from kodit.application.indexing.code_indexing_application_service import CodeIndexingApplicationService
from kodit.application.sources.working_copies import WorkingCopiesByKind
from kodit.application.tasks.queue_service import QueueService
from kodit.domain.sources.reading import placed, usual_name
from kodit.domain.sources.schedule import NEVER
from kodit.domain.sources.source import Naming, SourceKind
from kodit.domain.tasks.claim import Demand, Ending
from kodit.domain.tasks.policy import Done, Failed, Policies, RetryPolicy
from kodit.domain.tasks.task import Lease
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.filesystem.changed_paths import left_in
from kodit.infrastructure.filesystem.path_facts import path_facts
from kodit.infrastructure.filesystem.working_copy import DirectoryWorkingCopies
from kodit.infrastructure.memory.keyword_index import MemoryKeywordIndex
from kodit.infrastructure.memory.vector_index import MemoryVectorIndex
from kodit.infrastructure.memory.wakeups import MemoryWakeups
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sql.migrations import upgrade
from kodit.infrastructure.sql.tables import runs
from kodit.infrastructure.sql.unit_of_work import SqlStorage
from kodit.infrastructure.watchfiles.directory_watcher import Quiet, SystemDirectoryWatcher

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HALF_HOUR, HOUR = timedelta(minutes=30), timedelta(hours=1)


class Moment:
    """A clock that stands still until somebody moves it on."""

    def __init__(self):
        self.at = NOON

    def now(self):
        return self.at

    async def follow(self):
        pass


class World:
    """A database with sources; `another` is the same database as another process has it."""

    def __init__(self, url, clock=None, machine="here"):
        self.database = Database(url)
        self.storage = SqlStorage(self.database)
        self.clock = clock or Moment()
        self.machine = machine
        self.wakeups = MemoryWakeups()
        self.queue = QueueService(
            storage=self.storage, wakeups=self.wakeups, policies=Policies(RetryPolicy()), clock=self.clock
        )
        self.trail = AuditTrail(storage=self.storage, clock=self.clock, keep=timedelta(days=1))
        self.here = Here(lambda: self.machine, path_facts)

    def indexing(self, usual=HALF_HOUR):
        copies = DirectoryWorkingCopies()
        return CodeIndexingApplicationService(
            storage=self.storage,
            queue=self.queue,
            working_copies=WorkingCopiesByKind(dict.fromkeys(SourceKind, copies)),
            keyword_index=MemoryKeywordIndex(),
            vector_index=MemoryVectorIndex(),
            machine=lambda: self.machine,
            now=self.clock.now,
            usual=usual,
        )

    def scheduler(self, usual=HALF_HOUR):
        return SyncScheduler(
            storage=self.storage, indexing=self.indexing(usual), clock=self.clock, here=self.here, usual=usual
        )

    def freshness(self, usual=HALF_HOUR, **given):
        indexing = self.indexing(usual)

        async def add(location, *, name, reading):
            kind, exact = placed(location, reading, path_facts)
            named = Naming(name or usual_name(exact, kind), exact=name is not None)
            return await indexing.add_source(kind=kind, location=exact, naming=named, reading=reading)

        return KeepingFresh(
            storage=self.storage,
            indexing=indexing,
            clock=self.clock,
            here=self.here,
            watcher=SystemDirectoryWatcher(Quiet(pause=20)),
            left_in=lambda directory, paths: left_in(directory, [], paths),
            add=add,
            trail=lambda: self.trail,
            usual=usual,
            **given,
        )

    async def look(self, *, after=None, usual=HALF_HOUR):
        """Look once, so much later."""
        self.clock.at += after or NEVER
        return await self.scheduler(usual).look()

    async def add(self, name, location=None):
        kind = SourceKind.DIRECTORY if location and location.startswith("/") else SourceKind.GIT
        location = location or f"https://forge.example/owner/{name}"
        return await self.indexing().add_source(kind=kind, location=location, naming=Naming(name))

    async def schedule(self, source):
        async with self.storage.read() as unit:
            return await unit.schedules.of(source.id)

    async def change(self, source, **changes):
        """Change what is planned for a source."""
        async with self.storage.write() as unit:
            before = await unit.schedules.of(source.id)
            assert await unit.schedules.move(before, replace(before, **changes))

    async def live_run(self, source):
        return await self.indexing().live_run(source.id)

    async def work(self, *, failing=False):
        """Have everything done that waits on the queue."""
        outcome = Failed("the forge is gone") if failing else Done()
        lease = Lease(owner="worker", token="token", until=self.clock.now() + HOUR)
        demand = Demand(limit=99, types=tuple(TaskType), places=("", self.machine))
        now = self.clock.now()
        while True:
            async with self.storage.write() as unit:
                claimed = await unit.tasks.claim(lease, demand, now=now)
                ends = [task.settled(outcome, policy=RetryPolicy(), now=now, chance=0) for task in claimed]
                endings = [Ending(task, end, outcome) for task, end in zip(claimed, ends, strict=True)]
                await unit.tasks.settle(endings, now=now)
            if not claimed:
                return

    async def every_run(self):
        """How many runs there ever were, by source."""
        async with self.database.read() as connection:
            found = await connection.execute(select(runs.c.dedup_key, func.count()).group_by(runs.c.dedup_key))
            return {int(row[0].removeprefix("index:")): row[1] for row in found}


@asynccontextmanager
async def opened(url):
    world = World(url)
    await upgrade(world.database)
    yield world
    await world.database.close()
