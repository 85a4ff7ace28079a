"""`kodit worker`."""

from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import examples
from kodit.interfaces.cli.rendering.streams import notice
from kodit.interfaces.cli.running import Invocation, Signals, run

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    lines = ("kodit worker", "kodit worker --concurrency 5", "kodit worker --drain")
    app.command(name="worker", epilog=examples(*lines))(worker)


def worker(
    context: typer.Context,
    concurrency: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Tasks at a time.", show_default="3")
    ] = None,
    drain: Annotated[bool, typer.Option("--drain", help="Work the queue off and exit.")] = False,
) -> None:
    """Work the queue off, now and from now on.

    Ctrl-C or SIGTERM: no new tasks; what is in hand has KODIT_DRAIN_SECONDS to end, and is then given back unharmed.
    A second one ends the worker at once; what it had in hand is taken over by the next.
    """
    from kodit.bootstrap import open_kodit, start_logs

    invocation: Invocation = context.obj
    settings = invocation.settings(concurrency=concurrency)
    start_logs(settings)

    async def worked() -> None:
        async with await open_kodit(settings=settings) as engine:
            await _work(engine, settings, drain=drain)

    run(worked(), signals=False)


async def _work(engine: "Kodit", settings: "Settings", *, drain: bool) -> None:
    import asyncio

    from kodit.interfaces.cli.rendering.figures import counted

    asked_to_stop = asyncio.Event()
    service = engine.worker()
    Signals(asked_to_stop.set)
    working = asyncio.create_task(service.run(drain=drain))
    stopping = asyncio.create_task(asked_to_stop.wait())
    notice(f"working with {counted(settings.concurrency, 'slot')} on {settings.data_dir}")
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
