"""`kodit serve`."""

from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import MOST_PROCESSES, MOST_SLOTS, examples
from kodit.interfaces.cli.rendering.streams import notice, say
from kodit.interfaces.cli.running import Signals, collect_garbage, invocation_of, run

if TYPE_CHECKING:
    from kodit.interfaces.cli.programs import Serving


HostOption = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Listen at this address.", show_default="127.0.0.1")
]
PortOption = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, max=65535, help="Listen at this port; 0 for any that is free.", show_default="8765"
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=0,
        max=MOST_PROCESSES,
        help="Processes that extract; 0: leave the queue to others.",
        show_default="cores",
    ),
]
ConcurrencyOption = Annotated[
    int | None, typer.Option(metavar="N", min=1, max=MOST_SLOTS, help="Tasks at a time.", show_default="3")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    flags = ("", " --port 0 --open", " --workers 0", " --host 0.0.0.0 --no-web")
    app.command(name="serve", epilog=examples(*[f"kodit serve{given}" for given in flags]))(serve)


def serve(  # noqa: PLR0913, PLR0917 - each is an option of the command
    context: typer.Context,
    host: HostOption = None,
    port: PortOption = None,
    workers: WorkersOption = None,
    concurrency: ConcurrencyOption = None,
    no_web: Annotated[bool, typer.Option("--no-web", help="Show no web page.")] = False,
    no_mcp: Annotated[bool, typer.Option("--no-mcp", help="Answer no assistants.")] = False,
    no_scheduler: Annotated[bool, typer.Option("--no-scheduler", help="Have nothing synchronised when due.")] = False,
    no_watch: Annotated[bool, typer.Option("--no-watch", help="Watch no directories.")] = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open the web page in the browser.")] = False,
) -> None:
    """Serve searches over HTTP, and work the queue off, from now on.

    Ctrl-C or SIGTERM: nothing new is accepted; what is being answered and what is in hand have KODIT_DRAIN_SECONDS to
    end. A second one ends the server at once; what it had in hand is taken over by the next worker.
    """
    invocation = invocation_of(context)
    settings = invocation.settings_here(
        host=host,
        port=port,
        workers=workers or None,
        concurrency=concurrency,
        worker_enabled=False if workers == 0 else None,
        web_enabled=False if no_web else None,
        mcp_enabled=False if no_mcp else None,
        scheduler_enabled=False if no_scheduler else None,
        watch_enabled=False if no_watch else None,
    )

    async def served() -> None:
        import asyncio

        asked_to_stop = asyncio.Event()

        def asked() -> None:
            notice("stopping")
            asked_to_stop.set()

        Signals(asked)
        await invocation.programs.serve(settings, asked_to_stop, lambda serving: _begun(serving, open_page=open_page))
        notice("stopped")

    run(served(), signals=False)


def _begun(serving: "Serving", *, open_page: bool) -> None:
    """Where it is, a line each: the first is what other programs may read."""
    collect_garbage()
    say(f"serving at {serving.url}")
    off = [part.name for part in serving.parts if part.state == "off"]
    if off:
        notice(f"off: {', '.join(off)}")
    if open_page:
        import webbrowser

        webbrowser.open(serving.url)
