"""The progress of a run as lines, for whoever keeps stderr in a file."""

from kodit.application.reports import RunProgress
from kodit.domain.tasks.task import Task, TaskState
from kodit.interfaces.cli.rendering.reports import seconds_of
from kodit.interfaces.cli.rendering.streams import notice

_WORTH_A_LINE = frozenset({TaskState.SUCCEEDED, TaskState.SCHEDULED, TaskState.DEAD, TaskState.CANCELLED})


class ProgressLines:
    """Says once what became of each phase."""

    def __init__(self) -> None:
        self._said: set[tuple[int, TaskState, int]] = set()

    def __call__(self, progress: RunProgress) -> None:
        """Look at the run and say what is new."""
        for task in sorted(progress.tasks, key=lambda task: task.type):
            key = (task.id, task.state, task.attempts)
            if task.state in _WORTH_A_LINE and key not in self._said:
                self._said.add(key)
                notice(f"{task.type.name}: {fate(task)}")


def fate(task: Task) -> str:
    """What became of a task, in words."""
    if task.state is TaskState.SCHEDULED:
        return waiting(task)
    seconds = seconds_of(task)
    took = f" in {seconds:.2f} s" if task.state is TaskState.SUCCEEDED and seconds is not None else ""
    return f"{task.state}{took}{f': {task.note}' if task.note else ''}"


def waiting(task: Task) -> str:
    """Why a task that failed is tried again, and when; or what it has asked to wait for."""
    if task.is_snoozed:
        return f"{task.note}, next look at {task.ready_at:%H:%M:%S} UTC"
    pause = (task.ready_at - task.errors[-1].at).total_seconds() if task.errors else 0
    return f"retrying in {pause:.0f} s: {task.note}"
