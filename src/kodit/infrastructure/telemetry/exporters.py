"""Where OpenTelemetry's spans and measurements go, by its own variables. Needs the extra `otel`."""

import sys
from collections.abc import Mapping
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

from kodit.domain.errors import InvalidInput

TRACES, METRICS = "OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER"
PROTOCOL = "http/protobuf"


class Exporters:
    """Providers that send what they are given, in the background.

    What is shown on the console goes to stderr. Endpoint, headers, time limits and sampling are read by the exporters
    themselves: OTEL_EXPORTER_OTLP_*, OTEL_BSP_*, OTEL_METRIC_EXPORT_*, OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Raises InvalidInput for an exporter or a protocol that kodit does not have."""
        resource = _resource(environment)
        chosen = {name: _chosen(environment, name) for name in (TRACES, METRICS)}
        self.tracers = TracerProvider(resource=resource)
        if chosen[TRACES] != "none":
            spans = OTLPSpanExporter() if chosen[TRACES] == "otlp" else ConsoleSpanExporter(out=sys.stderr)
            self.tracers.add_span_processor(BatchSpanProcessor(spans))
        readers = []
        if chosen[METRICS] != "none":
            measurements = OTLPMetricExporter() if chosen[METRICS] == "otlp" else ConsoleMetricExporter(out=sys.stderr)
            readers.append(PeriodicExportingMetricReader(measurements))
        self.meters = MeterProvider(readers, resource=resource)

    def close(self) -> None:
        """Send what is left, which takes as long as the endpoint does, and end."""
        self.tracers.shutdown()
        self.meters.shutdown()


def _chosen(environment: Mapping[str, str], variable: str) -> str:
    chosen = environment.get(variable) or "otlp"
    if chosen not in ("otlp", "console", "none"):
        raise InvalidInput(f"{variable} is {chosen}", remedy=f"set {variable} to otlp, console or none")
    protocol = environment.get("OTEL_EXPORTER_OTLP_PROTOCOL") or PROTOCOL
    if chosen == "otlp" and protocol != PROTOCOL:
        raise InvalidInput(
            f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}", remedy=f"set OTEL_EXPORTER_OTLP_PROTOCOL to {PROTOCOL}"
        )
    return chosen


def _resource(environment: Mapping[str, str]) -> Resource:
    named = environment.get("OTEL_SERVICE_NAME") or f"{SERVICE_NAME}=" in environment.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    ours = {SERVICE_VERSION: version("kodit")}
    return Resource.create(ours if named else {SERVICE_NAME: "kodit", **ours})
