"""`kodit grep`."""

from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, LanguagesOption, PathsOption, SourcesOption, examples
from kodit.interfaces.cli.commands.code_names import where_of
from kodit.interfaces.cli.rendering.streams import document
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.files.grep import GrepResult

EXAMPLES = examples(
    r"kodit grep 'def parse_\w+'",
    "kodit grep -i todo --path 'src/**' -C 2",
    "kodit grep -F 'x[0].y()' --language python --json",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="grep", epilog=EXAMPLES)(grep)


def grep(  # noqa: PLR0913, PLR0917 - each is an option of the command
    context: typer.Context,
    pattern: Annotated[
        str,
        typer.Argument(metavar="PATTERN", help="A regular expression, as RE2 has it. Put -- before a leading dash."),
    ],
    ignore_case: Annotated[
        bool, typer.Option("--ignore-case", "-i", help="Take upper and lower case for the same.")
    ] = False,
    fixed: Annotated[bool, typer.Option("--fixed", "-F", help="Look for the text as it stands.")] = False,
    around: Annotated[
        int, typer.Option("--context", "-C", metavar="N", min=0, max=100, help="Lines shown around each.")
    ] = 0,
    source: SourcesOption = None,
    language: LanguagesOption = None,
    path: PathsOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=100_000, help="How many lines at most.")] = 1_000,
    as_json: JsonOption = False,
) -> None:
    """Show the lines that match a pattern. Nothing found is no error: the exit code is 0.

    It looks through what is indexed, as it was then: no file is read, and what was skipped is not among it.
    Each line stands behind its file and its number; where several sources have some, behind the source as well.
    """
    from kodit.application.files.ports import Sought
    from kodit.interfaces.cli.rendering.grep import grep_document, show_grep

    invocation = invocation_of(context)
    sought = Sought(pattern=pattern, ignore_case=ignore_case, fixed=fixed)

    async def asked(engine: "Kodit") -> "GrepResult":
        where = where_of(source, language, path)
        return await engine.files().grep.lines(sought, where=where, context=around, limit=limit)

    found = invocation.asking(asked, create=False)
    if as_json:
        document(grep_document(found))
    else:
        show_grep(found)
