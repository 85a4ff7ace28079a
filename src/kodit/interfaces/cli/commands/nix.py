"""`kodit nix`: packages of nixpkgs."""

import typer

from kodit.interfaces.cli.arguments import examples
from kodit.interfaces.cli.rendering.streams import say

group = typer.Typer(
    name="nix",
    help="Packages of nixpkgs.",
    epilog=examples("kodit nix search firefox", "kodit nix channel add unstable --from packages.json.br"),
    invoke_without_command=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group)


@group.callback()
def nix(context: typer.Context) -> None:
    """Say what there is by default."""
    if context.invoked_subcommand is None:
        say(context.get_help())
