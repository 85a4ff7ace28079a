"""Waiting for a run: what is shown meanwhile."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from kodit.interfaces.cli.rendering.progress_shown import progress_shown
from kodit.interfaces.cli.rendering.streams import notice

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.following import Watcher
    from kodit.application.reports import RunProgress

SHORT_SECONDS = 2.0
"""After how long it is looked whether a worker is alive: most runs of small changes are over by then."""
LOOK_SECONDS = 30.0
"""How often later on: a worker may stop while it is waited for, and the whole queue is counted each time."""


@asynccontextmanager
async def waiting_shown(engine: "Kodit", server: str | None, *, queue_only: str) -> "AsyncIterator[Watcher]":
    """While the block runs: the progress, and a word about a `server` where no worker is alive that could do anything.

    A data directory of this machine has always one: without others, the command works itself. `queue_only` is the
    option that does not wait.
    """
    import asyncio

    from kodit.application.following import place_of

    latest: list[RunProgress] = []

    def seen(progress: "RunProgress") -> None:
        latest[:] = [progress]
        watch(progress)

    def place() -> str:
        return place_of(latest[0]) if latest else ""

    with progress_shown() as watch:
        if server is None:
            yield watch
            return
        looking = asyncio.create_task(tell_of_no_worker(engine, server, queue_only=queue_only, place=place))
        try:
            yield seen
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


def stopped(server: str | None, again: str) -> str:
    """What somebody is told who stops waiting; `again` is the command that does so once more.

    A data directory of this machine has no other worker than the command, as a rule; a server goes on without it.
    """
    if server is None:
        return f"stopped; what is done is kept. Go on with: {again}"
    return f"no longer waiting; {server} goes on with it. To wait for it again: {again}"


async def tell_of_no_worker(
    server: "Kodit", url: str, *, queue_only: str, place: "Callable[[], str]" = lambda: ""
) -> None:
    """Say it once, as soon as no worker is alive at a server, or none on the one machine that what is waited for is
    bound to, whose id `place` gives, if there is one; who may not know is told nothing.
    """
    import asyncio

    from kodit.application.following import is_worked_on
    from kodit.domain.errors import PermanentError, TransientError

    pause = SHORT_SECONDS
    while True:
        await asyncio.sleep(pause)
        pause = LOOK_SECONDS
        try:
            queue = await server.overview.statistics()
        except TransientError:
            continue
        except PermanentError:
            return
        bound = place()
        if is_worked_on(queue, bound):
            continue
        if is_worked_on(queue):
            machine = queue.hosts.get(bound, f"machine {bound}")
            notice(f"waiting: no worker is alive on {machine}, and nobody else can do what waits for one there")
        else:
            notice(f"waiting: no worker is alive at {url}, and nothing is done until one is")
        notice(f"remedy: start one there: kodit worker, or kodit serve without --workers 0; {queue_only} does not wait")
        return
