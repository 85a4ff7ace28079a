"""The queue in numbers, in words and as a document."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from kodit.application.tasks.health import Alert, alerts
from kodit.application.tasks.statistics import Durations, QueueStatistics, TypeStatistics
from kodit.domain.tasks.task import TaskState
from kodit.interfaces.cli.rendering.controls import held_back
from kodit.interfaces.cli.rendering.figures import by_size, counted
from kodit.interfaces.cli.rendering.streams import say
from kodit.interfaces.cli.rendering.tables import Fit, pairs, table

WAITING = (TaskState.READY, TaskState.BLOCKED, TaskState.SCHEDULED, TaskState.RUNNING, TaskState.DEAD)
"""The states that every table of types has a column for."""
COLUMNS = ("type", *(state.value for state in WAITING), "oldest ready", "done/h", "failed", "p50", "p95")
_FIT = Fit(first=("type", "ready", "running", "scheduled", "dead", "blocked", *COLUMNS[6:]))


def span(time: timedelta | None) -> str:
    """`0.2s`, `41s`, `3m20s`, `2h05m`, `3d04h`: two units at most; `-` for none, and no time for less than none."""
    if time is None:
        return "-"
    seconds = max(time.total_seconds(), 0)
    if seconds < 9.95:
        return f"{seconds:.1f}s" if seconds % 1 else f"{seconds:.0f}s"
    whole = round(seconds)
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            return f"{whole // size}{unit}{whole % size // smaller:02}{name}"
    return f"{whole}s"


def since(then: datetime | None, now: datetime) -> str:
    """How long ago that was."""
    return span(now - then if then is not None else None)


def statistics_document(queue: QueueStatistics) -> Mapping[str, Any]:
    """The numbers as a JSON document has them; times in seconds."""
    minute, five_minutes, hour = queue.per_minute
    return {
        "at": queue.at,
        "by_state": queue.by_state,
        "by_type": {one.type: _type_document(one, queue.at) for one in queue.types},
        "depth": queue.depth,
        "oldest_ready_at": queue.oldest_ready_at,
        "next_due_at": queue.next_due_at,
        "finished_per_minute": {"1m": minute, "5m": five_minutes, "60m": hour},
        "covers_seconds": queue.covers.total_seconds(),
        "attempts": queue.attempts,
        "failed_attempts": queue.failed,
        "error_rate": queue.error_rate,
        "workers": queue.workers,
        "paused": queue.all_paused,
        "alerts": alerts(queue),
    }


def _type_document(one: TypeStatistics, now: datetime) -> Mapping[str, Any]:
    taken = one.durations
    return {
        **{state: one.by_state.get(state, 0) for state in TaskState},
        "oldest_ready_seconds": (now - one.oldest_ready_at).total_seconds() if one.oldest_ready_at else None,
        "next_due_at": one.next_due_at,
        "finished": dict(zip(("1m", "5m", "60m"), one.finished, strict=True)),
        "attempts": one.attempts,
        "failed_attempts": one.failed,
        "tries": one.tries,
        "seconds": {"p50": taken.p50, "p95": taken.p95, "of": taken.of} if taken else None,
        "paused": one.paused,
        "limit": one.most,
    }


def show_statistics(queue: QueueStatistics) -> None:
    """The numbers in words."""
    if queue.types:
        table(COLUMNS, [[*type_cells(one, queue.at)] for one in queue.types], fit=_FIT)
    else:
        say("the queue is empty")
    pairs(
        [
            ("states", by_size({state.value: number for state, number in queue.by_state.items()}) or "none"),
            ("depth", f"{counted(queue.depth, 'task')} ready or blocked"),
            ("oldest ready", since(queue.oldest_ready_at, queue.at)),
            ("next due", span(queue.next_due_at - queue.at) if queue.next_due_at else "-"),
            ("finished", throughput(queue)),
            ("errors", errors(queue)),
            ("attempts", _tries(queue.types)),
            ("running", _running(queue)),
            ("workers", _workers(queue)),
            ("held back", held_back(queue)),
        ]
    )
    show_alerts(alerts(queue))


def type_cells(one: TypeStatistics, now: datetime) -> Sequence[str]:
    """One type as a row below `COLUMNS`."""
    half, most = _durations(one.durations)
    return (
        _name(one),
        *(f"{one.by_state.get(state, 0):,}" for state in WAITING),
        since(one.oldest_ready_at, now),
        f"{one.finished[-1]:,}",
        f"{one.failed:,}",
        half,
        most,
    )


def _name(one: TypeStatistics) -> str:
    """The type, and how it is held back."""
    held = [*(["paused"] if one.paused else []), *([f"max {one.most:,}"] if one.most is not None else [])]
    return f"{one.type.name} ({', '.join(held)})" if held else one.type.name


def throughput(queue: QueueStatistics) -> str:
    """`12.0, 3.5 and 0.2 a minute (over 1, 5 and 60 minutes)`."""
    minute, five_minutes, hour = queue.per_minute
    return f"{minute:,.1f}, {five_minutes:,.1f} and {hour:,.1f} a minute (over 1, 5 and 60 minutes)"


def errors(queue: QueueStatistics) -> str:
    """The error rate, and of how many attempts."""
    return f"{queue.error_rate:.1%} of {counted(queue.attempts, 'attempt')} within the hour"


def show_alerts(raised: Sequence[Alert]) -> None:
    """What somebody should look at, with what they can do."""
    for alert in raised:
        say(f"alert: {alert.message}")
        say(f"       {alert.remedy}")


def _durations(taken: Durations | None) -> tuple[str, str]:
    return (_seconds(taken.p50), _seconds(taken.p95)) if taken else ("-", "-")


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f}ms" if seconds < 1 else span(timedelta(seconds=seconds))


def _tries(types: Sequence[TypeStatistics]) -> str:
    """How many tasks took how many attempts."""
    total: dict[int, int] = {}
    for one in types:
        for tries, number in one.tries.items():
            total[tries] = total.get(tries, 0) + number
    return ", ".join(f"{counted(number, 'task')} in {tries}" for tries, number in sorted(total.items())) or "-"


def _running(queue: QueueStatistics) -> str:
    running = queue.by_state.get(TaskState.RUNNING, 0)
    return f"{running:,}" if not running else f"{counted(running, 'task')} (which and how far: kodit queue top)"


def _workers(queue: QueueStatistics) -> str:
    each = [f"{one.host}:{one.pid} {one.running}/{one.slots}" for one in queue.workers]
    return f"{len(each)} ({', '.join(each)})" if each else "none"
