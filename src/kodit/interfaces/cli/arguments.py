"""Arguments as typed, and options that several commands share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command line with the options that hold for every command in front."""

    arguments: list[str]
    verbose: bool


def hoisted(arguments: Sequence[str]) -> Parsed:
    """Move `--data-dir PATH` and `--verbose` to the front, wherever they were typed before a `--`."""
    front: list[str] = []
    rest: list[str] = []
    verbose = False
    remaining = iter(arguments)
    for argument in remaining:
        if argument == "--":
            return Parsed([*front, *rest, argument, *remaining], verbose)
        if argument in ("-v", "--verbose"):
            verbose = True
            front.append(argument)
        elif argument == "--data-dir":
            front += [argument, *[value for value in [next(remaining, None)] if value is not None]]
        elif argument.startswith("--data-dir="):
            front.append(argument)
        else:
            rest.append(argument)
    return Parsed([*front, *rest], verbose)


def examples(*lines: str) -> str:
    """The end of a command's help; `\\b` keeps the lines as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
