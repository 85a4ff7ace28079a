"""`kodit watch`."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.domain.errors import InvalidInput, KoditError, NothingIndexed, Unavailable
from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.failures import explain
from kodit.interfaces.cli.rendering.streams import notice
from kodit.interfaces.cli.running import Signals, invocation_of, run

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.reports import IndexReport
    from kodit.domain.sources.source import Source


def register(app: typer.Typer) -> None:
    """Add the command."""
    lines = ("kodit watch", "kodit watch .", "kodit watch ~/src/shop ~/src/site", "kodit watch shop --json")
    app.command(name="watch", epilog=examples(*lines))(watch)


def watch(
    context: typer.Context,
    directories: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SOURCE]...", help="Names of sources, or directories; all directories by default."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Index directories, and then whatever changes in them.

    Each change is a line on stdout; with --json, a JSON document a line. What the ignore rules leave out is no change.
    Unless a worker serves this data directory already, the work is done here. Ctrl-C ends it.
    """
    from kodit.bootstrap import open_kodit, start_logs

    invocation = invocation_of(context)
    settings = invocation.settings_here()
    start_logs(settings)

    async def watched() -> None:
        async with await open_kodit(settings=settings) as engine:
            await _watch(engine, directories or (), _Teller(as_json))

    run(watched(), signals=False)


class _Teller:
    """Says what came of each change."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def __call__(self, report: "IndexReport", paths: Collection[str]) -> None:
        from kodit.domain.tasks.run import RunState
        from kodit.interfaces.cli.rendering.reports import failure_of, pause_of
        from kodit.interfaces.cli.rendering.watched import show_change

        show_change(report, paths, as_json=self._as_json)
        progress = report.progress
        if progress.run.state is RunState.FAILED:
            explain(*failure_of(progress))
        elif (pausing := progress.pauses) is not None:
            explain(*pause_of(pausing, elsewhere=report.elsewhere))


async def _watch(engine: "Kodit", directories: Sequence[str], tell: _Teller) -> None:
    import asyncio

    asked_to_stop = asyncio.Event()
    Signals(asked_to_stop.set)
    stopping = asyncio.create_task(asked_to_stop.wait())
    working = asyncio.create_task(_index_and_follow(engine, directories, tell))
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, stopping):
            task.cancel()
        ends = await asyncio.gather(working, stopping, return_exceptions=True)
    if isinstance(ends[0], Exception):
        raise ends[0]
    notice("stopped; what is done is kept")


async def _index_and_follow(engine: "Kodit", directories: Sequence[str], tell: _Teller) -> None:
    """Begin with what changed before, and go on until cancelled."""
    named = [await _known_or_new(engine, one) for one in directories]
    here = await engine.freshness().directories()
    watched = named or here
    if not watched:
        raise NothingIndexed("there is no directory to watch yet", remedy="name one: kodit watch .")
    if elsewhere := [source.name for source in watched if source not in here]:
        remedy = "watch it on the machine that it was indexed on"
        raise InvalidInput(f"{elsewhere[0]} is no directory of this machine", remedy=remedy)

    async def index(source: "Source", paths: Collection[str]) -> None:
        try:
            tell(await engine.index(source.location), paths)
        except (KoditError, OSError) as error:
            explain(f"{source.name}: {error}", getattr(error, "remedy", None))

    names = {source.name for source in watched}
    notice(f"watching {', '.join(sorted(names))} until Ctrl-C")
    await engine.freshness().watching(names=names, noticed=index).run()
    raise Unavailable("watching ended")


async def _known_or_new(engine: "Kodit", given: str) -> "Source":
    """The source of that name, or the one at that place, added when it is new. Raises InvalidInput for a repository."""
    from kodit.domain.sources.reading import HEAD, placed
    from kodit.domain.sources.source import SourceKind
    from kodit.infrastructure.filesystem.path_facts import path_facts

    async with engine.storage.read() as unit:
        known = await unit.sources.named(given)
    kind = known.kind if known else placed(given, HEAD, path_facts)[0]
    if kind is not SourceKind.DIRECTORY:
        raise InvalidInput(
            f"{given} is a repository: it does not change before it is fetched",
            remedy="index it, and have it fetched at an interval: kodit sources set NAME --every 10m",
        )
    return known or await engine.add(given)
