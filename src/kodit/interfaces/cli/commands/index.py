"""`kodit index`."""

import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from kodit.interfaces.cli.arguments import DEEPEST, MOST_PROCESSES, JsonOption, examples
from kodit.interfaces.cli.exit_codes import ExitCode
from kodit.interfaces.cli.failures import explain
from kodit.interfaces.cli.rendering.streams import document, notice
from kodit.interfaces.cli.running import Interrupted, Invocation, invocation_of
from kodit.interfaces.cli.waiting import stopped, waiting_shown

if TYPE_CHECKING:
    from kodit.application.artifacts.artifact_building import BuildReport
    from kodit.application.engine import Kodit
    from kodit.application.reports import IndexReport
    from kodit.domain.sources.reading import Reading
    from kodit.settings import Settings

EXAMPLES = examples(
    "kodit index .",
    "kodit index ~/src/project --name project",
    "kodit index https://git.example.com/owner/repo.git",
    "kodit index https://git.example.com/owner/repo.git --branch develop",
    "kodit index https://git.example.com/owner/repo.git#v1.2",
    "kodit index https://git.example.com/owner/repo.git --depth 1",
    "kodit index . --no-wait",
)

DepthOption = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, max=DEEPEST, help="Fetch only N commits of history; 0 for all.", show_default="git_depth"
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, max=MOST_PROCESSES, help="Processes that extract.", show_default="cores"),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="index", epilog=EXAMPLES)(index)


def index(  # noqa: PLR0913, PLR0917 - one for each option
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A directory, or a git repository by path or URL; #NAME behind it is a branch, a tag or a commit.",
        ),
    ],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call it; by default from its path or URL.")
    ] = None,
    branch: Annotated[str | None, typer.Option(metavar="NAME", help="Read this branch.")] = None,
    tag: Annotated[str | None, typer.Option(metavar="NAME", help="Read this tag.")] = None,
    commit: Annotated[str | None, typer.Option(metavar="ID", help="Read this commit.")] = None,
    depth: DepthOption = None,
    submodules: Annotated[
        bool | None, typer.Option("--submodules/--no-submodules", help="Index the submodules' files with it.")
    ] = None,
    workers: WorkersOption = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Only queue it; a worker does it.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Index a source, or what changed in it since. The source itself is only read.

    Unless a worker serves this data directory already, the work is done here. Ctrl-C keeps what is done: the same
    command goes on from there.
    """
    from kodit.domain.sources.location import CREDENTIALS_REMEDY
    from kodit.domain.sources.reading import Reading, has_credentials
    from kodit.interfaces.cli.rendering.reports import report_document, show_report

    invocation = invocation_of(context)
    settings = invocation.settings(workers=workers)
    if has_credentials(source):
        notice("the credentials in the URL are not used and not kept")
        notice(f"remedy: {CREDENTIALS_REMEDY}")
    reading = Reading(branch=branch, tag=tag, commit=commit, depth=depth, submodules=submodules)
    try:
        report = _indexed(invocation, settings, _Wanted(source, name, reading), wait=not no_wait)
    except Interrupted:
        notice(stopped(settings.server, same_command(source, context.params, invocation.given)))
        raise
    if as_json:
        document(report_document(report))
    else:
        show_report(report, waited=not no_wait)
    return ended(report, f"kodit index {shlex.quote(report.source.location)}")


class _Wanted(NamedTuple):
    source: str
    name: str | None
    reading: "Reading"


def same_command(source: str, options: Mapping[str, Any], given: Sequence[str] = ()) -> str:
    """What goes on with the same source, to be typed; the other options hold from the first time on.

    Of those that every command has, the ones `given` on the command line stand before its name.

    Credentials are blotted out: they are not used anyway.
    """
    from kodit.domain.sources.location import without_credentials

    chosen = [(f"--{name}", options[name]) for name in ("branch", "tag", "commit") if options.get(name)]
    words = ["kodit", *given, "index", source, *(part for pair in chosen for part in pair)]
    return shlex.join(map(without_credentials, words))


def _indexed(invocation: Invocation, settings: "Settings", wanted: _Wanted, *, wait: bool) -> "IndexReport":
    from kodit.bootstrap import start_logs

    # The progress shows what goes wrong; log lines would break its drawing.
    start_logs(settings, silent=settings.log_level == "warning")

    async def work(engine: "Kodit") -> "IndexReport":
        index = partial(engine.index, wanted.source, name=wanted.name, reading=wanted.reading)
        if not wait:
            return await index(wait=False)
        async with waiting_shown(engine, settings.server, queue_only="--no-wait") as watch:
            return await index(watch=watch)

    return invocation.asking(work, settings=settings)


def ended(report: "IndexReport | BuildReport", again: str) -> int:
    """The exit code for a run, after a word about one that did not go well; `again` is what has another try."""
    from kodit.domain.tasks.run import RunState
    from kodit.interfaces.cli.rendering.reports import failure_of, pause_of

    progress = report.progress
    if progress.run.state is RunState.FAILED:
        explain(*failure_of(progress))
        return ExitCode.WORK_FAILED
    if (pausing := progress.pauses) is not None:
        explain(*pause_of(pausing, elsewhere=report.elsewhere))
        return ExitCode.UNAVAILABLE
    if progress.run.state is RunState.CANCELLED:
        explain(f"run {progress.run.id} was cancelled", f"begin again: {again}")
        return ExitCode.WORK_FAILED
    return ExitCode.OK
