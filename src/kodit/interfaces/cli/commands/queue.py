"""`kodit queue`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import MOST_SHOWN, JsonOption, SourceOption, TypeOption, examples
from kodit.interfaces.cli.groups import group_of
from kodit.interfaces.cli.rendering.streams import document
from kodit.interfaces.cli.running import invocation_of

if TYPE_CHECKING:
    from kodit.domain.tasks.task import TaskState

EXAMPLES = examples(
    "kodit queue list",
    "kodit queue list --type ENRICH --state dead",
    "kodit queue list --state all --limit 20 --json",
    "kodit queue show 17 --verbose",
    "kodit queue dead --since 2h",
    "kodit queue retry --type ENRICH",
    "kodit queue pause ENRICH",
    "kodit queue cancel 4",
    "kodit queue stats",
    "kodit queue top",
)
ALL = "all"
STATES = "blocked, scheduled, ready, running, succeeded, skipped, dead, cancelled"

group = group_of("queue", "See what waits, runs or failed, and do something about it.", epilog=EXAMPLES)
TaskId = Annotated[int, typer.Argument(metavar="TASK", help="The task's id, as `kodit queue list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group)


@group.callback()
def queue(context: typer.Context) -> None:
    """List what is not over by default."""
    if context.invoked_subcommand is None:
        listed(context)


@group.command(
    name="list",
    epilog=examples(
        "kodit queue list",
        "kodit queue list --type ENRICH --state dead",
        "kodit queue list --source project --state all",
        "kodit queue list --state all --limit 20 --json",
    ),
)
def listed(
    context: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help=f"One of {STATES}, or {ALL}; may be given again. By default what is not over, and dead.",
        ),
    ] = None,
    kind: TypeOption = None,
    source: SourceOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=MOST_SHOWN, help="How many tasks at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List tasks, newest first.

    By default those that are not over, and those that failed for good. The tasks of other programs are of a type
    TYPE_1000 or above, and about their key.
    """
    from kodit.domain.tasks.task_type import type_named
    from kodit.interfaces.cli.rendering.listings import show_tasks, task_entry

    states = _states(state or [])
    of_type = type_named(kind) if kind is not None else None
    rows = invocation_of(context).asking(
        lambda engine: engine.views.tasks(states=states, kind=of_type, source=source, limit=limit)
    )
    if as_json:
        document([task_entry(row) for row in rows])
    else:
        show_tasks(rows, limit=limit)


@group.command(epilog=examples("kodit queue show 17", "kodit queue show 17 --verbose", "kodit queue show 17 --json"))
def show(context: typer.Context, task_id: TaskId, as_json: JsonOption = False) -> None:
    """Show one task with its steps and all its errors.

    With --verbose, also where in the code each error was raised.
    """
    from kodit.interfaces.cli.rendering.task_details import show_task, task_document

    details = invocation_of(context).asking(lambda engine: engine.queue.details(task_id))
    if as_json:
        document(task_document(details))
    else:
        show_task(details, traces=invocation_of(context).verbose)


@group.command(epilog=examples("kodit queue cancel 4", "kodit queue cancel 4 5 6"))
def cancel(
    context: typer.Context,
    run_ids: Annotated[
        list[int], typer.Argument(metavar="RUN...", help="Runs' ids, as `kodit queue list` shows them.")
    ],
    as_json: JsonOption = False,
) -> int:
    """Stop runs: what waits is cancelled, what runs is stopped.

    That takes a second or two. What is indexed already stays, and `kodit queue retry` takes a task up again.
    """
    from kodit.interfaces.cli.rendering.changes import CANCELLED, tell

    changed = invocation_of(context).asking(lambda engine: engine.queue.cancel_all(run_ids))
    return tell(changed, CANCELLED, as_json=as_json)


def _states(given: Sequence[str]) -> "Sequence[TaskState]":
    from kodit.domain.tasks.task import LIVE, TaskState

    if ALL in given:
        return ()
    unknown = [state for state in given if state not in list(TaskState)]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is no state: {STATES}, or {ALL}")
    return [TaskState(state) for state in given] or [*sorted(LIVE), TaskState.DEAD]
