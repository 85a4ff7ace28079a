"""`kodit artifact search`."""

from typing import Annotated

import typer

from kodit.domain.artifacts.answers import ArtifactMode
from kodit.interfaces.cli.arguments import MOST_SHOWN, JsonOption, LanguagesOption, ResultsOption, examples
from kodit.interfaces.cli.commands.artifact import File, group
from kodit.interfaces.cli.rendering.streams import document
from kodit.interfaces.cli.running import invocation_of, run

EXCERPT_LINES = 12


def register(_app: typer.Typer) -> None:
    """Add the command to its group."""
    group.command(
        epilog=examples(
            'kodit artifact search fdnix.duckdb "text web browser"',
            "kodit artifact search fdnix.duckdb firefox --license MPL-2.0 --no-broken --json",
            'kodit artifact search stdlib.duckdb "parse http headers" --mode vector --limit 3',
        )
    )(search)


def search(  # noqa: PLR0913, PLR0917 - each is an option of the command
    context: typer.Context,
    file: File,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words or names; any text at all.")],
    mode: Annotated[ArtifactMode, typer.Option(help="Which lists to draw on.")] = ArtifactMode.HYBRID,
    licenses: Annotated[
        list[str] | None,
        typer.Option("--license", metavar="LICENSE", help="Only packages under this; may be given again."),
    ] = None,
    no_broken: Annotated[bool, typer.Option("--no-broken", help="No packages that are known not to build.")] = False,
    no_unfree: Annotated[bool, typer.Option("--no-unfree", help="No packages whose terms restrict use.")] = False,
    no_insecure: Annotated[bool, typer.Option("--no-insecure", help="No packages that are vulnerable.")] = False,
    language: LanguagesOption = None,
    limit: ResultsOption = 10,
    lines: Annotated[
        int, typer.Option(metavar="N", min=0, max=MOST_SHOWN, help="How many lines of each snippet are shown.")
    ] = EXCERPT_LINES,
    as_json: JsonOption = False,
) -> None:
    """Search an artifact, with nothing else of kodit's. Nothing found is no error: the exit code is 0."""
    from kodit.artifact_choices import artifact_files
    from kodit.domain.artifacts.answers import ArtifactFilters, ArtifactQuery
    from kodit.interfaces.cli.rendering.artifacts import answers_document, show_answers

    invocation = invocation_of(context)
    marks = {"broken": no_broken, "unfree": no_unfree, "insecure": no_insecure}
    filters = ArtifactFilters(
        licenses=frozenset(licenses or ()),
        without=frozenset(mark for mark, left_out in marks.items() if left_out),
        languages=frozenset(language or ()),
    )
    asked = ArtifactQuery(text=query, mode=mode, filters=filters, limit=limit)
    answers = run(artifact_files(invocation.settings()).search(file, asked))
    if as_json:
        document(answers_document(answers))
    else:
        show_answers(answers, lines=lines)
