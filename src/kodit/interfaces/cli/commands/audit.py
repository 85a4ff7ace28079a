"""`kodit audit`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import LAST_ID, MOST_SHOWN, JsonOption, examples
from kodit.interfaces.cli.rendering.streams import document
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.domain.access.audit import AuditEntry


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="audit", epilog=examples("kodit audit", "kodit audit --limit 500 --json"))(audit)


def audit(
    context: typer.Context,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=MOST_SHOWN, help="How many entries at most.")] = 50,
    before: Annotated[
        int | None,
        typer.Option("--before", metavar="ID", min=1, max=LAST_ID, help="Only entries before the one with this id."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List who changed what through a server, the last first.

    Keys that were handed out or taken back stand there too. The outcome is `done`, the kind of error that it ended in,
    or unknown where the server was killed meanwhile. What else the command line changes on its own machine is not
    written down.
    """
    from kodit.interfaces.cli.rendering.keys import show_audit

    async def found(engine: "Kodit") -> "Sequence[AuditEntry]":
        return await engine.access().trail.newest(limit=limit, before=before)

    invocation = invocation_of(context)
    entries = invocation.with_engine(found)
    if as_json:
        document(entries)
    else:
        show_audit(entries, limit=limit)
