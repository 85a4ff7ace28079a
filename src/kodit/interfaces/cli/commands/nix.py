"""`kodit nix`: packages of nixpkgs."""

import typer

from kodit.interfaces.cli.arguments import examples
from kodit.interfaces.cli.groups import group_of, what_there_is

group = group_of(
    "nix",
    "Packages of nixpkgs.",
    epilog=examples("kodit nix search firefox", "kodit nix channel add unstable --from packages.json.br"),
)
group.callback()(what_there_is)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group)
