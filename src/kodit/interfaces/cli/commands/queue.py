"""`kodit queue`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kodit.interfaces.cli.arguments import JsonOption, examples
from kodit.interfaces.cli.rendering.streams import document, say
from kodit.interfaces.cli.running import Invocation

if TYPE_CHECKING:
    from kodit.application.engine import Kodit
    from kodit.domain.tasks.progress import Step
    from kodit.domain.tasks.task import Task, TaskState

EXAMPLES = examples(
    "kodit queue list",
    "kodit queue list --state all --limit 20 --json",
    "kodit queue list --state dead --source stdlib",
    "kodit queue show 17",
    "kodit queue retry 17",
    "kodit queue cancel 4",
    "kodit queue stats",
    "kodit queue top",
)
ALL = "all"
STATES = "blocked, scheduled, ready, running, succeeded, skipped, dead, cancelled"

group = typer.Typer(
    name="queue",
    help="The work that waits, runs or failed: list, show, retry, cancel, stats, top.",
    epilog=EXAMPLES,
    invoke_without_command=True,
    rich_markup_mode=None,
)
TaskId = Annotated[int, typer.Argument(metavar="TASK", help="The task's id, as `kodit queue list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group)


@group.callback()
def queue(context: typer.Context) -> None:
    """List what is not over by default."""
    if context.invoked_subcommand is None:
        listed(context)


@group.command(name="list", epilog=EXAMPLES)
def listed(
    context: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help=f"One of {STATES}, or {ALL}; may be given again. By default what is not over, and dead.",
        ),
    ] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Only tasks about this source.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many tasks at most.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List tasks, newest first."""
    from kodit.interfaces.cli.rendering.listings import show_tasks, task_entry

    states = _states(state or [])
    rows = _invocation(context).with_engine(
        lambda engine: engine.views.tasks(states=states, source=source, limit=limit)
    )
    if as_json:
        document([task_entry(row) for row in rows])
    else:
        show_tasks(rows)


@group.command(epilog=EXAMPLES)
def show(context: typer.Context, task_id: TaskId, as_json: JsonOption = False) -> None:
    """Show one task with its steps and the history of its errors."""

    from kodit.interfaces.cli.rendering.listings import show_task, task_document

    async def found(engine: "Kodit") -> "tuple[Task, Sequence[Step], str]":
        task = await engine.task(task_id)
        progress = await engine.progress(task.run_id)
        return task, [step for step in progress.steps if step.task_id == task_id], progress.source.name

    task, steps, source = _invocation(context).with_engine(found)
    if as_json:
        document(task_document(task, steps, source))
    else:
        show_task(task, steps, source)


@group.command(epilog=EXAMPLES)
def retry(context: typer.Context, task_id: TaskId, as_json: JsonOption = False) -> None:
    """Give a dead or cancelled task its attempts back. A worker, or the next `kodit index`, carries it out."""
    run = _invocation(context).with_engine(lambda engine: engine.queue.retry(task_id))
    if as_json:
        document({"task": task_id, "run": run.id, "state": run.state})
    else:
        say(f"task {task_id} of run {run.id} will be tried again; work the queue off with: kodit worker --drain")


@group.command(epilog=EXAMPLES)
def cancel(
    context: typer.Context,
    run_id: Annotated[int, typer.Argument(metavar="RUN", help="The run's id, as `kodit queue list` shows it.")],
    as_json: JsonOption = False,
) -> None:
    """Cancel what waits of a run, and ask its running tasks to stop."""
    run = _invocation(context).with_engine(lambda engine: engine.queue.cancel(run_id))
    if as_json:
        document({"run": run.id, "state": run.state})
    else:
        say(f"run {run.id} is {run.state}")


def _states(given: Sequence[str]) -> "Sequence[TaskState]":
    from kodit.domain.tasks.task import LIVE, TaskState

    if ALL in given:
        return ()
    unknown = [state for state in given if state not in list(TaskState)]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]} is no state: {STATES}, or {ALL}")
    return [TaskState(state) for state in given] or [*sorted(LIVE), TaskState.DEAD]


def _invocation(context: typer.Context) -> Invocation:
    invocation: Invocation = context.obj
    return invocation
