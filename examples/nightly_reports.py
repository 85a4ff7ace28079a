"""A program that enqueues, and others that work: `python examples/nightly_reports.py DATABASE_URL COMMAND`.

`order NUMBER...` asks for reports and waits for none; `work` carries out what waits, in as many processes as you like;
`look` says what failed; `again TASK` tries it once more.
"""

import asyncio
import sys
from datetime import timedelta
from enum import IntEnum

import kodit
from kodit.queue import Failed, KoditError, Outcome, Phase, Pipeline, QueueEngine, RetryPolicy, TransientError, Work


class Job(IntEnum):
    """The numbers are stored, so they never change their meaning."""

    COLLECT = 1100
    PRINT = 1101


REPORT = Pipeline("report", Phase(Job.COLLECT), Phase(Job.PRINT, needs=frozenset({Job.COLLECT})))
POLICIES = {Job.COLLECT: RetryPolicy(attempts=3, base=timedelta(milliseconds=10))}


async def collect(work: Work) -> Outcome | None:
    """Not there yet at the first attempt, as figures of others are now and then; some are never there."""
    if work.payload["number"] > 100:
        return Failed(f"there is no customer {work.payload['number']}", remedy="correct the number and order again")
    if work.task.attempts == 1:
        raise TransientError("the figures are not there yet")
    return None


async def write(work: Work) -> None:
    """Nothing to give back: the report is on the screen."""
    print(f"report {work.payload['number']}", flush=True)


async def order(queue: QueueEngine, numbers: list[int]) -> None:
    """Asking twice for the same customer is one report, as long as the first has not begun."""
    runs = await queue.enqueue_all(REPORT, {str(number): {"number": number} for number in numbers})
    print("ordered", *(run.dedup_key for run in runs))


async def work(queue: QueueEngine) -> None:
    """Work until nothing is ready; what waits for another try is left to a later call."""
    # One printer: never two reports at a time, on all machines together.
    await queue.limit(Job.PRINT, 1)
    await queue.work({Job.COLLECT: collect, Job.PRINT: write}, slots=4, drain=True)


async def look(queue: QueueEngine) -> None:
    """What failed for good, and why."""
    for letter in await queue.dead(Job.COLLECT):
        print(f"task {letter.id}: {letter.dedup_key}: {letter.message}; {letter.remedy}")


async def main(url: str, command: str, *arguments: str) -> None:
    """Carry out a command."""
    async with kodit.open_queue(url, policies=POLICIES) as queue:
        if command == "order":
            await order(queue, [int(number) for number in arguments])
        elif command == "work":
            await work(queue)
        elif command == "look":
            await look(queue)
        elif command == "again":
            await queue.retry(int(arguments[0]))


if __name__ == "__main__":
    try:
        asyncio.run(main(*sys.argv[1:]))
    except KoditError as error:
        sys.exit(f"{error}\n{error.remedy or ''}")
