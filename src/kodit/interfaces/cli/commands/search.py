"""`kodit search`."""

from typing import TYPE_CHECKING, Annotated

import typer

from kodit.domain.code.snippet import SnippetKind
from kodit.domain.search.query import SearchMode
from kodit.domain.sources.last_change import LastChange
from kodit.interfaces.cli.arguments import (
    MOST_SHOWN,
    JsonOption,
    LanguagesOption,
    PathsOption,
    ResultsOption,
    SourcesOption,
    examples,
    moment_of,
)
from kodit.interfaces.cli.rendering.streams import document
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.reports import SearchResult

EXCERPT_LINES = 12

EXAMPLES = examples(
    'kodit search "parse http headers"',
    "kodit search getUserName --mode keyword --language typescript",
    'kodit search "retry with backoff" --source stdlib --path "urllib/**" --limit 3',
    'kodit search "parse a date" --author ada@example.org --after 2026-01-01',
    'kodit search "validate input" --package @shop/cart --kind function --kind method',
    'kodit search "open a database" --json | jq -r ".results[].path"',
)


AuthorsOption = Annotated[
    list[str] | None,
    typer.Option(metavar="TEXT", help="Only in files last changed by this author: a part; may be given again."),
]
SinceOption = Annotated[
    str | None, typer.Option("--after", metavar="DATE", help="Only in files last changed on this day or later.")
]
UntilOption = Annotated[
    str | None, typer.Option("--before", metavar="DATE", help="Only in files last changed before this day.")
]
PackagesOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Only in files of this package, by name or path; may be given again."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="search", epilog=EXAMPLES)(search)


def search(  # noqa: PLR0913, PLR0917 - each is an option of the command
    context: typer.Context,
    query: Annotated[
        str,
        typer.Argument(metavar="QUERY", help="Words, names or code; any text at all. Put -- before a leading dash."),
    ],
    mode: Annotated[SearchMode, typer.Option(help="Which lists to draw on.")] = SearchMode.HYBRID,
    source: SourcesOption = None,
    language: LanguagesOption = None,
    path: PathsOption = None,
    author: AuthorsOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    package: PackagesOption = None,
    kind: Annotated[
        list[SnippetKind] | None, typer.Option(help="Only what is of this kind; may be given again.")
    ] = None,
    limit: ResultsOption = 10,
    lines: Annotated[
        int, typer.Option(metavar="N", min=0, max=MOST_SHOWN, help="How many lines of each result are shown.")
    ] = EXCERPT_LINES,
    full: Annotated[bool, typer.Option("--full", help="Show all lines of each result.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Search by name and by meaning. Nothing found is no error: the exit code is 0.

    Behind each answer stands its place in each list that it came from, as `keyword #3`. The answers are ordered by
    more than that, also in the modes with one list: what defines a name that was asked for goes up, tests and further
    answers from one file go down.
    """
    from kodit.interfaces.cli.rendering.answers import answered, show_advice, show_answers

    invocation = invocation_of(context)
    change = LastChange(authors=tuple(author or ()), earliest_at=moment_of(since), until=moment_of(until))

    async def asked(engine: "Kodit") -> "SearchResult":
        return await engine.search(
            query,
            mode=mode,
            sources=source or (),
            languages=language or (),
            paths=path or (),
            last_change=change,
            packages=package or (),
            kinds=kind or (),
            limit=limit,
        )

    result = invocation.asking(asked, create=False)
    if as_json:
        document(answered(result))
    else:
        show_answers(result, lines=None if full else lines)
    show_advice(result)
