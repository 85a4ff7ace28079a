"""Another program with tasks of its own on kodit's queue.

    python own_program.py DATABASE_URL [HANDLER]

Works until it is told to stop, and says on standard output what it does. HANDLER, by default `quick`, is one of those
below.
"""

import asyncio
import sys
from enum import IntEnum

import kodit
from kodit.queue import Done, Outcome, Phase, Pipeline, Work


class Job(IntEnum):
    RESIZE = 1000
    PUBLISH = 1001


PHOTOS = Pipeline("photos", Phase(Job.RESIZE), Phase(Job.PUBLISH, needs=frozenset({Job.RESIZE})))
SINGLE = Pipeline("single", Phase(Job.RESIZE))

reading = asyncio.Lock()


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


async def quick(work: Work) -> Outcome:
    return Done({work.task.type.name.lower(): 1})


async def slow(work: Work) -> None:
    say(f"began {work.payload['photo']}")
    await asyncio.Event().wait()


async def until_told(work: Work) -> None:
    """Ends when a line comes in."""
    say(f"began {work.payload['photo']}")
    # Two threads that read at once may lose a line.
    async with reading:
        await asyncio.to_thread(sys.stdin.readline)


async def main(url: str, handler: str = "quick") -> None:
    handle = {"quick": quick, "slow": slow, "until_told": until_told}[handler]
    async with kodit.open_queue(url) as queue:
        say("working")
        await queue.work({Job.RESIZE: handle, Job.PUBLISH: handle})
    say("ended")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
