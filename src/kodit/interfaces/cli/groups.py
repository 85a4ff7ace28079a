"""Commands that have commands of their own."""

import typer

from kodit.interfaces.cli.rendering.streams import say


def group_of(name: str, meaning: str, *, epilog: str) -> typer.Typer:
    """A command with commands of its own; its callback says what it does without any."""
    # Help is plain text: drawing it would take longer than all the rest.
    return typer.Typer(name=name, help=meaning, epilog=epilog, invoke_without_command=True, rich_markup_mode=None)


def what_there_is(context: typer.Context) -> None:
    """Say what there is by default."""
    if context.invoked_subcommand is None:
        say(context.get_help())
