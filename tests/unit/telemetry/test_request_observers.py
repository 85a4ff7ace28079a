"""Requests in numbers and as spans."""

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry

from kodit.infrastructure.telemetry.request_metrics import RequestMetrics
from kodit.infrastructure.telemetry.request_traces import RequestTraces

TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_requests_are_counted_by_what_they_are_about_and_their_status():
    registry = CollectorRegistry()
    metrics = RequestMetrics(registry)
    with metrics.request("GET", "search", {}) as answered:
        assert registry.get_sample_value("kodit_http_requests_open") == 1
        answered(200)
    with metrics.request("BREW", "page", {}) as answered:
        answered(405)

    assert registry.get_sample_value("kodit_http_requests_open") == 0
    counted = {"about": "search", "method": "GET", "status": "200"}
    assert registry.get_sample_value("kodit_http_requests_total", counted) == 1
    # Anybody may invent a method; it makes no new series.
    invented = {"about": "page", "method": "other", "status": "405"}
    assert registry.get_sample_value("kodit_http_requests_total", invented) == 1
    assert registry.get_sample_value("kodit_http_request_duration_seconds_count", {"about": "search"}) == 1


def test_a_request_is_a_span_of_the_trace_that_its_head_names():
    exporter = InMemorySpanExporter()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    traces = RequestTraces(tracers)
    with traces.request("GET", "search", {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}) as answered:
        answered(503)
    tracers.shutdown()

    [span] = exporter.get_finished_spans()
    assert (span.name, span.kind, span.status.status_code) == ("GET search", SpanKind.SERVER, StatusCode.ERROR)
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.attributes == {
        "http.request.method": "GET",
        "kodit.http.about": "search",
        "http.response.status_code": 503,
    }
