"""`kodit sources`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.domain.errors import InvalidInput
from kodit.interfaces.cli.arguments import JsonOption, YesOption, examples
from kodit.interfaces.cli.groups import group_of
from kodit.interfaces.cli.rendering.streams import document, say
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.domain.sources.source import Source

EXAMPLES = examples(
    "kodit sources", "kodit sources --json", "kodit sources show stdlib", "kodit sources remove stdlib --yes"
)

group = group_of("sources", "What is indexed: list, show, remove.", epilog=EXAMPLES)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The source's name, as `kodit sources` lists it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group)


@group.callback()
def sources(context: typer.Context, as_json: JsonOption = False) -> None:
    """List by default."""
    if context.invoked_subcommand is None:
        listed(context, as_json=as_json)


@group.command(name="list", epilog=examples("kodit sources list", "kodit sources list --json"))
def listed(context: typer.Context, as_json: JsonOption = False) -> None:
    """List every source, by name."""
    from kodit.interfaces.cli.rendering.listings import show_sources, source_entry

    rows = invocation_of(context).asking(lambda engine: engine.sources())
    if as_json:
        document([source_entry(row) for row in rows])
    else:
        show_sources(rows)


@group.command(epilog=examples("kodit sources show stdlib", "kodit sources show stdlib --json"))
def show(context: typer.Context, name: Name, as_json: JsonOption = False) -> None:
    """Show one source: its commit, languages, skipped files, submodules."""

    from kodit.interfaces.cli.rendering.listings import show_source, source_document

    found = invocation_of(context).asking(lambda engine: engine.source(name))
    row, files, submodules = found.row, found.files, found.submodules
    if as_json:
        document(source_document(row, files, submodules))
    else:
        show_source(row, files, submodules)


@group.command(epilog=examples("kodit sources remove stdlib", "kodit sources remove stdlib --yes"))
def remove(
    context: typer.Context,
    name: Name,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Forget a source and all that was made from it. Its own files are left alone."""
    invocation = invocation_of(context)
    if not yes:
        invocation.asking(lambda engine: engine.source(name))
        confirm(name)

    async def removed(engine: "Kodit") -> "Source":
        return await engine.remove(name)

    tell_removed(invocation.asking(removed), as_json=as_json)


def confirm(name: str) -> None:
    """Ask whether a source shall be forgotten. Raises InvalidInput where nobody can be asked, Abort for a no."""
    if not sys.stdin.isatty():
        raise InvalidInput(f"removing {name} needs a confirmation", remedy="add --yes")
    typer.confirm(f"Forget {name} and all that was made from it? Its own files are left alone.", abort=True, err=True)


def tell_removed(source: "Source", *, as_json: bool) -> None:
    """Say which source is forgotten, and what is left alone."""
    if as_json:
        document({"removed": source.name, "kind": source.kind, "location": source.as_told.location})
    else:
        say(f"removed {source.name}; {source.repository} itself is untouched")
