"""The processes of the chaos test: a worker, and one who enqueues.

    python chaos_process.py work|enqueue SETUP

SETUP is JSON: see Setup.
"""

import asyncio
import json
import random
import signal
import sys
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog
from chaos_ledger import LedgeredStorage
from chaos_work import LEASE, POLICIES, Step, fate_of, pipeline_of, work_at
from sqlalchemy import text

from kodit.application.tasks.executor import Executor
from kodit.application.tasks.queue_service import QueueService
from kodit.application.tasks.terms import Terms
from kodit.application.tasks.worker import IndexingWorkerService
from kodit.domain.errors import TransientError
from kodit.infrastructure import clock
from kodit.infrastructure.filesystem.presence import LockedPresence
from kodit.infrastructure.sql.database import Database
from kodit.infrastructure.sqlite.wakeups import SqliteWakeups

GAVE_UP = 75
"""Exit status of a process that could not reach the database."""
JUMP_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Setup:
    """Where a process finds everything.

    `acknowledged` is the file in which it notes what the database has told it is stored: runs, and effects of attempts.
    `skew` is by how many seconds its machine's clock is wrong. With `calm`, no run has a fate of its own.
    """

    url: str
    directory: str
    acknowledged: str
    seed: int
    skew: float = 0
    slots: int = 4
    backlog: int = 15
    calm: bool = False

    @property
    def database_file(self):
        """SQLite's file; None for another database."""
        kind, _, path = self.url.partition(":///")
        return Path(path) if kind.startswith("sqlite") else None


def be_wrong(setup):
    """Have the machine's clock be wrong, and jump: every few seconds it is as wrong to the other side."""
    right = clock.now

    def wrong():
        side = 1 if time.monotonic() // JUMP_SECONDS % 2 else -1
        return right() + timedelta(seconds=side * setup.skew)

    clock.now = wrong


def clock_for(database):
    return clock.SystemClock() if database.is_sqlite else clock.ServerClock(database.time)


@asynccontextmanager
async def wakeups_for(setup):
    if setup.database_file:
        wakeups = SqliteWakeups(setup.database_file)
    else:
        from kodit.infrastructure.postgres.wakeups import PostgresWakeups

        wakeups = PostgresWakeups(setup.url)
    yield wakeups
    await wakeups.close()


@asynccontextmanager
async def opened(setup):
    """The database, the wake-ups and the clock."""
    database = Database(setup.url)
    async with wakeups_for(setup) as wakeups:
        yield database, wakeups, clock_for(database)
    await database.close()


def acknowledge(setup, line):
    """Note what is stored; one write, so that nobody dies in the middle of a line."""
    if setup.acknowledged:
        with Path(setup.acknowledged).open("ab", buffering=0) as file:
            file.write(f"{line}\n".encode())


def worker(setup, database, wakeups, its_clock):
    async def handler(attempt):
        done = await work_at(attempt)
        acknowledge(setup, f"{attempt.task.id} {attempt.task.lease_token}")
        return done

    @asynccontextmanager
    async def another_storage():
        another = Database(setup.url)
        yield LedgeredStorage(another)
        await another.close()

    return IndexingWorkerService(
        storage=LedgeredStorage(database),
        open_storage=another_storage,
        executor=Executor(dict.fromkeys(Step, handler), POLICIES),
        wakeups=wakeups,
        presence=LockedPresence(Path(setup.directory)),
        clock=its_clock,
        terms=Terms(slots=setup.slots, lease=LEASE),
    )


async def work(setup, *, drain=False):
    """Work until asked to leave, and then give back what is in hand."""
    async with opened(setup) as (database, wakeups, its_clock):
        made = worker(setup, database, wakeups, its_clock)
        leaving = []
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, lambda: leaving.append(asyncio.ensure_future(made.abandon())))
        await made.run(drain=drain)


async def enqueue(setup):
    """Ask for one run after another, some of them more than once, and note what was promised."""
    chance = random.Random()
    async with opened(setup) as (database, wakeups, its_clock):
        storage = LedgeredStorage(database)
        service = QueueService(storage=storage, wakeups=wakeups, policies=POLICIES, clock=its_clock)

        async def ask(number):
            fate = "plain" if setup.calm else fate_of(setup.seed, number)
            priority = chance.choice((10, 50))
            asked = {"dedup_key": f"key:{number}", "payload": {"fate": fate, "number": number}, "priority": priority}
            run = await service.enqueue(pipeline_of(fate), **asked)
            acknowledge(setup, f"{run.id}")

        while True:
            live, newest = await _standing(database)
            if live > setup.backlog:
                await asyncio.sleep(0.1)
                continue
            # A small window that moves on, so that those who enqueue meet in it.
            numbers = [newest + chance.randrange(5) for _ in range(chance.randrange(1, 5))]
            if chance.random() < 0.1:
                numbers.append(max(0, newest - chance.randrange(50)))
            for told in await asyncio.gather(*map(ask, numbers), return_exceptions=True):
                if isinstance(told, BaseException) and not isinstance(told, TransientError):
                    raise told


async def _standing(database):
    """How many runs are live, and the newest id."""
    live, newest = (
        text("SELECT count(*) FROM runs WHERE state IN ('pending', 'processing')"),
        text("SELECT max(id) FROM runs"),
    )
    while True:
        with suppress(TransientError):
            async with database.read() as connection:
                return await connection.scalar(live), await connection.scalar(newest) or 0
        await asyncio.sleep(0.2)


def main():
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    setup = Setup(**json.loads(sys.argv[2]))
    if setup.skew:
        be_wrong(setup)
    try:
        asyncio.run({"work": work, "enqueue": enqueue}[sys.argv[1]](setup))
    except TransientError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(GAVE_UP)


if __name__ == "__main__":
    main()
