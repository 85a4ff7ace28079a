"""Arguments as typed, and options that several commands share."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

MOST_SHOWN = 1_000_000
"""More entries than anybody reads, and fewer than a database has numbers for."""
MOST_PROCESSES = 1_000
"""More processes than a machine has cores."""
MOST_SLOTS = 10_000
"""More tasks than one process works on at a time."""
MOST_STEPS = 1_000
"""More steps than one thing is away from another."""
DEEPEST = 2**31 - 1
"""The most commits of history that git can be asked for."""
LAST_ID = 2**53
"""A number that no entry reaches."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]

BackgroundOption = Annotated[bool, typer.Option("--background", help="Only queue it; a worker does it.")]
ResultsOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="How many results at most.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
TypeOption = Annotated[
    str | None,
    typer.Option("--type", metavar="TYPE", help="Only tasks of this type: ENRICH, or another program's TYPE_1000."),
]
SourceOption = Annotated[str | None, typer.Option("--source", metavar="NAME", help="Only tasks about this source.")]

SourcesOption = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Only in this source; may be given again.")
]
LanguagesOption = Annotated[
    list[str] | None, typer.Option("--language", metavar="LANGUAGE", help="Only in this language; may be given again.")
]
PathsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--path",
        metavar="GLOB",
        help="Only in paths like this, relative to the source: 'src/**/*.py'; may be given again.",
    ),
]

WITH_VALUE = ("--data-dir", "--server")
"""Options that hold for every command and have a value."""
_SPAN = re.compile(r"(?:\d+[smhd])+")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def span_of(text: str) -> timedelta:
    """`90s`, `15m`, `2h`, `7d`, `1h30m`. Raises BadParameter."""
    if not _SPAN.fullmatch(text) or len(text) > 20:
        raise typer.BadParameter(f"{text} is no span of time, such as 90s, 15m, 2h, 7d or 1h30m")
    parts = re.findall(r"(\d+)([smhd])", text)
    try:
        return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        raise typer.BadParameter(f"{text} is more time than there is") from None


def moment_of(text: str | None) -> datetime | None:
    """`2026-01-31` or `2026-01-31T12:00`, in UTC where no zone is named; None for None. Raises BadParameter."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text[:40]} is no date, such as 2026-01-31 or 2026-01-31T12:00") from None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command line with the options that hold for every command in front.

    `as_json` is set where the result is asked for as JSON.
    """

    arguments: list[str]
    verbose: bool
    as_json: bool = False


def hoisted(arguments: Sequence[str]) -> Parsed:
    """Move `--data-dir PATH`, `--server URL` and `--verbose` to the front, wherever they were typed before a `--`."""
    front: list[str] = []
    rest: list[str] = []
    verbose = False
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            return Parsed([*front, *rest, argument, *remaining], verbose, "--json" in rest)
        if argument in ("-v", "--verbose"):
            verbose = True
            front.append(argument)
        elif argument in WITH_VALUE:
            front += [argument, *[value for value in [next(remaining, None)] if value is not None]]
        elif argument.partition("=")[0] in WITH_VALUE:
            front.append(argument)
        else:
            rest.append(argument)
    return Parsed([*front, *rest], verbose, "--json" in rest)


def examples(*lines: str) -> str:
    """The end of a command's help; `\\b` keeps the lines as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
