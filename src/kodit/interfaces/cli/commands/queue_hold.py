"""`kodit queue pause`, `kodit queue resume` and `kodit queue limit`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.commands.queue import group
from kodit.interfaces.cli.running import Invocation

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.domain.tasks.claim import Control

TypeName = Annotated[
    str | None, typer.Argument(metavar="TYPE", help="A type of tasks, such as ENRICH; without one, everything.")
]


def register(_app: typer.Typer) -> None:
    """Add the commands to those of the queue."""
    for name, change in (("pause", pause), ("resume", resume)):
        group.command(name=name, epilog=examples(f"kodit queue {name} ENRICH", f"kodit queue {name}"))(change)
    group.command(name="limit", epilog=examples("kodit queue limit ENRICH 2", "kodit queue limit ENRICH none"))(limit)


def pause(context: typer.Context, kind: TypeName = None, as_json: JsonOption = False) -> None:
    """Let no worker begin tasks of a type, or any at all.

    That holds for all workers on all machines, until `kodit queue resume`. What runs already goes on.
    """
    _held(context, kind, as_json=as_json, change="pause")


def resume(context: typer.Context, kind: TypeName = None, as_json: JsonOption = False) -> None:
    """Let workers begin again what was paused.

    Without a type it ends a pause of everything; types that were paused by themselves stay so.
    """
    _held(context, kind, as_json=as_json, change="resume")


def limit(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="A type of tasks, such as ENRICH.")],
    most: Annotated[str, typer.Argument(metavar="N|none", help="How many; none for as many as there are slots.")],
    as_json: JsonOption = False,
) -> None:
    """Let at most so many tasks of a type run at a time.

    That is on all machines together. What runs already goes on.
    """
    unlimited = most.lower() == "none"
    if not unlimited and (not most.isdecimal() or not 0 < int(most) <= 1_000_000):
        raise typer.BadParameter(f"{most} is neither a number from 1 nor none; to let nothing run: kodit queue pause")
    _held(context, kind, as_json=as_json, change="limit", most=None if unlimited else int(most))


def _held(context: typer.Context, name: str | None, *, as_json: bool, change: str, **given: int | None) -> None:
    from kodit.domain.tasks.claim import EVERYTHING
    from kodit.domain.tasks.task_type import type_named
    from kodit.interfaces.cli.rendering.controls import tell_control

    kind = EVERYTHING if name is None else type_named(name)

    async def changed(engine: "Kodit") -> "Sequence[Control]":
        await getattr(engine.queue, change)(kind, *given.values())
        return await engine.queue.controls()

    invocation: Invocation = context.obj
    tell_control(kind, invocation.asking(changed), as_json=as_json)
