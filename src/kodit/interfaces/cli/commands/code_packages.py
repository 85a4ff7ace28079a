"""`kodit packages` and `kodit graph`."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.domain.sources.manifest import PackageKind
from kodit.interfaces.cli.arguments import JsonOption, LanguagesOption, PathsOption, SourcesOption, examples
from kodit.interfaces.cli.commands.code_names import where_of
from kodit.interfaces.cli.rendering.streams import document
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.asking.answers import Graph
    from kodit.application.asking.rows import FoundPackage
    from kodit.application.engine import Kodit

PACKAGES_EXAMPLES = examples(
    "kodit packages", "kodit packages --search http --kind npm", "kodit packages --source shop --json"
)
GRAPH_EXAMPLES = examples(
    "kodit graph packages",
    "kodit graph files --path 'src/api/**' --format dot | dot -Tsvg > api.svg",
    "kodit graph packages --source shop --format json",
)


class Of(StrEnum):
    """What the nodes of a graph are."""

    PACKAGES = "packages"
    FILES = "files"


class Format(StrEnum):
    """How a graph is written."""

    MERMAID = "mermaid"
    DOT = "dot"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="packages", epilog=PACKAGES_EXAMPLES)(packages)
    app.command(name="graph", epilog=GRAPH_EXAMPLES)(graph)


def packages(
    context: typer.Context,
    search: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Only with these words in its name, path or description.")
    ] = None,
    kind: Annotated[
        list[PackageKind] | None,
        typer.Option(metavar="KIND", help=f"Only these: {', '.join(PackageKind)}; may be given again."),
    ] = None,
    source: SourcesOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the packages of the sources.

    With what they own, and which of each other they require.
    """
    from kodit.interfaces.cli.rendering.packages import packages_document, show_packages

    invocation = invocation_of(context)

    async def asked(engine: "Kodit") -> "Sequence[FoundPackage]":
        return await engine.code.packages(search=search, kinds=kind or (), where=where_of(source))

    found = invocation.asking(asked, create=False)
    if as_json:
        document(packages_document(found))
    else:
        show_packages(found)


def graph(
    context: typer.Context,
    of: Annotated[Of, typer.Argument(help="What needs what.", show_default=False)],
    shape: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.MERMAID,
    source: SourcesOption = None,
    language: LanguagesOption = None,
    path: PathsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write who needs whom, as a graph.

    Packages that a manifest requires are joined by a line, those that are used without it by a dotted one.
    Files that need none, and that none needs, are left out.
    """
    from kodit.interfaces.cli.rendering.packages import graph_document, show_graph

    invocation = invocation_of(context)

    async def asked(engine: "Kodit") -> "Graph":
        where = where_of(source, language, path)
        if of is Of.FILES:
            return await engine.code.graph_of_files(where=where)
        return await engine.code.graph_of_packages(where=where)

    found = invocation.asking(asked, create=False)
    if as_json or shape is Format.JSON:
        document(graph_document(found))
    else:
        show_graph(found, as_dot=shape is Format.DOT)
