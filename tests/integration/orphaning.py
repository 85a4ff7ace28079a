"""A program whose worker processes are left alone when it is killed.

    python orphaning.py WAY PORT

Two worker processes tell the port who they are and who started them, and then do what WAY says: `busy` works in
Python for ever, `stuck` below it, `blocked` waits for ever at a pipe of its own, in a pool that is not guarded, and
`idle` is done; this program then connects once more, without a word, and does nothing else.
"""

import asyncio
import os
import re
import socket
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from kodit.infrastructure.processes.context import process_context
from kodit.infrastructure.processes.guarded_pool import BATCH_BYTES, GuardedPool, Job


def take_part(way, ports):
    """In a worker process."""
    for port in ports:
        with socket.create_connection(("127.0.0.1", port)) as to:
            to.sendall(f"{os.getpid()} {os.getppid()}".encode())
    while way == "busy":
        pass
    if way == "stuck":
        re.match("(a+)+$", "a" * 100 + "b")
    if way == "blocked":
        end, _ = os.pipe()
        os.read(end, 1)
    return list(ports)


async def main(way, port):
    async def ports():
        yield port
        yield port

    # By its name: worker processes do not know the main module.
    from orphaning import take_part

    if way == "blocked":
        pool = ProcessPoolExecutor(2, process_context([]))
        await asyncio.gather(*(asyncio.wrap_future(pool.submit(take_part, way, [port])) for _ in range(2)))
    job = Job(partial(take_part, way), results=list, failed=lambda _, problem: problem, size=lambda _: BATCH_BYTES)
    async for _ in GuardedPool(2).each(job, ports()):
        pass
    socket.create_connection(("127.0.0.1", port)).close()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
