"""`kodit files`, `kodit outline`, `kodit dependencies`, `kodit dependents`, `kodit impact`: what needs what."""

from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import MOST_STEPS, JsonOption, LanguagesOption, PathsOption, SourcesOption, examples
from kodit.interfaces.cli.commands.code_names import COUNTED, CountOption, tell_count, where_of
from kodit.interfaces.cli.rendering.streams import document
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.asking.answers import Dependencies, Dependents, Impact, ListedFiles, Outline
    from kodit.application.engine import Kodit

File = Annotated[
    str,
    typer.Argument(metavar="FILE", help="A path on this machine, one relative to its source, or the end of one."),
]

FILES_EXAMPLES = examples(
    "kodit files --source shop", "kodit files --path 'src/**' --language python", "kodit files --count"
)
OUTLINE_EXAMPLES = examples("kodit outline src/app.py", "kodit outline orders.py --source shop")
DEPENDENCIES_EXAMPLES = examples("kodit dependencies src/app.py", "kodit dependencies src/app.py --json")
DEPENDENTS_EXAMPLES = examples("kodit dependents src/parser.py", "kodit dependents parser.py --source shop")
IMPACT_EXAMPLES = examples(
    "kodit impact parse_price", "kodit impact OrderBook.place_order --depth 1", "kodit impact src/parser.py"
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="files", epilog=FILES_EXAMPLES)(files)
    app.command(name="outline", epilog=OUTLINE_EXAMPLES)(outline)
    app.command(name="dependencies", epilog=DEPENDENCIES_EXAMPLES)(dependencies)
    app.command(name="dependents", epilog=DEPENDENTS_EXAMPLES)(dependents)
    app.command(name="impact", epilog=IMPACT_EXAMPLES)(impact)


def files(
    context: typer.Context,
    source: SourcesOption = None,
    language: LanguagesOption = None,
    path: PathsOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=1_000_000, help="How many at most.")] = 1000,
    count: CountOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the files that are indexed, by source and path. None found is no error: the exit code is 0."""
    from kodit.interfaces.cli.rendering.code_files import files_document, show_files

    invocation = invocation_of(context)
    most = COUNTED if count else limit

    async def asked(engine: "Kodit") -> "ListedFiles":
        return await engine.code.files(where=where_of(source, language, path), limit=most)

    found = invocation.asking(asked, create=False)
    if count:
        tell_count("files", len(found.files), as_json=as_json)
    elif as_json:
        document(files_document(found))
    else:
        show_files(found)


def outline(context: typer.Context, file: File, source: SourcesOption = None, as_json: JsonOption = False) -> None:
    """Show what a file defines."""
    from kodit.interfaces.cli.rendering.code_files import outline_document, show_outline

    invocation = invocation_of(context)

    async def asked(engine: "Kodit") -> "Outline":
        return await engine.code.outline(file, where=where_of(source))

    found = invocation.asking(asked, create=False)
    if as_json:
        document(outline_document(found))
    else:
        show_outline(found)


def dependencies(context: typer.Context, file: File, source: SourcesOption = None, as_json: JsonOption = False) -> None:
    """Show what a file needs.

    Files that it imports or uses something of, and what it imports from outside of its source.
    """
    from kodit.interfaces.cli.rendering.code_files import dependencies_document, show_dependencies

    invocation = invocation_of(context)

    async def asked(engine: "Kodit") -> "Dependencies":
        return await engine.code.dependencies(file, where=where_of(source))

    found = invocation.asking(asked, create=False)
    if as_json:
        document(dependencies_document(found))
    else:
        show_dependencies(found)


def dependents(context: typer.Context, file: File, source: SourcesOption = None, as_json: JsonOption = False) -> None:
    """Show which files need a file.

    They import it, or use something of it.
    """
    from kodit.interfaces.cli.rendering.code_files import dependents_document, show_dependents

    invocation = invocation_of(context)

    async def asked(engine: "Kodit") -> "Dependents":
        return await engine.code.dependents(file, where=where_of(source))

    found = invocation.asking(asked, create=False)
    if as_json:
        document(dependents_document(found))
    else:
        show_dependents(found)


def impact(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A symbol, as for `kodit definition`; or a file.")],
    depth: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=MOST_STEPS, help="At most so many steps away; all if left out."),
    ] = None,
    source: SourcesOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a change may reach.

    Who uses it, who uses those, and so on, the nearest first.
    Each is shown with the line where it uses the one before.

    Of a class, also who uses its members.
    Only what could be resolved counts: `kodit references` tells what else bears the name.
    """
    from kodit.interfaces.cli.rendering.code_files import impact_document, show_impact

    invocation = invocation_of(context)

    async def asked(engine: "Kodit") -> "Impact":
        return await engine.code.impact(name, depth=depth, where=where_of(source))

    found = invocation.asking(asked, create=False)
    if as_json:
        document(impact_document(found))
    else:
        show_impact(found)
