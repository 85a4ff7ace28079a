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
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
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
from kodit.infrastructure.sqlite.wakeups import TASKS, SqliteWakeups

ENDINGS = "endings"
GAVE_UP = 75
"""Exit status of a process that could not reach the database."""
HERE = "here\n"
"""What a worker says on its standard output once others of its machine can see that it is there."""
JUMP_SECONDS = 3
LOOK_SECONDS = 0.2
"""How often whoever enqueues looks though no attempt has ended: the database may not be able to say so."""


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


class ToldPresence(LockedPresence):
    """Tells whoever started this process, too."""

    @contextmanager
    def register(self, owner):
        with super().register(owner):
            sys.stdout.write(HERE)
            sys.stdout.flush()
            yield


@asynccontextmanager
async def wakeups_for(setup, about=TASKS):
    """Wake-ups of what is queued, or of the ends of attempts."""
    if setup.database_file:
        wakeups = SqliteWakeups(setup.database_file, about)
    else:
        from kodit.infrastructure.postgres.wakeups import PostgresWakeups

        wakeups = PostgresWakeups(setup.url, f"kodit_{about}")
    yield wakeups
    await wakeups.close()


@dataclass(frozen=True, slots=True)
class Opened:
    """What a process has open. `endings` are the wake-ups of the ends of attempts."""

    database: object
    wakeups: object
    endings: object
    clock: object


@asynccontextmanager
async def opened(setup):
    database = Database(setup.url)
    async with AsyncExitStack() as stack:
        wakeups, endings = [await stack.enter_async_context(wakeups_for(setup, about)) for about in (TASKS, ENDINGS)]
        yield Opened(database, wakeups, endings, clock_for(database))
    await database.close()


def acknowledge(setup, line):
    """Note what is stored; one write, so that nobody dies in the middle of a line."""
    if setup.acknowledged:
        with Path(setup.acknowledged).open("ab", buffering=0) as file:
            file.write(f"{line}\n".encode())


def worker(setup, world, presence):
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
        storage=LedgeredStorage(world.database),
        open_storage=another_storage,
        executor=Executor(dict.fromkeys(Step, handler), POLICIES),
        wakeups=world.wakeups,
        presence=presence(Path(setup.directory)),
        clock=world.clock,
        terms=Terms(slots=setup.slots, lease=LEASE),
        endings=world.endings,
    )


async def work(setup, *, drain=False, presence=ToldPresence):
    """Work until asked to leave, and then give back what is in hand."""
    async with opened(setup) as world:
        made = worker(setup, world, presence)
        leaving = []
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, lambda: leaving.append(asyncio.ensure_future(made.abandon())))
        await made.run(drain=drain)


async def enqueue(setup):
    """Ask for one run after another, some of them more than once, and note what was promised."""
    chance = random.Random()
    async with opened(setup) as world:
        storage = LedgeredStorage(world.database)
        service = QueueService(storage=storage, wakeups=world.wakeups, policies=POLICIES, clock=world.clock)

        async def ask(number):
            fate = "plain" if setup.calm else fate_of(setup.seed, number)
            priority = chance.choice((10, 50))
            asked = {"dedup_key": f"key:{number}", "payload": {"fate": fate, "number": number}, "priority": priority}
            run = await service.enqueue(pipeline_of(fate), **asked)
            acknowledge(setup, f"{run.id}")

        while True:
            live, newest = await _standing(world)
            if live > setup.backlog:
                await world.endings.wait(LOOK_SECONDS)
                continue
            # A small window that moves on, so that those who enqueue meet in it.
            numbers = [newest + chance.randrange(5) for _ in range(chance.randrange(1, 5))]
            if chance.random() < 0.1:
                numbers.append(max(0, newest - chance.randrange(50)))
            for told in await asyncio.gather(*map(ask, numbers), return_exceptions=True):
                if isinstance(told, BaseException) and not isinstance(told, TransientError):
                    raise told


async def _standing(world):
    """How many runs are live, and the newest id."""
    live, newest = (
        text("SELECT count(*) FROM runs WHERE state IN ('pending', 'processing')"),
        text("SELECT max(id) FROM runs"),
    )
    while True:
        with suppress(TransientError):
            async with world.database.read() as connection:
                return await connection.scalar(live), await connection.scalar(newest) or 0
        await world.endings.wait(LOOK_SECONDS)


def main():
    logs = structlog.PrintLoggerFactory(sys.stderr)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30), logger_factory=logs)
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
