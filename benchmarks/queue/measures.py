"""The measurements: each starts processes, one contestant at a time, and gives figures by column."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.queue.contestant import Entry
from benchmarks.queue.place import Places
from benchmarks.queue.tally import distinct, size

PATIENCE = 90
"""Seconds until a process that says nothing is given up."""
CALLERS = 50
LIMITS = (1, 10)
"""How much is claimed at once when claims are measured."""
TOLD = 1_500
"""Characters of what a failed process said."""
Cell = float | str
"""A figure, or why there is none."""


def _nothing() -> None:
    """No step of our own."""


class Missing(Exception):
    """A contestant gave no figure; the text stands in its cell."""


@dataclass(frozen=True)
class Scale:
    """How much is measured; `seconds` bounds one measurement, `crews` are slots with the number of workers."""

    crews: Sequence[tuple[int, int]]
    jobs: int
    seconds: float
    pickups: int
    waiting: Sequence[int]
    claims: int
    idle: float


QUICK = Scale(crews=((10, 1), (10, 4)), jobs=2_000, seconds=0.5, pickups=20, waiting=(1_000,), claims=60, idle=1.0)
FULL = Scale(
    crews=tuple((slots, workers) for workers in (1, 4) for slots in (1, 10, 100)),
    jobs=60_000,
    seconds=4.0,
    pickups=400,
    waiting=(1_000, 1_000_000),
    claims=500,
    idle=10.0,
)


class Bench:
    """One contestant on fresh places."""

    def __init__(self, entry: Entry, places: Places, scale: Scale, python: str, scratch: Path) -> None:
        self._entry = entry
        self._places = places
        self._scale = scale
        self._python = python
        self._tally = scratch / "tally"
        self._errors = scratch / "errors"
        self._template = "empty_" + "".join(filter(str.isalnum, entry.name.lower()))

    async def create(self) -> None:
        """Make the contestant's schema. Raises Missing when it is not installed."""
        place = self._places.template(self._template)
        await self._together([{"role": "create", "place": place}], steps=())

    async def throughput(self, slots: int, workers: int) -> Cell:
        """Jobs per second from end to end, the queue being full when the workers start."""
        if slots not in self._entry.slots:
            raise Missing("-")
        place, counts = self._place(workers, self._scale.jobs, self._scale.seconds)
        orders = [
            {
                "role": "work",
                "place": place,
                "slots": slots,
                "fill": 0 if number else self._scale.jobs,
                "tally": str(self._tally),
                "counts": {**counts, "worker": number},
            }
            for number in range(workers)
        ]
        answers = await self._together(orders)
        count = sum(answer["count"] for answer in answers)
        if not count:
            return "none done"
        spent = max(answer["last"] for answer in answers) - min(answer["began"] for answer in answers)
        twice = count - distinct(self._tally, workers)
        rate = count / spent
        return f"{rate:,.0f} ({twice / count:.0%} twice)" if twice else rate

    async def enqueue(self, way: str) -> Cell:
        """Jobs per second put on the queue: `one` by one, by many `callers` at once, or in `batches`."""
        bound = {"seconds": self._scale.seconds / 2, "most": self._scale.jobs * 10, "callers": CALLERS}
        answer = await self._alone({"role": "enqueue", "way": way, **bound})
        rate: float = answer["rate"]
        return rate

    async def pickup(self, where: str) -> Sequence[Cell]:
        """Milliseconds from calling enqueue to the handler, p50 and p99, with an idle worker."""
        place, counts = self._place(1, self._scale.pickups, self._scale.seconds * 10 + 5)
        worker = {"role": "both" if where == "in process" else "work", "place": place, "slots": 10, "fill": 0}
        worker |= {"tally": str(self._tally), "counts": {**counts, "worker": 0}}
        pace = {"jobs": self._scale.pickups, "pause": 0.02}
        if where == "in process":
            answers = await self._together([worker | pace])
        else:
            answers = await self._together([worker, {"role": "produce", "place": place, **pace}])
        return percentiles(answers[0]["pickups"])

    async def claim(self, waiting: int) -> Sequence[Cell]:
        """Milliseconds of one claim, p50 and p99 for each of LIMITS; so many wait, a tenth of them due later."""
        limits = self._entry.claims
        # Few waiting must suffice for all claims of all limits.
        rounds = min(self._scale.claims, waiting * 9 // 10 // sum(LIMITS) - 10)
        bound = {"seconds": self._scale.seconds, "rounds": rounds, "limits": limits}
        answer = await self._alone({"role": "claim", "waiting": waiting, **bound}) if limits else {"spent": []}
        figures = dict(zip(limits, map(percentiles, answer["spent"]), strict=True))
        return [cell for limit in LIMITS for cell in figures.get(limit, ("-", "-"))]

    async def idle(self) -> Sequence[Cell]:
        """CPU seconds and statements per minute of a worker that has nothing to do."""
        place, counts = self._place(1, 1, self._scale.idle * 3)
        await asyncio.to_thread(self._places.watch)
        order = {"role": "idle", "slots": 10, "seconds": self._scale.idle, "place": place}
        seen: list[int] = []
        answers = await self._together(
            [{**order, "tally": str(self._tally), "counts": {**counts, "worker": 0}}],
            steps=[_nothing, *[lambda: seen.append(self._places.statements())] * 2],
        )
        minutes = answers[0]["seconds"] / 60
        statements = answers[0]["statements"] + seen[1] - seen[0]
        return answers[0]["cpu"] / minutes, statements / minutes

    def _place(self, workers: int, jobs: int, seconds: float) -> tuple[str, Mapping[str, Any]]:
        self._tally.write_bytes(bytes(size(workers, jobs)))
        return self._places.copy(self._template), {"workers": workers, "jobs": jobs, "seconds": seconds}

    async def _alone(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        return (await self._together([{**order, "place": self._places.copy(self._template)}]))[0]

    async def _together(
        self, orders: Sequence[Mapping[str, Any]], *, steps: Sequence[Callable[[], None]] = (_nothing,)
    ) -> Sequence[Mapping[str, Any]]:
        """Start a process for each order, let them go on at the same time, and return what they say.

        Each of the `steps` is taken when all are ready, and then they go on.
        """
        children = []
        with self._errors.open("wb") as errors:
            try:
                for order in orders:
                    children.append(await self._start(errors))
                    await self._tell(children[-1], {**order, "contestant": self._entry.name})
                for step in steps:
                    for child in children:
                        await self._hear(child)
                    step()
                    for child in children:
                        await self._tell(child, {})
                return [await self._hear(child) for child in children]
            finally:
                for child in children:
                    await _end(child)

    async def _start(self, errors: Any) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            self._python,
            "-m",
            "benchmarks.queue.child",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            limit=1 << 24,
            # What a contestant leaves behind goes with the rest.
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(self._errors.parent)},
        )

    async def _tell(self, child: asyncio.subprocess.Process, order: Mapping[str, Any]) -> None:
        assert child.stdin
        child.stdin.write(json.dumps(order).encode() + b"\n")
        await child.stdin.drain()

    async def _hear(self, child: asyncio.subprocess.Process) -> Mapping[str, Any]:
        assert child.stdout
        try:
            async with asyncio.timeout(PATIENCE):
                line = await child.stdout.readline()
        except TimeoutError as error:
            raise Missing("too slow") from error
        if line == b"ready\n":
            return {}
        if not line:
            print(self._errors.read_text(errors="replace")[-TOLD:], file=sys.stderr)
            raise Missing("failed")
        answer: Mapping[str, Any] = json.loads(line)
        if "missing" in answer:
            raise Missing(answer["missing"])
        return answer


def fsyncs(directory: Path, count: int = 20) -> Sequence[float]:
    """Seconds until the disk has a page, again and again: what every durable step pays, with the day's noise."""
    spent = []
    with (directory / "page").open("wb", buffering=0) as file:
        file.write(bytes(4096))
        for _ in range(count):
            began = time.perf_counter()
            file.seek(0)
            file.write(os.urandom(4096))
            os.fdatasync(file.fileno())
            spent.append(time.perf_counter() - began)
    return spent


async def _end(child: asyncio.subprocess.Process) -> None:
    """A process that has answered ends by itself; one that has not is in the way."""
    assert child.stdin
    child.stdin.close()
    try:
        async with asyncio.timeout(1):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()


def percentiles(seconds: Sequence[float]) -> Sequence[Cell]:
    """The median and the 99th percentile, in milliseconds."""
    if not seconds:
        return ("none done", "none done")
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1_000, ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] * 1_000
