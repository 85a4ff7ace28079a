"""Tasks of your own on kodit's queue: `python examples/queue_of_your_own.py DATABASE_URL PHOTO...`."""

import asyncio
import sys
from datetime import timedelta
from enum import IntEnum

import kodit
from kodit.queue import Done, Outcome, Phase, Pipeline, RetryPolicy, Work


class Job(IntEnum):
    """Numbers from 1000 are yours; they are stored, so they never change their meaning."""

    RESIZE = 1000
    PUBLISH = 1001


PHOTOS = Pipeline("photos", Phase(Job.RESIZE), Phase(Job.PUBLISH, needs=frozenset({Job.RESIZE})))
POLICIES = {Job.PUBLISH: RetryPolicy(attempts=10, base=timedelta(seconds=5), time_limit=timedelta(minutes=1))}


async def resize(work: Work) -> Outcome:
    """The first phase of each photo."""
    async with work.progress.step("scale down", total=1) as step:
        await step.advance()
    return Done({"photos": 1})


async def publish(work: Work) -> Outcome:
    """The second: only once the first has succeeded. An error raised here is tried again as POLICIES say."""
    print("published", work.payload["photo"])
    return Done()


async def main(url: str, photos: list[str]) -> None:
    """Enqueue a run for each photo, and work until all are over."""
    async with kodit.open_queue(url, policies=POLICIES) as queue:
        runs = await queue.enqueue_all(PHOTOS, {f"photo:{photo}": {"photo": photo} for photo in photos})
        # In another process as well, or only there: `work` until SIGTERM, on as many machines as you like.
        await queue.work({Job.RESIZE: resize, Job.PUBLISH: publish}, slots=10, drain=True)
        for run in runs:
            print(run.dedup_key, (await queue.finished(run)).state.value)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
