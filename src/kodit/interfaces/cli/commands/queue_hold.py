"""`kodit queue pause`, `kodit queue resume` and `kodit queue limit`."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.commands.queue import group
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.application.tasks.queue_service import QueueService
    from kodit.domain.tasks.claim import Control
    from kodit.domain.tasks.task_type import AnyTaskType

    Change = Callable[[QueueService, AnyTaskType], Awaitable[None]]

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
    _held(context, kind, lambda queue, held: queue.pause(held), as_json=as_json)


def resume(context: typer.Context, kind: TypeName = None, as_json: JsonOption = False) -> None:
    """Let workers begin again what was paused.

    Without a type it ends a pause of everything; types that were paused by themselves stay so.
    """
    _held(context, kind, lambda queue, held: queue.resume(held), as_json=as_json)


def limit(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="A type of tasks, such as ENRICH.")],
    most: Annotated[str, typer.Argument(metavar="N|none", help="How many; none for as many as there are slots.")],
    as_json: JsonOption = False,
) -> None:
    """Let at most so many tasks of a type run at a time.

    That is on all machines together. What runs already goes on.
    """
    number = allowed(most)
    _held(context, kind, lambda queue, held: queue.limit(held, number), as_json=as_json)


def allowed(most: str) -> int | None:
    """The limit that was typed, None for none. Raises BadParameter."""
    if most.lower() == "none":
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,5}|1000000", most, re.ASCII):
        raise typer.BadParameter(
            f"{most[:20]} is neither a number from 1 nor none; to let nothing run: kodit queue pause"
        )
    return int(most)


def _held(context: typer.Context, name: str | None, change: "Change", *, as_json: bool) -> None:
    from kodit.domain.tasks.claim import EVERYTHING
    from kodit.domain.tasks.task_type import type_named
    from kodit.interfaces.cli.rendering.controls import tell_control

    kind = EVERYTHING if name is None else type_named(name)

    async def changed(engine: "Kodit") -> "Sequence[Control]":
        await change(engine.queue, kind)
        return await engine.queue.controls()

    invocation = invocation_of(context)
    tell_control(kind, invocation.asking(changed), as_json=as_json)
