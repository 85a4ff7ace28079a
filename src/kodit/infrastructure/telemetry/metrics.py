"""Metrics as Prometheus reads them: of the queue, and of the attempts in this process."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from kodit.application.condition import Attempted
from kodit.application.tasks.health import ALERTS, alerts
from kodit.application.tasks.observing import outcome_name
from kodit.application.tasks.statistics import QueueStatistics
from kodit.domain.tasks.policy import Outcome
from kodit.domain.tasks.task import Task, TaskState

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Seconds: a no-op takes milliseconds, the first clone of a big repository half an hour."""
SHOWN = (TaskState.BLOCKED, TaskState.SCHEDULED, TaskState.READY, TaskState.RUNNING, TaskState.DEAD)
"""States whose tasks are counted in full; what went well is a counter's business."""


class AttemptMetrics:
    """Implements AttemptObserver by counting and timing."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "kodit_task_attempts", "Attempts that ended, by what they ended in.", ["type", "outcome"], registry=registry
        )
        self._seconds = Histogram(
            "kodit_task_duration_seconds", "How long attempts took.", ["type"], registry=registry, buckets=BUCKETS
        )

    @contextmanager
    def attempt(self, task: Task) -> Iterator[Callable[[Outcome], None]]:
        """See the port."""
        came_of_it: list[Outcome] = []
        began = time.perf_counter()
        try:
            yield came_of_it.append
        finally:
            outcome = outcome_name(came_of_it[-1] if came_of_it else None)
            self.count(Attempted(type=task.type.name, outcome=outcome, seconds=time.perf_counter() - began))

    def count(self, attempt: Attempted) -> None:
        """Count one that has ended."""
        self._seconds.labels(attempt.type).observe(attempt.seconds)
        self._attempts.labels(attempt.type, attempt.outcome).inc()


class QueueMetrics(Collector):
    """The queue in numbers; None when it could not be read."""

    def __init__(self, queue: QueueStatistics | None) -> None:
        self._queue = queue

    def collect(self) -> Iterable[Metric]:
        """What the queue is like."""
        up = self._queue is not None
        yield GaugeMetricFamily("kodit_queue_up", "1 when the queue could be read.", value=up)
        if self._queue is not None:
            yield from _by_type(self._queue)
            yield from _as_a_whole(self._queue)


def registry_of_process() -> CollectorRegistry:
    """A registry that has what this process uses already."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def exposition(queue: QueueStatistics | None, registry: CollectorRegistry | None = None) -> str:
    """The queue's numbers, and what else a registry has, in Prometheus's text format."""
    numbers = CollectorRegistry()
    numbers.register(QueueMetrics(queue))
    return "".join(generate_latest(one).decode() for one in (registry, numbers) if one is not None)


def _by_type(queue: QueueStatistics) -> Iterator[Metric]:
    numbers = GaugeMetricFamily("kodit_queue_tasks", "Tasks by type and state.", labels=["type", "state"])
    oldest = GaugeMetricFamily(
        "kodit_queue_oldest_ready_seconds", "How long the oldest ready task has waited.", labels=["type"]
    )
    due = GaugeMetricFamily(
        "kodit_queue_next_due_timestamp_seconds", "When the next scheduled task is due.", labels=["type"]
    )
    paused = GaugeMetricFamily("kodit_queue_paused", "1 when no task of the type is claimed.", labels=["type"])
    recent = GaugeMetricFamily(
        "kodit_queue_recent_duration_seconds",
        "How long recent tasks took that succeeded at once.",
        labels=["type", "quantile"],
    )
    for one in queue.types:
        name = one.type.name
        for state in SHOWN:
            numbers.add_metric([name, state.value], one.by_state.get(state, 0))
        waited = (queue.at - one.oldest_ready_at).total_seconds() if one.oldest_ready_at else 0
        oldest.add_metric([name], max(waited, 0))
        paused.add_metric([name], one.paused)
        if one.next_due_at:
            due.add_metric([name], one.next_due_at.timestamp())
        if one.durations:
            recent.add_metric([name, "0.5"], one.durations.p50)
            recent.add_metric([name, "0.95"], one.durations.p95)
    return iter((numbers, oldest, due, paused, recent))


def _as_a_whole(queue: QueueStatistics) -> Iterator[Metric]:
    yield GaugeMetricFamily("kodit_queue_depth", "Tasks that wait for a worker.", value=queue.depth)
    yield GaugeMetricFamily("kodit_queue_workers", "Workers that are alive.", value=len(queue.workers))
    yield GaugeMetricFamily(
        "kodit_queue_error_ratio", "Share of the attempts of the last hour that failed.", value=queue.error_rate
    )
    found = {alert.name for alert in alerts(queue)}
    raised = GaugeMetricFamily("kodit_queue_alert", "1 when somebody should look at the queue.", labels=["alert"])
    for name in ALERTS:
        raised.add_metric([name], name in found)
    yield raised
