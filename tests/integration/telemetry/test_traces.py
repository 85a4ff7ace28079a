"""Attempts as OpenTelemetry sees them."""

import asyncio
import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.policy import Done, Failed, Retry
from kodit.domain.tasks.task import Task, TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.telemetry.exporters import Exporters
from kodit.infrastructure.telemetry.traces import AttemptTraces

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
A_TASK = Task(
    id=3,
    run_id=2,
    type=TaskType.SYNC,
    priority=50,
    payload={"index_id": 7},
    dedup_key="sync:7",
    created_at=NOON,
    ready_at=NOON,
    state=TaskState.RUNNING,
    attempts=2,
    max_attempts=4,
)


class Seen:
    """What reaches the exporters."""

    def __init__(self):
        self._spans = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracers = TracerProvider(shutdown_on_exit=False)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        meters = MeterProvider([self._reader], shutdown_on_exit=False)
        self.observer = AttemptTraces(self.tracers, meters)

    @property
    def spans(self):
        return self._spans.get_finished_spans()

    def points(self, name):
        return [
            point
            for resource in self._reader.get_metrics_data().resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]


@pytest.fixture
def seen():
    return Seen()


def watch(seen, outcome, task=A_TASK):
    with seen.observer.attempt(task) as ended:
        ended(outcome)


def test_an_attempt_is_a_span_that_names_its_task(seen):
    watch(seen, Done())

    [span] = seen.spans
    assert (span.name, span.kind, span.status.status_code) == ("attempt SYNC", SpanKind.CONSUMER, StatusCode.UNSET)
    assert dict(span.attributes) == {
        "kodit.task.id": 3,
        "kodit.run.id": 2,
        "kodit.index.id": 7,
        "kodit.task.type": "SYNC",
        "kodit.task.attempt": 2,
        "kodit.task.outcome": "done",
    }


@pytest.mark.parametrize(
    ("outcome", "word", "kind"),
    [(Retry("no answer", kind="Unavailable"), "retry", "Unavailable"), (Failed("no handler"), "failed", "failed")],
)
def test_a_failed_attempt_is_an_error_with_its_kind_and_message(seen, outcome, word, kind):
    watch(seen, outcome)

    [span] = seen.spans
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, outcome.message)
    assert (span.attributes["kodit.task.outcome"], span.attributes["error.type"]) == (word, kind)


def test_credentials_in_an_error_do_not_leave_the_machine(seen):
    watch(seen, Failed("cannot clone https://me:hush@host/repo.git"))

    assert "hush" not in str(seen.spans[0].status.description)


def test_an_attempt_that_is_cancelled_without_a_word_was_lost(seen):
    with pytest.raises(asyncio.CancelledError), seen.observer.attempt(A_TASK):
        raise asyncio.CancelledError

    assert seen.spans[0].attributes["kodit.task.outcome"] == "lost"


def test_what_a_handler_traces_is_part_of_the_attempt(seen):
    with seen.observer.attempt(A_TASK) as ended:
        with seen.tracers.get_tracer("handler").start_as_current_span("fetch"):
            pass
        ended(Done())

    inner, outer = seen.spans
    assert inner.parent.span_id == outer.context.span_id
    assert not trace.get_current_span().get_span_context().is_valid


async def test_attempts_beside_each_other_are_spans_of_their_own(seen):
    both = asyncio.Barrier(2)

    async def attempt(number):
        with seen.observer.attempt(A_TASK._replace(id=number)) as ended:
            await both.wait()
            ended(Done())

    await asyncio.gather(attempt(1), attempt(2))

    assert {span.attributes["kodit.task.id"] for span in seen.spans} == {1, 2}
    assert [span.parent for span in seen.spans] == [None, None]


def test_attempts_are_counted_by_outcome_and_timed(seen):
    for outcome in (Done(), Done(), Retry("no answer")):
        watch(seen, outcome)

    counted = {point.attributes["kodit.task.outcome"]: point.value for point in seen.points("kodit.task.attempts")}
    [timed] = seen.points("kodit.task.duration")
    assert counted == {"done": 2, "retry": 1}
    assert (timed.count, dict(timed.attributes)) == (3, {"kodit.task.type": "SYNC"})


@pytest.fixture
def collector(monkeypatch):
    """A collector's HTTP endpoint on loopback; gives its URL and what is posted to it."""
    posted = Queue()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self):
            posted.put((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield posted
    server.shutdown()
    server.server_close()
    serving.join()


def test_spans_and_measurements_go_where_the_standard_variables_say(collector):
    exporters = Exporters({})
    with AttemptTraces(exporters.tracers, exporters.meters).attempt(A_TASK) as ended:
        ended(Done())
    exporters.close()

    posted = dict(collector.get(timeout=60) for _ in range(2))
    assert posted.keys() == {"/v1/traces", "/v1/metrics"}
    assert b"attempt SYNC" in posted["/v1/traces"]
    assert b"kodit.task.duration" in posted["/v1/metrics"]
    assert b"service.name" in posted["/v1/traces"]


def test_one_of_both_can_be_left_out_and_the_other_shown_on_the_console(capsys):
    exporters = Exporters({"OTEL_TRACES_EXPORTER": "console", "OTEL_METRICS_EXPORTER": "none"})
    with AttemptTraces(exporters.tracers, exporters.meters).attempt(A_TASK) as ended:
        ended(Done())
    exporters.close()

    shown = json.loads(capsys.readouterr().err)
    assert shown["name"] == "attempt SYNC"
    assert shown["resource"]["attributes"]["service.name"] == "kodit"


@pytest.mark.parametrize(
    ("variable", "value"), [("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]
)
def test_what_kodit_does_not_have_is_told_with_the_variable_to_set(variable, value):
    with pytest.raises(InvalidInput, match=value) as raised:
        Exporters({variable: value})
    assert variable in raised.value.remedy
