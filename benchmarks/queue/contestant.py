"""What is measured: one small protocol, and the list of those who implement it."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict

from benchmarks.queue.tally import Tally


class NotOffered(Exception):
    """The contestant has no such thing: its cell in the table stays empty."""


class Payload(TypedDict):
    """What a job carries: its number (-1 when nobody counts), and when it was enqueued by the monotonic clock, or 0."""

    number: int
    at: float


def payloads(count: int, first: int = 0) -> list[Payload]:
    """Jobs whose pickup nobody measures."""
    return [Payload(number=number, at=0.0) for number in range(first, first + count)]


class Contestant(Protocol):
    """A queue on one database, with no-op jobs. `place` is a directory (SQLite) or a URL (PostgreSQL).

    Every enqueue is durable when it returns, and a job counts as done when its handler has called the tally.
    """

    async def create(self, place: str) -> None:
        """Make the schema."""
        ...

    async def open(self, place: str) -> None:
        """Connect, where the schema is."""
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...

    async def fill(self, jobs: int, *, later: int = 0) -> None:
        """Have jobs 0 to `jobs` wait, the last `later` of them for tomorrow: by any means, it is not measured."""
        ...

    async def enqueue(self, payload: Payload) -> None:
        """Put one job on the queue; called by one after the other, and by many at once (see `callers`)."""
        ...

    async def enqueue_many(self, batch: Sequence[Payload]) -> None:
        """Put all on the queue in the fastest durable way."""
        ...

    async def call(self, callers: int, until: float) -> int:
        """Let `callers` enqueue at the same time, one job a call, until a monotonic moment; how many they were."""
        ...

    async def work(self, slots: int, tally: Tally) -> None:
        """Be one worker that claims up to `slots` jobs at a time, until the tally has ended."""
        ...

    async def claim(self, limit: int) -> int:
        """Take up to `limit` waiting jobs as a worker does, and leave them in its hands; how many there were."""
        ...


@dataclass(frozen=True)
class Entry:
    """A line of the tables: `module` holds a class `Queue`, which is called with `options`.

    `slots` are the numbers of jobs in hand that it can be told, `claims` those that it can take at once, and
    `measures` the tables in which it stands.
    """

    name: str
    database: str
    module: str
    options: tuple[object, ...] = ()
    measures: frozenset[str] = frozenset({"throughput", "enqueue", "pickup", "claim", "idle"})
    slots: Sequence[int] = (1, 10, 100)
    claims: Sequence[int] = (1, 10)
    is_peer: bool = False

    def contestant(self) -> Contestant:
        """The contestant, not yet open. Raises ImportError when a peer is not installed."""
        queue: Contestant = importlib.import_module(f"benchmarks.queue.{self.module}").Queue(*self.options)
        return queue


ONLY_THROUGHPUT = frozenset({"throughput"})
WITHOUT_WAITING = frozenset({"throughput", "enqueue", "claim"})
ENTRIES = (
    Entry("raw sqlite3", "sqlite", "raw_sqlite", (False,)),
    Entry("raw sqlite3, settle + claim in one", "sqlite", "raw_sqlite", (True,), measures=ONLY_THROUGHPUT),
    Entry("raw sqlite3 on kodit's tables", "sqlite", "raw_sqlite_of_kodit", (True,), measures=WITHOUT_WAITING),
    Entry("kodit on SQLite", "sqlite", "kodit_queue"),
    Entry("huey", "sqlite", "huey", claims=(1,), is_peer=True),
    Entry("persist-queue", "sqlite", "persist_queue", slots=(1,), claims=(1,), is_peer=True),
    Entry("raw asyncpg", "postgres", "raw_postgres", (False,)),
    Entry("raw asyncpg, settle + claim in one", "postgres", "raw_postgres", (True,), measures=ONLY_THROUGHPUT),
    Entry("raw asyncpg on kodit's tables", "postgres", "raw_postgres_of_kodit", (False,), measures=WITHOUT_WAITING),
    Entry("kodit on PostgreSQL", "postgres", "kodit_queue"),
    Entry("procrastinate", "postgres", "procrastinate", claims=(1,), is_peer=True),
    Entry("pgqueuer", "postgres", "pgqueuer", is_peer=True),
    Entry("awa-pg", "postgres", "awa", claims=(), is_peer=True),
)
"""Adding a contestant is one file and one line."""


def entry(name: str) -> Entry:
    """The entry with this name."""
    return next(each for each in ENTRIES if each.name == name)
