"""One process of a measurement: `python -m benchmarks.queue.child`, started and ordered about by measures.py.

It reads one line of orders, says `ready` when it is prepared, goes on when it reads another line, and says what came
of it in JSON.
"""

import asyncio
import json
import os
import random
import resource
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.queue.contestant import Contestant, NotOffered, Payload, entry, payloads
from benchmarks.queue.tally import Tally

Answer = Mapping[str, Any]
BATCH = 1_000
SETTLING = 1.0
"""Seconds that an idle worker is given to come to rest."""


class Child:
    """A contestant in a process of its own, and what it can be told to do."""

    def __init__(self, contestant: Contestant, orders: Mapping[str, Any], begin: Callable[[], Awaitable[None]]) -> None:
        self._contestant = contestant
        self._orders = orders
        self._begin = begin

    async def create(self) -> Answer:
        """Make the schema."""
        await self._contestant.create(self._orders["place"])
        return {}

    async def work(self) -> Answer:
        """Be one of several workers; the first fills the queue."""
        tally = self._tally()
        if jobs := self._orders["fill"]:
            await self._contestant.fill(jobs)
        await self._begin()
        tally.start()
        began = time.monotonic()
        await self._contestant.work(self._orders["slots"], tally)
        return {"began": began, "last": tally.last, "count": tally.count, "pickups": tally.pickups}

    async def produce(self) -> Answer:
        """Enqueue jobs one by one, with pauses in which the workers fall asleep."""
        await self._begin()
        await self._produce()
        return {}

    async def both(self) -> Answer:
        """Work and produce in one process."""
        tally = self._tally()
        await self._begin()
        tally.start()
        await asyncio.gather(self._contestant.work(self._orders["slots"], tally), self._produce())
        return {"pickups": tally.pickups}

    async def enqueue(self) -> Answer:
        """Enqueue in one of three ways for some seconds."""
        contestant, orders = self._contestant, self._orders
        await contestant.enqueue(Payload(number=-1, at=0.0))
        await self._begin()
        began = time.monotonic()
        until = began + orders["seconds"]
        count = 0
        if orders["way"] == "callers":
            count = await contestant.call(orders["callers"], until)
        while time.monotonic() < until and count < orders["most"]:
            if orders["way"] == "one":
                await contestant.enqueue(Payload(number=count, at=0.0))
                count += 1
            else:
                await contestant.enqueue_many(payloads(BATCH, count))
                count += BATCH
        return {"rate": count / (time.monotonic() - began)}

    async def claim(self) -> Answer:
        """Claim again and again from a long queue, by each of some limits."""
        waiting = self._orders["waiting"]
        await self._contestant.fill(waiting, later=waiting // 10)
        await self._begin()
        return {"spent": [await self._claims(limit) for limit in self._orders["limits"]]}

    async def idle(self) -> Answer:
        """Be a worker with nothing to do."""
        tally = self._tally()
        tally.pause = 60.0
        await self._begin()
        tally.start()
        work = asyncio.create_task(self._contestant.work(self._orders["slots"], tally))
        await asyncio.sleep(SETTLING)
        await self._begin()
        before, at = WATCH.look(), time.monotonic()
        await asyncio.sleep(self._orders["seconds"])
        after, spent = WATCH.look(), time.monotonic() - at
        await self._begin()
        work.cancel()
        await asyncio.wait([work], timeout=5)
        return {"cpu": after[0] - before[0], "statements": after[1] - before[1], "seconds": spent}

    async def _claims(self, limit: int) -> Sequence[float]:
        # Statements are prepared and caches warm when it counts.
        for _ in range(5):
            await self._contestant.claim(limit)
        spent: list[float] = []
        until = time.monotonic() + self._orders["seconds"]
        while time.monotonic() < until and len(spent) < self._orders["rounds"]:
            began = time.perf_counter()
            if await self._contestant.claim(limit) != limit:
                break
            spent.append(time.perf_counter() - began)
        return spent

    def _tally(self) -> Tally:
        return Tally(Path(self._orders["tally"]), **self._orders["counts"])

    async def _produce(self) -> None:
        chance = random.Random(1)
        await asyncio.sleep(0.5)
        for number in range(self._orders["jobs"]):
            await asyncio.sleep(chance.uniform(0.5, 1.5) * self._orders["pause"])
            await self._contestant.enqueue(Payload(number=number, at=time.monotonic()))


class _Watch:
    """What this process spends, and the statements it gives to SQLite."""

    def __init__(self) -> None:
        self._statements = 0

    def begin(self) -> None:
        """Count the statements of all connections made from here on."""
        connect = sqlite3.connect

        def watched(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            connection = connect(*args, **kwargs)
            connection.set_trace_callback(self._count)
            return connection

        sqlite3.connect = watched  # type: ignore[assignment]

    def look(self) -> tuple[float, int]:
        """CPU seconds and statements so far. A look at the version reads shared memory only, and counts as CPU."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime, self._statements

    def _count(self, statement: str) -> None:
        self._statements += "data_version" not in statement


WATCH = _Watch()


async def obey(orders: Mapping[str, Any], answers: int) -> Answer:
    """Do what the orders say. Raises NotOffered and ImportError."""
    contestant = entry(orders["contestant"]).contestant()

    async def begin() -> None:
        os.write(answers, b"ready\n")
        await asyncio.to_thread(sys.stdin.readline)

    role = orders["role"]
    if role == "idle":
        WATCH.begin()
    child = Child(contestant, orders, begin)
    if role == "create":
        return await child.create()
    await contestant.open(orders["place"])
    try:
        answer: Answer = await getattr(child, role)()
    finally:
        await contestant.close()
    return answer


def main() -> None:
    # Contestants may print; what they print must not get between the answers.
    answers = os.dup(1)
    os.dup2(2, 1)
    orders = json.loads(sys.stdin.readline())
    try:
        answer = asyncio.run(obey(orders, answers))
    except NotOffered:
        answer = {"missing": "-"}
    except ImportError as error:
        answer = {"missing": f"not installed ({error.name})"}
    os.write(answers, json.dumps(answer).encode() + b"\n")
    # Threads of a contestant must not keep a finished measurement alive.
    os._exit(0)


main()
