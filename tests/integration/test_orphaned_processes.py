"""Who is killed leaves no worker process behind."""

import asyncio
import os
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = pytest.mark.needs("linux")
SECONDS = 60


@pytest.mark.parametrize("way", ["busy", "stuck", "blocked", "idle"])
async def test_worker_processes_and_their_server_end_when_the_program_is_killed(way):
    told = asyncio.Queue()

    async def hear(reader, writer):
        told.put_nowait(list(map(int, (await reader.read()).split())))
        writer.close()

    async with await asyncio.start_server(hear, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        program = [sys.executable, str(Path(__file__).with_name("orphaning.py")), way, str(port)]
        hearing, saying = os.pipe()
        killed = await asyncio.create_subprocess_exec(*program, stderr=saying)
        os.close(saying)
        # Which connection is heard out first is left to chance.
        words = [await told.get() for _ in range(3 if way == "idle" else 2)]
        orphans = {pid: os.pidfd_open(pid) for pid in {pid for word in words for pid in word}}
        killed.kill()
        await killed.wait()
        left = await asyncio.to_thread(still_there, orphans)
        with os.fdopen(hearing, "rb") as errors:
            said = await asyncio.to_thread(errors.read)

    # A worker that is done with its own may take the other's work as well.
    assert len(orphans) == 3 or (way == "idle" and len(orphans) == 2)
    assert (left, said) == (set(), b"")


def still_there(watched):
    """Those that do not end in time; they are ended then."""
    left = {pidfd: pid for pid, pidfd in watched.items()}
    poll = select.poll()
    for pidfd in left:
        poll.register(pidfd, select.POLLIN)
    while left and (ended := poll.poll(SECONDS * 1000)):
        for pidfd, _ in ended:
            poll.unregister(pidfd)
            del left[pidfd]
    for pidfd in left:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    for pidfd in watched.values():
        os.close(pidfd)
    return set(left.values())
