"""Requests as OpenTelemetry sees them: a span each, part of the caller's trace. Needs the extra `otel`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.trace import SpanKind, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from kodit.infrastructure.telemetry.traces import SCOPE

FAULT = 500
"""From this status on a server's span is one of an error: OpenTelemetry's conventions for HTTP spans."""


class RequestTraces:
    """A span for each request; its head may name the trace that it belongs to (W3C Trace Context)."""

    def __init__(self, tracers: TracerProvider) -> None:
        self._tracer = tracers.get_tracer(SCOPE)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, method: str, about: str, head: Mapping[str, str]) -> Iterator[Callable[[int], None]]:
        """See `ObserveRequest`. Neither path nor query are told: they say what somebody looks for."""
        with self._tracer.start_as_current_span(
            f"{method} {about}",
            context=self._propagator.extract(head),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "kodit.http.about": about},
            record_exception=False,
        ) as span:

            def answered(status: int) -> None:
                span.set_attribute("http.response.status_code", status)
                if status >= FAULT:
                    span.set_status(StatusCode.ERROR)

            yield answered
