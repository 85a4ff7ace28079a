"""One picture of the queue, in the room that there is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from kodit.application.tasks.health import alerts
from kodit.application.tasks.queue_view import QueueBoard, RunningTask
from kodit.application.tasks.statistics import QueueStatistics
from kodit.application.views import TaskRow
from kodit.domain.tasks.task import TaskState
from kodit.interfaces.cli.rendering.queue_figures import COLUMNS, since, span, type_cells
from kodit.interfaces.cli.rendering.streams import harmless

BAR = 16
"""Characters of a progress bar."""
MIDDLING, WIDE = 76, 110
"""From so many characters on, there is room for what helps, and for what can be missed."""
WIDTHS = {"ready": 9, "blocked": 8, "p50": 6, "p95": 6}
"""Characters of numbers that need more or less than 7: a million may be ready."""
WARNED = 3
"""Warnings take at most one line of so many, where lines are counted."""
ROOMY = 30
"""From so many lines on, sections stand apart."""

Cells = Sequence[RenderableType]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `width` characters, or with a `share` of what is left, shown on terminals of `least` characters."""

    name: str
    width: int | None = None
    share: int | None = None
    least: int = 0
    right: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """Rows below one line of names, the first of which is the section's."""

    columns: Sequence[Column]
    rows: Sequence[Cells]


def frame(board: QueueBoard, *, width: int, height: int | None = None, trouble: str | None = None) -> Group:
    """The board in so many characters and lines, as many as it takes without a height.

    `trouble` says why it is not the newest.
    """
    warnings = [*_warnings(board.statistics, trouble, width)]
    if height is not None and len(warnings) > (most := max(height // WARNED, 1)):
        warnings = [*warnings[: most - 1], _line("! and more: kodit queue stats", style="red")]
    head = [*_head(board.statistics, width), *warnings]
    sections = [section for section in _sections(board) if section.rows]
    apart = height is None or height >= ROOMY
    if height is not None:
        head = head[: max(height - 1, 1)]
        left = height - len(head) - len(sections) * (2 if apart else 1)
        sections = [section for section in _cut(sections, left) if section.rows]
    shown: list[RenderableType] = list(head)
    for section in sections:
        if apart:
            shown.append(Text(""))
        shown.append(_drawn(section, width))
    return Group(*shown)


def _cut(sections: Sequence[Section], lines: int) -> Iterator[Section]:
    """The sections with no more rows than lines; each row more goes to a section that has the fewest so far."""
    given = [0] * len(sections)
    for _ in range(max(lines, 0)):
        short = [place for place, section in enumerate(sections) if given[place] < len(section.rows)]
        if not short:
            break
        given[min(short, key=lambda place: given[place])] += 1
    for section, rows in zip(sections, given, strict=True):
        yield Section(section.columns, section.rows[:rows])


def _head(queue: QueueStatistics, width: int) -> Iterator[Text]:
    states = queue.by_state
    first = [
        f"{queue.depth:,} waiting",
        f"{states.get(TaskState.RUNNING, 0):,} running",
        f"{states.get(TaskState.SCHEDULED, 0):,} scheduled",
        f"{states.get(TaskState.DEAD, 0):,} dead",
        f"{len(queue.workers)} worker{'' if len(queue.workers) == 1 else 's'}",
    ]
    minute, five_minutes, hour = queue.per_minute
    second = [
        f"oldest ready {since(queue.oldest_ready_at, queue.at)}",
        f"done/min {minute:,.1f} {five_minutes:,.1f} {hour:,.1f} (1, 5, 60 min)",
        f"errors {queue.error_rate:.1%}",
    ]
    clock = f"{queue.at:%H:%M:%S}Z"
    title = _line("kodit queue  ", *("  ".join(first),), style="bold")
    title.truncate(max(width - len(clock) - 1, 0))
    title.pad_right(max(width - title.cell_len - len(clock), 0))
    yield Text.assemble(title, (clock, "dim"), no_wrap=True, overflow="crop")
    yield _line("  ".join(second), style="dim")


def _warnings(queue: QueueStatistics, trouble: str | None, width: int) -> Iterator[Text]:
    """Whole, on as many lines as it takes: the remedy is what matters most, and stands at the end."""
    if trouble is not None:
        yield _line(f"not the newest: {trouble}", style="yellow")
    for alert in alerts(queue):
        said = f"! {alert.message}: {alert.remedy}"
        for line in wrap(said, max(width, 20), subsequent_indent="  ", break_on_hyphens=False):
            yield _line(line, style="red")


def _line(*parts: str, style: str) -> Text:
    return Text(harmless("".join(parts)).replace("\n", " "), style=style, no_wrap=True, overflow="ellipsis")


def _sections(board: QueueBoard) -> Iterator[Section]:
    now = board.statistics.at
    queue = board.statistics
    names = {held.owner: f"silent {held.host}:{held.pid}" for held in queue.stranded if held.host is not None}
    names |= {worker.owner: f"{worker.host}:{worker.pid}" for worker in queue.workers}
    running = board.statistics.by_state.get(TaskState.RUNNING, 0)
    yield Section(
        (
            Column(f"RUNNING {running:,}", width=16),
            Column("about", share=2),
            Column("step", share=3, least=MIDDLING),
            Column("", width=BAR, least=50),
            Column("done", width=15, right=True, least=WIDE),
            Column("for", width=6, right=True),
            Column("try", width=4, right=True, least=WIDE),
            Column("worker", share=2, least=MIDDLING),
        ),
        [_running(one, now, names) for one in board.running],
    )
    yield _types(board.statistics)
    yield _troubled("RETRIES", "due in", board.retries, lambda task: span(task.ready_at - now))
    yield _troubled("DIED", "ago", board.dead, lambda task: since(task.finished_at, now))
    yield Section(
        (
            Column(f"WORKERS {len(board.statistics.workers)}", share=3),
            Column("busy", width=8, right=True),
            Column("up", width=7, right=True),
            Column("seen ago", width=8, right=True),
            Column("", share=4, least=WIDE),
        ),
        [
            (
                _cell(f"{worker.host}:{worker.pid}"),
                f"{worker.running}/{worker.slots}",
                since(worker.started_at, now),
                since(worker.seen_at, now),
                _cell(worker.owner),
            )
            for worker in board.statistics.workers
        ],
    )


def _running(one: RunningTask, now: datetime, names: dict[str, str]) -> Cells:
    task, step = one.task, one.step
    owner = task.lease_owner or "-"
    total = step.total if step is not None else None
    done = "" if step is None else f"{step.current:,}" if total is None else f"{step.current:,}/{total:,}"
    bar = ProgressBar(total=total, completed=step.current, width=BAR) if step is not None and total else ""
    return (
        _cell(task.type.name),
        _cell(task.about),
        _cell(str(step.step) if step is not None else "-"),
        bar or _cell(done),
        _cell(done),
        since(one.begun_at, now),
        f"{task.attempts}/{task.max_attempts}",
        _cell(names.get(owner, owner)),
    )


def _types(queue: QueueStatistics) -> Section:
    """Every type in numbers, those of which nothing is waiting at the end."""
    least = dict.fromkeys(("blocked", "scheduled", "running", "p95"), MIDDLING)
    least |= dict.fromkeys(("dead", "done/h", "failed", "p50"), WIDE)
    columns = [
        Column(name, width=max(len(name), WIDTHS.get(name, 7)), right=True, least=least.get(name, 0))
        for name in COLUMNS[1:]
    ]
    ordered = sorted(queue.types, key=lambda one: not one.waiting)
    return Section(
        (Column(f"WAITING {queue.depth:,}", share=1), *columns),
        [tuple(_cell(cell) for cell in type_cells(one, queue.at)) for one in ordered],
    )


def _troubled(title: str, when: str, tasks: Sequence[TaskRow], told: Callable[[TaskRow], str]) -> Section:
    """Tasks that failed, and why."""
    return Section(
        (
            Column(title, width=8),
            Column("type", width=15),
            Column("about", share=1),
            Column(when, width=7, right=True),
            Column("try", width=4, right=True, least=MIDDLING),
            Column("why", share=3, least=50),
        ),
        [
            (
                str(task.id),
                _cell(task.type.name),
                _cell(task.about),
                told(task),
                f"{task.attempts}/{task.max_attempts}",
                _cell(task.note or "-"),
            )
            for task in tasks
        ],
    )


def _cell(words: str) -> Text:
    return Text(harmless(words).replace("\n", " ").replace("\t", " "))


def _drawn(section: Section, width: int) -> Table:
    drawn = Table(box=None, expand=True, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold cyan")
    shown = [place for place, column in enumerate(section.columns) if width >= column.least]
    for column in (section.columns[place] for place in shown):
        drawn.add_column(
            column.name,
            width=column.width,
            ratio=column.share,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
        )
    for row in section.rows:
        drawn.add_row(*(row[place] for place in shown))
    return drawn
