"""`kodit artifact`: build files of what is indexed."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import BackgroundOption, JsonOption, examples
from kodit.interfaces.cli.exit_codes import ExitCode
from kodit.interfaces.cli.groups import group_of, what_there_is
from kodit.interfaces.cli.rendering.progress_shown import progress_shown
from kodit.interfaces.cli.rendering.streams import document, notice, say
from kodit.interfaces.cli.running import Interrupted, Invocation, invocation_of, run

if TYPE_CHECKING:
    from kodit.application.artifacts.artifact_building import BuildReport
    from kodit.application.artifacts.export_order import ExportOrder
    from kodit.application.artifacts.publish_order import PublishOrder
    from kodit.settings import Settings

EXAMPLES = examples(
    "kodit artifact build nixos-16.09 --full fdnix-data.duckdb --minified fdnix.duckdb",
    'kodit artifact search fdnix.duckdb "text web browser"',
    "kodit artifact info fdnix.duckdb",
)

group = group_of("artifact", "An index as one file: build, search, verify.", epilog=EXAMPLES)
group.callback()(what_there_is)

File = Annotated[str, typer.Argument(metavar="FILE", help="The artifact.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite a file that is no artifact.")]
MOption = Annotated[int, typer.Option("--m", metavar="N", help="Neighbours of a vector in its index.")]
ConstructionOption = Annotated[
    int, typer.Option("--ef-construction", metavar="N", help="Candidates looked at for each vector in building it.")
]
SearchOption = Annotated[int, typer.Option("--ef-search", metavar="N", help="Candidates looked at in a search.")]
StemmerOption = Annotated[
    str, typer.Option(metavar="LANGUAGE", help="Whose endings words lose in the full-text index; none for nobody's.")
]
StopwordsOption = Annotated[str, typer.Option(metavar="LANGUAGE", help="Whose common words are left out; or none.")]
PublishOption = Annotated[
    str | None,
    typer.Option(
        "--publish", metavar="PLACE", help="Store them where others fetch them: s3://BUCKET/PREFIX, a folder."
    ),
]
IndexNameOption = Annotated[
    str | None,
    typer.Option(
        "--fts-index-name",
        metavar="NAME",
        help="What SQL asks the full-text index by.",
        show_default="packages_fts_idx or snippets_fts_idx",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group)


@group.command(
    epilog=examples(
        "kodit artifact build nixos-16.09 --full fdnix-data.duckdb --minified fdnix.duckdb",
        "kodit artifact build stdlib --minified stdlib.duckdb --no-embeddings",
    )
)
def build(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    index: Annotated[str, typer.Argument(metavar="INDEX", help="A source or channel, as `kodit sources` lists it.")],
    full: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write everything that is known, with vectors.")
    ] = None,
    minified: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what a search needs, with a full-text index.")
    ] = None,
    embeddings: Annotated[bool, typer.Option("--embeddings/--no-embeddings", help="Write vectors.")] = True,
    hnsw: Annotated[
        bool, typer.Option("--hnsw/--no-hnsw", help="Index the vectors of the full file; else all are compared.")
    ] = True,
    minified_hnsw: Annotated[
        bool, typer.Option("--minified-hnsw", help="Index those of the minified file, which makes it twice as large.")
    ] = False,
    m: MOption = 16,
    ef_construction: ConstructionOption = 200,
    ef_search: SearchOption = 40,
    stemmer: StemmerOption = "english",
    stopwords: StopwordsOption = "english",
    fts_index_name: IndexNameOption = None,
    force: ForceOption = False,
    publish: PublishOption = None,
    background: BackgroundOption = False,
    as_json: JsonOption = False,
) -> int:
    """Write an index as one file, or as two.

    They can be searched without kodit's data. The files take their places when they are whole and every index in
    them has answered; until then, and whatever happens, those that were there before stay.
    """
    from kodit.application.artifacts.export_order import ExportOrder
    from kodit.domain.artifacts.terms import BuildTerms, FtsTerms, HnswTerms, Targets
    from kodit.interfaces.cli.commands.index import ended
    from kodit.interfaces.cli.rendering.artifacts import build_document, show_build

    vectors = HnswTerms(m=m, ef_construction=ef_construction, ef_search=ef_search)
    order = ExportOrder(
        targets=Targets(full=_absolute(full), minified=_absolute(minified), force=force),
        terms=BuildTerms(
            hnsw=vectors if hnsw else None,
            minified_hnsw=vectors if minified_hnsw else None,
            fts=FtsTerms(stemmer=stemmer, stopwords=stopwords, index_name=fts_index_name or ""),
        ),
        embeddings=embeddings,
    )
    report = _built(context.obj, index, order, publish=publish, wait=not background)
    if as_json:
        document(build_document(report))
    else:
        show_build(report, waited=not background)
    return ended(report, f"kodit artifact build {shlex.quote(index)}")


@group.command(epilog=examples("kodit artifact minify fdnix-data.duckdb fdnix.duckdb"))
def minify(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FULL", help="A full artifact.")],
    target: Annotated[str, typer.Argument(metavar="FILE", help="Where the minified one shall lie.")],
    hnsw: Annotated[bool, typer.Option("--hnsw/--no-hnsw", help="Index its vectors; else all are compared.")] = False,
    m: MOption = 16,
    ef_construction: ConstructionOption = 200,
    ef_search: SearchOption = 40,
    stemmer: StemmerOption = "english",
    stopwords: StopwordsOption = "english",
    fts_index_name: IndexNameOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a minified artifact from a full one, and nothing else."""
    from kodit.artifact_choices import artifact_files
    from kodit.domain.artifacts.terms import BuildTerms, FtsTerms, HnswTerms
    from kodit.interfaces.cli.rendering.artifacts import artifact_entry, made

    terms = BuildTerms(
        minified_hnsw=HnswTerms(m=m, ef_construction=ef_construction, ef_search=ef_search) if hnsw else None,
        fts=FtsTerms(stemmer=stemmer, stopwords=stopwords, index_name=fts_index_name or ""),
    )
    files = artifact_files(_settings(context))
    found = run(files.minify(source, str(_absolute(target)), terms, force=force))
    if as_json:
        document(artifact_entry(found))
    else:
        say(made(found))


@group.command(epilog=examples("kodit artifact info fdnix.duckdb", "kodit artifact info fdnix.duckdb --json"))
def info(context: typer.Context, file: File, as_json: JsonOption = False) -> None:
    """Show what an artifact says of itself: release, rows, model."""
    from kodit.artifact_choices import artifact_files
    from kodit.interfaces.cli.rendering.artifacts import artifact_entry, show_artifact

    found = run(artifact_files(_settings(context)).info(file))
    if as_json:
        document(artifact_entry(found))
    else:
        show_artifact(found)


@group.command(epilog=examples("kodit artifact verify fdnix.duckdb"))
def verify(context: typer.Context, file: File, as_json: JsonOption = False) -> int:
    """Check all rows of an artifact, and ask each of its indexes.

    The exit code is 1 when it is not sound.
    """
    from kodit.artifact_choices import artifact_files
    from kodit.interfaces.cli.rendering.artifacts import show_verification

    found = run(artifact_files(_settings(context)).verify(file))
    if as_json:
        document({"path": found.path, "sound": not found.problems, "problems": found.problems})
    else:
        show_verification(found)
    if found.problems:
        notice("remedy: build it again, or fetch it again")
    return ExitCode.WORK_FAILED if found.problems else ExitCode.OK


def _built(
    invocation: Invocation, index: str, order: "ExportOrder", *, publish: str | None, wait: bool
) -> "BuildReport":
    from kodit.application.engine import Kodit
    from kodit.bootstrap import start_logs

    settings = invocation.settings_here()
    # The progress shows what goes wrong; log lines would break its drawing.
    start_logs(settings, silent=settings.log_level == "warning")

    published = None if publish is None else _publication(publish, order)

    async def work(engine: Kodit) -> "BuildReport":
        if not wait:
            return await engine.artifacts.build(index, order, publish=published, wait=False)
        with progress_shown() as watch:
            return await engine.artifacts.build(index, order, publish=published, watch=watch)

    try:
        return invocation.with_engine(work, settings=settings, create=False)
    except Interrupted:
        notice("stopped; no file has changed. The same command builds them again")
        raise


def _publication(place: str, order: "ExportOrder") -> "PublishOrder":
    from kodit.application.artifacts.publish_order import PublishOrder
    from kodit.domain.artifacts.publication import FileToPublish
    from kodit.domain.artifacts.store_location import StoreLocation

    # A worker with another working directory may do it.
    store = place if StoreLocation.parsed(place).bucket else str(_absolute(place))
    files = tuple(FileToPublish(path, Path(path).name) for path in order.targets.paths)
    return PublishOrder(store=store, files=files)


def _settings(context: typer.Context) -> "Settings":
    invocation = invocation_of(context)
    return invocation.settings()


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(Path(path).expanduser().absolute())
