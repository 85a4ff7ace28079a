"""`kodit queue dead`, `kodit queue retry` and `kodit queue discard`."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.domain.errors import InvalidInput
from kodit.interfaces.cli.arguments import (
    MOST_SHOWN,
    JsonOption,
    SourceOption,
    TypeOption,
    YesOption,
    examples,
    span_of,
)
from kodit.interfaces.cli.commands.queue import group
from kodit.interfaces.cli.rendering.streams import document, notice
from kodit.interfaces.cli.running import Invocation, invocation_of

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.views import DeadFilter, DeadLetter

LONGEST_AGO = timedelta(days=36_500)
"""Nothing died longer ago."""
MANY = 10
"""More than so many are changed only by somebody who was asked."""

SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Only what died within this time: 90s, 15m, 2h, 7d.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Every task that failed for good.")]
Tasks = Annotated[
    list[int] | None, typer.Argument(metavar="TASK...", help="Ids, in the column TASK of `kodit queue dead`.")
]


def register(_app: typer.Typer) -> None:
    """Add the commands to those of the queue."""
    of_dead = examples("kodit queue dead", "kodit queue dead --type ENRICH --since 2h", "kodit queue dead --json")
    group.command(name="dead", epilog=of_dead)(dead)
    for name, change in (("retry", retry), ("discard", discard)):
        given = ("17", "17 18", "--type ENRICH --since 2h", "--all --yes --json")
        group.command(name=name, epilog=examples(*(f"kodit queue {name} {one}" for one in given)))(change)


def dead(
    context: typer.Context,
    kind: TypeOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=MOST_SHOWN, help="How many dead letters at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the tasks that failed for good, the last first.

    They are dead letters: nothing happens to them until somebody decides. Mend what is said under WHY, and try them
    again with `kodit queue retry`, or remove them with `kodit queue discard`.
    """
    from kodit.interfaces.cli.rendering.dead_letters import dead_letter_entry, show_dead_letters

    chosen = Choice(kind=kind, source=source, since=since)

    async def listed(engine: "Kodit") -> "Sequence[DeadLetter]":
        return await engine.views.dead(await chosen.which(engine), limit=limit)

    letters = invocation_of(context).asking(listed)
    if as_json:
        document([dead_letter_entry(letter) for letter in letters])
    else:
        show_dead_letters(letters, limit=limit)


def retry(  # noqa: PLR0913 - the options of a command
    context: typer.Context,
    tasks: Tasks = None,
    *,
    everything: AllOption = False,
    kind: TypeOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> int:
    """Try tasks again that failed for good or were cancelled.

    Name them by their ids, or choose dead ones by options. They get all their attempts back, and what follows them in
    their runs goes on from there. A worker, or the next `kodit index`, carries them out.

    The exit code is 0 when all of them were given new attempts, else that of the first that was not.
    """
    from kodit.interfaces.cli.rendering.changes import RETRIED, tell

    chosen = Choice(tasks or (), everything=everything, kind=kind, source=source, since=since)
    ids = _agreed(invocation_of(context), chosen, "Try {} again?", yes=yes)
    return tell(invocation_of(context).asking(lambda engine: engine.queue.retry_all(ids)), RETRIED, as_json=as_json)


def discard(  # noqa: PLR0913 - the options of a command
    context: typer.Context,
    tasks: Tasks = None,
    *,
    everything: AllOption = False,
    kind: TypeOption = None,
    source: SourceOption = None,
    since: SinceOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> int:
    """Remove tasks that failed for good, with their runs.

    Name them by their ids, or choose them by options. What is indexed stays as it is, and the next `kodit index` of
    the same source tries again what they failed at.

    The exit code is 0 when all of them were removed, else that of the first that was not.
    """
    from kodit.interfaces.cli.rendering.changes import DISCARDED, tell

    chosen = Choice(tasks or (), everything=everything, kind=kind, source=source, since=since)
    ids = _agreed(invocation_of(context), chosen, "Discard {} with what is known of them?", yes=yes)
    return tell(invocation_of(context).asking(lambda engine: engine.queue.discard(ids)), DISCARDED, as_json=as_json)


@dataclass(frozen=True, slots=True)
class Choice:
    """Tasks by their ids, or dead letters by what they have in common."""

    tasks: Sequence[int] = ()
    everything: bool = False
    kind: str | None = None
    source: str | None = None
    since: str | None = None

    async def which(self, engine: "Kodit") -> "DeadFilter":
        """The dead letters. Raises InvalidInput for a type, BadParameter for a time that makes no sense."""
        from kodit.application.views import DeadFilter
        from kodit.domain.tasks.task_type import type_named

        kind = type_named(self.kind) if self.kind is not None else None
        earliest_at = await engine.queue.ago(_since(self.since)) if self.since is not None else None
        return DeadFilter(type=kind, source=self.source, earliest_at=earliest_at)

    async def ids(self, engine: "Kodit") -> tuple[int, ...]:
        """The tasks that are chosen."""
        return tuple(await engine.views.dead_ids(await self.which(engine)))

    def check(self) -> None:
        """Raises BadParameter unless it says in one way which tasks are meant."""
        filtered = self.everything or any(given is not None for given in (self.kind, self.source, self.since))
        if bool(self.tasks) == filtered:
            raise typer.BadParameter("name tasks, or choose dead letters by --all, --type, --source or --since")


def _agreed(invocation: Invocation, chosen: Choice, question: str, *, yes: bool) -> Sequence[int]:
    """The ids that somebody agreed to change."""
    from kodit.interfaces.cli.rendering.figures import counted

    chosen.check()
    ids = tuple(dict.fromkeys(chosen.tasks)) or invocation.asking(chosen.ids)
    if not ids:
        notice("no such dead letters")
    if len(ids) > MANY and not yes:
        asked = question.format(counted(len(ids), "task"))
        if not sys.stdin.isatty():
            raise InvalidInput(f"{asked} That needs a confirmation", remedy="add --yes")
        typer.confirm(asked, abort=True, err=True)
    return ids


def _since(text: str) -> timedelta:
    span = span_of(text)
    if span > LONGEST_AGO:
        raise typer.BadParameter(f"{text} is too long a time: at most {LONGEST_AGO.days}d")
    return span
