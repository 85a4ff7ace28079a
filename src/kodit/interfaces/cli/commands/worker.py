"""`kodit worker`."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import MOST_SLOTS, JsonOption, examples
from kodit.interfaces.cli.rendering.streams import document, notice, say
from kodit.interfaces.cli.running import Signals, invocation_of, run

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.interfaces.cli.rendering.workers import Worked
    from kodit.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    flags = ("", " --concurrency 5", " --drain", " --drain --json", " --schedule", " --metrics-port 9464")
    lines = [f"kodit worker{given}" for given in flags]
    app.command(name="worker", epilog=examples(*lines))(worker)


def worker(
    context: typer.Context,
    concurrency: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=MOST_SLOTS, help="Tasks at a time.", show_default="3")
    ] = None,
    drain: Annotated[bool, typer.Option("--drain", help="Work the queue off and exit.")] = False,
    schedule: Annotated[
        bool, typer.Option("--schedule", help="Also have sources synchronised when they are due, as a server does.")
    ] = False,
    metrics_port: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=65535, help="Serve metrics at this port; 0 for any.")
    ] = None,
    metrics_host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Serve them at this address.", show_default="127.0.0.1")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Work the queue off, now and from now on. At its end it says what it did.

    Ctrl-C or SIGTERM: no new tasks; what is in hand has KODIT_DRAIN_SECONDS to end, and is then given back unharmed.
    A second one ends the worker at once; what it had in hand is taken over by the next.
    """
    from kodit.bootstrap import open_kodit, start_logs
    from kodit.interfaces.cli.rendering.workers import worked_document, worked_line

    invocation = invocation_of(context)
    settings = invocation.settings_here(concurrency=concurrency, metrics_port=metrics_port, metrics_host=metrics_host)
    start_logs(settings)
    started = time.monotonic()

    async def worked() -> "Worked":
        async with await open_kodit(settings=settings) as engine, engine.served_metrics() as url:
            if url is not None:
                notice(f"metrics at {url}")
            async with _scheduling(engine, wanted=schedule):
                return await _work(engine, settings, drain=drain)

    done = run(worked(), signals=False)
    seconds = time.monotonic() - started
    if as_json:
        document(worked_document(done, seconds))
    else:
        say(worked_line(done, seconds))


@asynccontextmanager
async def _scheduling(engine: "Kodit", *, wanted: bool) -> AsyncIterator[None]:
    """Queue what is due while the block runs."""
    if not wanted:
        yield
        return
    import asyncio

    scheduler = engine.freshness().scheduler()
    running = asyncio.create_task(scheduler.run())
    try:
        yield
    finally:
        scheduler.stop()
        await running


async def _work(engine: "Kodit", settings: "Settings", *, drain: bool) -> "Worked":
    import asyncio

    from kodit.domain.tasks.task import TaskState
    from kodit.interfaces.cli.rendering.figures import counted
    from kodit.interfaces.cli.rendering.workers import MOST_WAITING, Worked

    asked_to_stop = asyncio.Event()
    service = engine.worker()
    Signals(asked_to_stop.set)
    working = asyncio.create_task(service.run(drain=drain))
    stopping = asyncio.create_task(asked_to_stop.wait())
    notice(_begun(settings, drain=drain))
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        notice(f"stopping; {counted(service.running, 'task')} in hand")
        service.stop()
        await asyncio.wait({working}, timeout=settings.drain_seconds)
    if not working.done():
        notice(f"giving {counted(service.running, 'task')} back")
        await service.abandon()
    await working
    waiting = await engine.views.tasks(states=[TaskState.SCHEDULED], limit=MOST_WAITING)
    left = (await engine.overview.statistics()).by_state
    due = [row.ready_at for row in waiting]
    return Worked(settled=dict(service.settled), snoozed=service.snoozed, waiting=due, left=left)


def _begun(settings: "Settings", *, drain: bool) -> str:
    from kodit.domain.sources.location import without_credentials
    from kodit.interfaces.cli.rendering.figures import counted

    database = settings.database_file or without_credentials(settings.database)
    until = "until the queue is worked off" if drain else "until Ctrl-C"
    return f"working with {counted(settings.concurrency, 'slot')} on {database} {until}"
