"""Attempts as OpenTelemetry sees them: a span and two measurements each. Needs the extra `otel`."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import SpanKind, StatusCode, TracerProvider

from kodit.application.tasks.observing import outcome_name
from kodit.domain.sources.location import without_credentials
from kodit.domain.tasks.policy import Failed, Outcome, Retry
from kodit.domain.tasks.task import Task, said

SCOPE = "kodit"


class AttemptTraces:
    """Implements AttemptObserver by a span, a counter and a histogram."""

    def __init__(self, tracers: TracerProvider, meters: MeterProvider) -> None:
        self._tracer = tracers.get_tracer(SCOPE)
        meter = meters.get_meter(SCOPE)
        self._attempts = meter.create_counter(
            "kodit.task.attempts", unit="{attempt}", description="Attempts that ended, by what they ended in."
        )
        self._seconds = meter.create_histogram("kodit.task.duration", unit="s", description="How long attempts took.")

    @contextmanager
    def attempt(self, task: Task) -> Iterator[Callable[[Outcome], None]]:
        """See the port. What the handler traces becomes part of the span."""
        came_of_it: list[Outcome] = []
        began = time.perf_counter()
        with self._tracer.start_as_current_span(
            f"attempt {task.type.name}", kind=SpanKind.CONSUMER, attributes=_named(task), record_exception=False
        ) as span:
            try:
                yield came_of_it.append
            finally:
                outcome = came_of_it[-1] if came_of_it else None
                word = outcome_name(outcome)
                span.set_attribute("kodit.task.outcome", word)
                if isinstance(outcome, Retry | Failed):
                    span.set_attribute("error.type", outcome.kind or word)
                    span.set_status(StatusCode.ERROR, without_credentials(outcome.message))
                kind = {"kodit.task.type": task.type.name}
                self._seconds.record(time.perf_counter() - began, kind)
                self._attempts.add(1, kind | {"kodit.task.outcome": word})


def _named(task: Task) -> Mapping[str, str | int]:
    about = said(task.payload, "index_id")
    named = {"kodit.index.id": about} if isinstance(about, int) else {}
    return named | {
        "kodit.task.id": task.id,
        "kodit.run.id": task.run_id,
        "kodit.task.type": task.type.name,
        "kodit.task.attempt": task.attempts,
    }
