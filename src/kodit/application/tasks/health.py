"""When somebody should look at the queue, and what they can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from kodit.application.tasks.statistics import QueueStatistics
from kodit.domain.tasks.task import TaskState

DEPTH = 100
"""More waiting tasks than this are a backlog."""
ERROR_RATE = 0.1
"""A larger share of failed attempts than this is no accident."""
ATTEMPTS = 10
"""A share of fewer attempts than this says nothing."""
UNSERVED = timedelta(minutes=1)
"""How long a task may be ready before it matters that no worker is alive."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that somebody should look at; `name` never changes, `message` tells the numbers."""

    name: str
    message: str
    remedy: str


ALERTS = ("backlog", "errors", "no worker", "paused")
"""The name of every alert there is."""


def alerts(queue: QueueStatistics) -> Sequence[Alert]:
    """What is wrong with the queue now."""
    found = (_backlog(queue), _errors(queue), _no_worker(queue), _paused(queue))
    return [alert for alert in found if alert is not None]


def _backlog(queue: QueueStatistics) -> Alert | None:
    if queue.depth <= DEPTH:
        return None
    return Alert(
        "backlog",
        f"{queue.depth:,} tasks wait, more than {DEPTH}",
        "start another worker: kodit worker",
    )


def _errors(queue: QueueStatistics) -> Alert | None:
    if queue.attempts < ATTEMPTS or queue.error_rate <= ERROR_RATE:
        return None
    worst = max(queue.types, key=lambda one: one.failed)
    return Alert(
        "errors",
        f"{queue.error_rate:.0%} of {queue.attempts:,} attempts within the hour failed, most at {worst.type.name}",
        "see why: kodit queue dead, and kodit queue list --state scheduled",
    )


def _no_worker(queue: QueueStatistics) -> Alert | None:
    ready = queue.by_state.get(TaskState.READY, 0)
    since = queue.oldest_ready_at
    if queue.workers or queue.all_paused or since is None or queue.at - since < UNSERVED:
        return None
    return Alert("no worker", f"ready for a worker: {ready:,}, and none is alive", "kodit worker")


def _paused(queue: QueueStatistics) -> Alert | None:
    if queue.all_paused and queue.depth:
        return Alert("paused", f"the whole queue is paused; waiting: {queue.depth:,}", "kodit queue resume")
    held = [one for one in queue.types if one.paused and one.waiting]
    if not held:
        return None
    names = ", ".join(one.type.name for one in held)
    return Alert(
        "paused",
        f"paused: {names}; waiting there: {sum(one.waiting for one in held):,}",
        f"kodit queue resume {held[0].type.name}",
    )
