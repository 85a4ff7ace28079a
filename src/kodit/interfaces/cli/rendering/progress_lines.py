"""The progress of a run as lines, for whoever keeps stderr in a file."""

from datetime import datetime

from kodit.application.reports import RunProgress
from kodit.domain.tasks.task import Task, TaskState
from kodit.interfaces.cli.rendering.reports import is_done_before, seconds_since, told_since
from kodit.interfaces.cli.rendering.streams import notice

_WORTH_A_LINE = frozenset({TaskState.SUCCEEDED, TaskState.SCHEDULED, TaskState.DEAD, TaskState.CANCELLED})


class ProgressLines:
    """Says once what became of each phase since a call was `begun`."""

    def __init__(self, begun: datetime) -> None:
        self._begun = begun
        self._since: datetime | None = None
        self._said: set[tuple[int, TaskState, int]] = set()

    def __call__(self, progress: RunProgress) -> None:
        """Look at the run and say what is new."""
        self._since = self._since or told_since(progress, self._begun)
        for task in sorted(progress.tasks, key=lambda task: task.type):
            key = (task.id, task.state, task.attempts)
            if task.state in _WORTH_A_LINE and key not in self._said:
                self._said.add(key)
                notice(f"{task.type.name}: {fate(task, self._since)}")


def fate(task: Task, since: datetime) -> str:
    """What became of a task, in words; what it did before this moment is not told again."""
    if is_done_before(task, since):
        return "done before"
    if task.state is TaskState.SCHEDULED:
        return waiting(task)
    seconds = seconds_since(task, since)
    took = f" in {seconds:.2f} s" if task.state is TaskState.SUCCEEDED and seconds is not None else ""
    return f"{task.state}{took}{f': {task.note}' if task.note else ''}"


def waiting(task: Task) -> str:
    """Why a task that failed is tried again, and when; or what it has asked to wait for."""
    if task.is_snoozed:
        return f"{task.note}, next look at {task.ready_at:%H:%M:%S} UTC"
    pause = (task.ready_at - task.errors[-1].at).total_seconds() if task.errors else 0
    return f"retrying in {pause:.0f} s: {task.note}"
