"""A queue in memory for those who look after it: its storage, a presence and a clock set by hand."""

import asyncio
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kodit.application.tasks.lease_keeper import LeaseKeeper
from kodit.domain.tasks.claim import Demand
from kodit.domain.tasks.pipeline import Phase, Pipeline
from kodit.domain.tasks.policy import Policies, RetryPolicy
from kodit.domain.tasks.presence import PresentWorker
from kodit.domain.tasks.run import plan
from kodit.domain.tasks.task import Lease
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.memory.task_repository import MemoryTaskRepository

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ONE = Pipeline("one", Phase(TaskType.SYNC))
EVERYTHING = Demand(limit=99, types=tuple(TaskType))


@dataclass
class Workers:
    """The registry of workers, in memory."""

    seen_at: dict = field(default_factory=dict)

    async def seen(self, worker):
        self.seen_at[worker.owner] = worker.seen_at

    async def left(self, owner):
        self.seen_at.pop(owner, None)

    async def prune(self, *, before):
        self.seen_at = {owner: at for owner, at in self.seen_at.items() if at >= before}


class Stored:
    """A storage in memory."""

    def __init__(self):
        self.tasks = MemoryTaskRepository()
        self.workers = Workers()

    @asynccontextmanager
    async def write(self):
        yield self

    read = write

    async def transact(self, work, *, lasting=True):
        return await work(self)


class Here:
    """A presence on a machine where the dead are known by name."""

    def __init__(self, *dead):
        self.dead = frozenset(dead)

    def register(self, owner):
        return nullcontext()

    def introduce(self, owner, demand, **moments):
        about = {"machine": "machine", "host": "here", "pid": 1}
        takes = {"slots": demand.limit, "types": demand.types, "places": demand.places}
        return PresentWorker(owner=owner, **about, **takes, **moments)

    def gone(self, owners):
        return self.dead & frozenset(owners)


@dataclass
class HandSet:
    """A clock that is set by hand."""

    moment: datetime = NOON

    def now(self):
        return self.moment


async def enqueue(stored, *keys, at=NOON):
    policies = Policies(RetryPolicy(attempts=3))
    news = [plan(ONE, dedup_key=key, payload={}, priority=0, policies=policies, now=at) for key in keys]
    return await stored.tasks.enqueue(news)


async def claim(stored, *, owner="worker", at=NOON):
    return await stored.tasks.claim(Lease(owner=owner, token="token", until=at + MINUTE), EVERYTHING, now=at)


def keeper(in_hand, clock, policies=Policies()):  # noqa: B008 - it is not changed
    return LeaseKeeper(
        owner="worker",
        demand=EVERYTHING,
        lease=MINUTE,
        in_hand=in_hand,
        policies=policies,
        presence=Here(),
        clock=clock,
    )


async def nothing(storage):
    """A worker that has nothing in hand."""


async def wait_for_ever(attempt):
    """Work that ends when it is stopped."""
    await asyncio.Event().wait()
