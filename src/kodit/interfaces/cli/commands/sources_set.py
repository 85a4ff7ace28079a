"""`kodit sources set`."""

from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.commands.sources import Name, group
from kodit.interfaces.cli.rendering.streams import document, say
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.domain.sources.schedule import Schedule

EXAMPLES = examples(
    "kodit sources set stdlib --every 2h",
    "kodit sources set stdlib --every never",
    "kodit sources set stdlib --every default",
)


def register(_app: typer.Typer) -> None:
    """Add the command."""
    group.command(name="set", epilog=EXAMPLES)(change)


def change(
    context: typer.Context,
    name: Name,
    every: Annotated[str, typer.Option(metavar="SPAN", help="Such as 30m, 2h or 7d; never; or default.")],
    as_json: JsonOption = False,
) -> None:
    """Say how often a source is synchronised without anybody asking.

    A server does that, and `kodit worker --schedule`. The default is KODIT_SYNC_MINUTES.
    """
    from kodit.domain.sources.wanted import interval_named
    from kodit.interfaces.cli.rendering.figures import interval, moment

    invocation = invocation_of(context)
    span = interval_named(every)

    async def changed(engine: "Kodit") -> "Schedule":
        return await engine.freshness().set_interval(name, span)

    schedule = invocation.asking(changed)
    seconds = None if schedule.every is None else round(schedule.every.total_seconds())
    if as_json:
        document({"name": name, "every_seconds": seconds, "due_at": schedule.due_at})
        return
    due = f"; due at {moment(schedule.due_at)}" if schedule.due_at else ""
    say(f"{name}: every {interval(seconds)}{due}" if seconds != 0 else f"{name}: never without being asked")
