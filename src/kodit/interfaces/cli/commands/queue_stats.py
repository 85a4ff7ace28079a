"""`kodit queue stats`."""

from typing import Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.commands.queue import group
from kodit.interfaces.cli.rendering.streams import document, say
from kodit.interfaces.cli.running import invocation_of


def register(_app: typer.Typer) -> None:
    """Add the command to those of the queue."""
    lines = ("kodit queue stats", "kodit queue stats --json", "kodit queue stats --prometheus")
    group.command(name="stats", epilog=examples(*lines))(stats)


def stats(
    context: typer.Context,
    as_json: JsonOption = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print the text format that Prometheus reads.")
    ] = False,
) -> None:
    """Show the queue in numbers, who works on it, and what is wrong.

    That is what waits, runs and failed, how fast it goes, and which workers are alive.
    """
    from kodit.interfaces.cli.rendering.queue_figures import show_statistics, statistics_document

    if as_json and prometheus:
        raise typer.BadParameter("--json and --prometheus exclude each other")
    invocation = invocation_of(context)
    queue = invocation.asking(lambda engine: engine.overview.statistics())
    if prometheus:
        from kodit.choices import prometheus_text

        say(prometheus_text(queue).rstrip())
    elif as_json:
        document(statistics_document(queue))
    else:
        show_statistics(queue)
