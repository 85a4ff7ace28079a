"""The progress of a run as bars on a terminal."""

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, TaskID, TextColumn
from rich.progress import Task as Bar
from rich.text import Text

from kodit.application.reports import RunProgress
from kodit.domain.tasks.progress import Step, StepState
from kodit.domain.tasks.task import Task, TaskState
from kodit.interfaces.cli.rendering.progress_lines import fate
from kodit.interfaces.cli.rendering.reports import told_since
from kodit.interfaces.cli.rendering.streams import harmless


class _Counted(ProgressColumn):
    """Done of how many, where that is known."""

    def __init__(self) -> None:
        super().__init__()
        self._counts = MofNCompleteColumn()

    def render(self, task: Bar) -> Text:
        """The count of one bar."""
        return self._counts.render(task) if task.total and task.fields["counting"] else Text("")


class ProgressBars:
    """One bar for each phase; call it with the run's progress, inside a `with` block."""

    def __init__(self, begun: datetime) -> None:
        self._begun = begun
        self._since: datetime | None = None
        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<15}"),
            BarColumn(bar_width=24),
            _Counted(),
            TextColumn("{task.fields[said]}", markup=False, style="dim"),
            console=Console(stderr=True),
        )
        self._bars: dict[int, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, progress: RunProgress) -> None:
        """Draw the run as it is now."""
        self._since = self._since or told_since(progress, self._begun)
        for task in sorted(progress.tasks, key=lambda task: task.type):
            if task.id not in self._bars:
                self._bars[task.id] = self._progress.add_task(
                    task.type.name.lower().replace("_", " "), total=None, start=False, said="", counting=False
                )
            self._draw(task, self._since, [step for step in progress.steps if step.task_id == task.id])

    def _draw(self, task: Task, since: datetime, steps: Sequence[Step]) -> None:
        bar = self._bars[task.id]
        step = next((step for step in reversed(steps) if step.state is StepState.RUNNING), None)
        if task.state is TaskState.RUNNING:
            self._progress.start_task(bar)
            total = step.total if step and step.total else None
            self._progress.update(
                bar,
                total=total,
                completed=step.current if step else 0,
                said=str(step.step) if step else "",
                counting=total is not None,
            )
            return
        if task.state in (TaskState.SUCCEEDED, TaskState.SKIPPED):
            self._progress.start_task(bar)
            self._progress.update(bar, total=1, completed=1, counting=False, said=harmless(fate(task, since)))
            return
        said = "" if task.state in (TaskState.BLOCKED, TaskState.READY) else harmless(fate(task, since))
        self._progress.update(bar, said=said, counting=False)
