"""One trial: a queue, a crew that works on it, faults, and what the tables say at the end."""

import asyncio
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from chaos_crew import PATIENCE, Crew, Member
from chaos_faults import Faults
from chaos_invariants import Tables, read, violations
from chaos_ledger import LedgeredStorage
from chaos_process import ENDINGS, clock_for, wakeups_for
from chaos_work import FATES, POLICIES, pipeline_of
from sqlalchemy import text

from kodit.application.tasks.queue_service import QueueService
from kodit.infrastructure.sql.database import Database


@dataclass(frozen=True, slots=True)
class Size:
    """How big a trial is.

    Faults come for at least so many `seconds` in whole rounds, one every `pause` seconds; with `slow` also those that
    take half a minute to get over. Nobody enqueues while more than `backlog` runs are live.
    """

    workers: int
    backlog: int
    pause: float
    seconds: float = 0.0
    slow: bool = False


LOOK_SECONDS = 1
"""How often the queue is looked at though no attempt has ended: a run may end by a dead worker's being noticed."""
SHORT = Size(workers=3, backlog=15, pause=0.5)
ENQUEUERS = 2


@dataclass(slots=True)
class Report:
    """What a trial was like, and what it broke."""

    name: str
    seconds: float
    tables: Tables
    crew: Crew
    faults: Faults
    broken: list

    def figures(self):
        """The lines of the table."""
        rows = self.tables.ledger
        events = Counter(row.event for row in rows)
        settled = Counter(row.state for row in rows if row.event == "settled")
        effects = Counter(row.task_id for row in rows if row.event == "effect")
        states = Counter(task.state for task in self.tables.tasks.values())
        exits, faults = self.crew.exits, self.faults.counts
        return {
            "seconds": round(self.seconds),
            "runs": len(self.tables.runs),
            "tasks": len(self.tables.tasks),
            "of these succeeded": states["succeeded"],
            "of these dead, as they should be": states["dead"],
            "of these cancelled after a dead one": states["cancelled"],
            "asked for": events["asked"],
            "attempts": events["claimed"],
            "attempts that failed and were put off": settled["scheduled"],
            "attempts given back": settled["ready"],
            "takeovers": events["rescued"],
            "tasks with more than one effect": sum(number > 1 for number in effects.values()),
            "longest takeover, seconds": round(max(self.takeovers(), default=0), 1),
            "longest time without a claim, seconds": round(max(self.standstills(), default=0), 1),
            "processes killed": exits["killed"],
            "processes killed by their task": exits["poisoned"],
            "processes that gave up and were started again": exits["gave up"],
            **{f"fault: {kind}": number for kind, number in sorted(faults.items())},
            "violations": len(self.broken),
        }

    def standstills(self):
        """Seconds between one claim and the next of anybody."""
        claims = [row.at for row in self.tables.ledger if row.event == "claimed"]
        return (later - earlier for earlier, later in pairwise(claims))

    def takeovers(self):
        """How long after a worker was killed or stopped its tasks were taken from it, in seconds."""
        held = {}
        for row in self.tables.ledger:
            if row.event in {"claimed", "extended"}:
                held[row.task_id] = row
            if row.event == "rescued" and (last := held.get(row.task_id)):
                halted_at = self.crew.halted_at.get(int(last.owner.split("-")[1]), 0)
                # Whoever was heard of after it was halted has gone on since.
                if last.at < halted_at < row.at:
                    yield row.at - halted_at


async def trial(home, directory, *, seed, size=SHORT):
    """Let faults happen, and see what is left."""
    began = time.monotonic()
    async with home.open():
        crew = Crew(directory, [*_members(home, directory, seed, size)])
        faults = Faults(crew, home, seed, slow=size.slow)
        setup = home.setup(0, directory=str(directory), acknowledged="", seed=0)
        await _one_of_each_fate(setup)
        async with crew.complete():
            await crew.at_work()
            await faults.round(size.pause)
            while time.monotonic() - began < size.seconds:
                await faults.round(size.pause)
            await faults.over()
            await crew.leave("enqueue", signal.SIGKILL)
            await _emptied(setup)
            await crew.leave("work", signal.SIGTERM)
        tables = await _tables(home.url)
    broken = [*violations(tables, _promised(directory)), *crew.wronged(tables.ledger), *crew.crashes]
    return Report(home.name, time.monotonic() - began, tables, crew, faults, broken)


def _members(home, directory, seed, size):
    given = {"seed": seed, "backlog": size.backlog}
    for number in range(size.workers):
        # The first two share a machine, where the dead are found at once; the others are each on one of their own.
        place = directory / f"machine-{max(number, 1)}"
        yield Member("work", home.setup(number, directory=str(place), acknowledged="", **given))
    for number in range(ENQUEUERS):
        promised = str(directory / f"promised-{number}")
        yield Member("enqueue", home.setup(number, directory=str(directory), acknowledged=promised, **given))


async def _one_of_each_fate(setup):
    database = Database(setup.url)
    async with wakeups_for(setup) as wakeups:
        clock = clock_for(database)
        service = QueueService(storage=LedgeredStorage(database), wakeups=wakeups, policies=POLICIES, clock=clock)
        for fate in FATES:
            payload = {"fate": fate}
            await service.enqueue(pipeline_of(fate), dedup_key=f"first:{fate}", payload=payload, priority=50)
    await database.close()


async def _emptied(setup):
    """Wait until nothing is live; what never ends is told by the tables."""
    live = text("SELECT count(*) FROM runs WHERE state IN ('pending', 'processing')")
    database = Database(setup.url)
    async with wakeups_for(setup, ENDINGS) as endings:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while await _scalar(database, live):
                    await endings.wait(LOOK_SECONDS)
    await database.close()


async def _scalar(database, question):
    async with database.read() as connection:
        return await connection.scalar(question)


async def _tables(url):
    database = Database(url)
    tables = await read(database)
    await database.close()
    return tables


def _promised(directory):
    return [int(line) for file in directory.glob("promised-*") for line in file.read_text().split()]
