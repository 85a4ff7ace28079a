"""`kodit index`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.exit_codes import ExitCode
from kodit.interfaces.cli.failures import explain
from kodit.interfaces.cli.rendering.streams import document, notice
from kodit.interfaces.cli.running import Interrupted, Invocation

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.reports import IndexReport
    from kodit.settings import Settings

EXAMPLES = examples(
    "kodit index .",
    "kodit index ~/src/project --name project",
    "kodit index https://git.example.com/owner/repo.git",
    "kodit index . --no-wait",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="index", epilog=EXAMPLES)(index)


def index(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A directory, or a git repository by path or URL.")],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call it; by default from its path or URL.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Processes that extract.", show_default="cores")
    ] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Only queue it; a worker does it.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Index a source, or what changed in it since. The source itself is only read.

    Unless a worker serves this data directory already, the work is done here. Ctrl-C keeps what is done: the same
    command goes on from there.
    """
    from kodit.domain.sources.location import CREDENTIALS_REMEDY, parsed_location
    from kodit.interfaces.cli.rendering.reports import report_document, show_report

    invocation: Invocation = context.obj
    settings = invocation.settings(workers=workers)
    if parsed_location(source).had_credentials:
        notice("the credentials in the URL are not used and not kept")
        notice(f"remedy: {CREDENTIALS_REMEDY}")
    try:
        report = _indexed(invocation, settings, source, name, wait=not no_wait)
    except Interrupted:
        notice(f"stopped; what is done is kept. Go on with: kodit index {source}")
        raise
    if as_json:
        document(report_document(report))
    else:
        show_report(report, waited=not no_wait)
    return _ended(report)


def _indexed(
    invocation: Invocation, settings: "Settings", source: str, name: str | None, *, wait: bool
) -> "IndexReport":
    from kodit.bootstrap import start_logs

    # The progress shows what goes wrong; log lines would break its drawing.
    start_logs(settings, silent=settings.log_level == "warning")

    async def work(engine: "Kodit") -> "IndexReport":
        if not wait:
            return await engine.index(source, name=name, wait=False)
        if not sys.stderr.isatty():
            from kodit.interfaces.cli.rendering.progress_lines import ProgressLines

            return await engine.index(source, name=name, watch=ProgressLines())
        from kodit.interfaces.cli.rendering.progress_bars import ProgressBars

        with ProgressBars() as bars:
            return await engine.index(source, name=name, watch=bars)

    return invocation.with_engine(work, settings=settings)


def _ended(report: "IndexReport") -> int:
    from kodit.domain.tasks.run import RunState
    from kodit.interfaces.cli.rendering.reports import failure_of, pause_of

    if report.progress.run.state is RunState.FAILED:
        explain(*failure_of(report.progress))
        return ExitCode.WORK_FAILED
    if (pausing := report.progress.pauses) is not None:
        explain(*pause_of(pausing))
        return ExitCode.UNAVAILABLE
    if report.progress.run.state is RunState.CANCELLED:
        run = report.progress.run.id
        explain(f"run {run} was cancelled", f"index again: kodit index {report.source.location}")
        return ExitCode.WORK_FAILED
    return ExitCode.OK
