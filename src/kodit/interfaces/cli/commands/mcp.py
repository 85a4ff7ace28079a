"""`kodit mcp`."""

import typer

from kodit.interfaces.cli.arguments import examples
from kodit.interfaces.cli.groups import group_of
from kodit.interfaces.cli.running import Signals, collect_garbage, invocation_of, run

EXAMPLES = examples("kodit mcp", "kodit mcp install --client claude-code", "kodit mcp install --client cursor --print")

group = group_of("mcp", "Let an assistant search, over the Model Context Protocol.", epilog=EXAMPLES)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group)


@group.callback()
def mcp(context: typer.Context) -> None:
    """Serve by default."""
    if context.invoked_subcommand is None:
        served(context)


@group.command(name="serve", epilog=examples("kodit mcp serve", "kodit mcp serve --verbose"))
def served(context: typer.Context) -> None:
    """Answer an assistant over stdin and stdout until it is gone.

    An assistant starts this by itself: see `kodit mcp install`. Log lines go to stderr.
    What it has indexed is worked off by a process of its own, which ends with it, if no worker or server is running;
    KODIT_WORKER_ENABLED=false leaves it to others.
    """
    invocation = invocation_of(context)
    settings = invocation.settings_here()

    async def answered() -> None:
        import asyncio

        asked_to_stop = asyncio.Event()
        Signals(asked_to_stop.set)
        await invocation.programs.speak(settings, asked_to_stop, collect_garbage)

    run(answered(), signals=False)
