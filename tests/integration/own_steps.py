"""The steps that tests of other programs' queues are told in."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

from kodit.queue import RetryPolicy

AT_ONCE = RetryPolicy(attempts=2, base=timedelta(0))


@asynccontextmanager
async def working(queue, handlers, **terms):
    job = asyncio.create_task(queue.work(handlers, signals=False, **terms))
    try:
        yield job
    finally:
        queue.stop()
        async with asyncio.timeout(60):
            await job


async def soon(waiting):
    async with asyncio.timeout(60):
        return await waiting


async def nothing(work):
    pass
