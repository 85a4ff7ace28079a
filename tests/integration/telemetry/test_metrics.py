"""Metrics as Prometheus reads them, over HTTP."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import inf

import httpx
import pytest
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.parser import text_string_to_metric_families

from kodit.application.tasks.statistics import Durations, QueueStatistics, ReadyTasks, TypeStatistics
from kodit.domain.errors import Locked, Refused
from kodit.domain.tasks.policy import Done, Retry
from kodit.domain.tasks.task import Task, TaskState
from kodit.domain.tasks.task_type import TaskType
from kodit.infrastructure.telemetry.metrics import AttemptMetrics, exposition, registry_of_process
from kodit.infrastructure.telemetry.metrics_server import MetricsServer

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
A_TASK = Task(
    run_id=2,
    type=TaskType.SYNC,
    priority=50,
    payload={},
    dedup_key="sync:7",
    created_at=NOON,
    ready_at=NOON,
    state=TaskState.RUNNING,
    max_attempts=4,
)
QUEUE = QueueStatistics(
    at=NOON,
    types=[
        TypeStatistics(
            type=TaskType.SYNC,
            by_state={TaskState.READY: 120, TaskState.DEAD: 2, TaskState.SUCCEEDED: 9},
            oldest_ready_at=NOON - timedelta(seconds=90),
            next_due_at=NOON + timedelta(seconds=30),
            finished=(1, 2, 3),
            attempts=20,
            failed=5,
            tries={1: 3},
            durations=Durations(0.5, 2.5, of=9),
            paused=False,
        )
    ],
    workers=[],
    covers=timedelta(hours=1),
    all_paused=False,
    ready=[ReadyTasks(type=TaskType.SYNC, place="", number=120, oldest_at=NOON - timedelta(seconds=90))],
)


def samples(text):
    """Every sample by its name and labels."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def ask():
    return QUEUE


async def asked(port, request):
    """All that a server answers to a request, until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = b""
    # A server that does not listen to the end of it may reset the connection.
    with suppress(ConnectionError):
        answer = await reader.read()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return answer.decode()


def port_of(url):
    return int(url.split(":")[2].partition("/")[0])


async def read(url):
    """The metrics as an ordinary HTTP client gets them."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(url)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == CONTENT_TYPE_LATEST
    return samples(answer.text)


@pytest.fixture
def registry():
    return registry_of_process()


@pytest.fixture
async def url(registry):
    async with MetricsServer(registry, ask).at("127.0.0.1", 0) as address:
        yield address


async def test_the_queue_is_served_in_numbers(url):
    found = await read(url)

    assert found["kodit_queue_up",] == 1
    assert found["kodit_queue_tasks", "SYNC", "ready"] == 120
    assert found["kodit_queue_tasks", "SYNC", "running"] == 0
    assert found["kodit_queue_tasks", "SYNC", "dead"] == 2
    assert ("kodit_queue_tasks", "SYNC", "succeeded") not in found
    assert found["kodit_queue_oldest_ready_seconds", "SYNC"] == 90
    assert found["kodit_queue_next_due_timestamp_seconds", "SYNC"] == NOON.timestamp() + 30
    assert found["kodit_queue_recent_duration_seconds", "0.5", "SYNC"] == 0.5
    assert found["kodit_queue_recent_duration_seconds", "0.95", "SYNC"] == 2.5
    assert found["kodit_queue_paused", "SYNC"] == 0
    assert found["kodit_queue_depth",] == 120
    assert found["kodit_queue_workers",] == 0
    assert found["kodit_queue_error_ratio",] == 0.25


async def test_every_alert_is_served_raised_or_not(url):
    raised = {key[1]: value for key, value in (await read(url)).items() if key[0] == "kodit_queue_alert"}
    assert raised == {"backlog": 1, "errors": 1, "no worker": 1, "silent worker": 0, "paused": 0}


async def test_what_the_process_uses_is_served(url):
    assert (await read(url))["process_resident_memory_bytes",] > 0


async def test_attempts_are_counted_by_outcome_and_timed(registry, url):
    observer = AttemptMetrics(registry)
    for outcome in (Done(), Done(), Retry("no answer")):
        with observer.attempt(A_TASK) as ended:
            ended(outcome)
    with observer.attempt(A_TASK._replace(type=TaskType.ENRICH)):
        pass

    found = await read(url)

    assert found["kodit_task_attempts_total", "SYNC", "done"] == 2
    assert found["kodit_task_attempts_total", "SYNC", "retry"] == 1
    assert found["kodit_task_attempts_total", "ENRICH", "lost"] == 1
    assert found["kodit_task_duration_seconds_count", "SYNC"] == 3
    assert found["kodit_task_duration_seconds_bucket", "+Inf", "SYNC"] == 3
    assert 0 < found["kodit_task_duration_seconds_sum", "SYNC"] < inf


async def test_a_queue_that_cannot_be_read_leaves_the_rest_of_the_metrics(registry):
    async def refuse():
        raise Locked("the database is locked")

    async with MetricsServer(registry, refuse).at("127.0.0.1", 0) as url:
        found = await read(url)

    assert found["kodit_queue_up",] == 0
    assert ("process_resident_memory_bytes",) in found


def test_the_text_is_the_same_without_a_server():
    found = samples(exposition(QUEUE))

    assert found["kodit_queue_tasks", "SYNC", "ready"] == 120
    assert all(name.startswith("kodit_queue_") for name, *_ in found)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "404 Not Found"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed"),
        (b"nonsense\r\n\r\n", "400 Bad Request"),
        (b"GET /metrics?name=x HTTP/1.1\r\nHost: here\r\n\r\n", "200 OK"),
    ],
)
async def test_only_the_metrics_are_served(url, request_, status):
    assert (await asked(port_of(url), request_)).startswith(f"HTTP/1.1 {status}\r\n")


async def test_a_request_without_end_is_not_listened_to(url):
    assert await asked(port_of(url), b"GET /metrics HTTP/1.1\r\n" + b"x" * 100_000) == ""


async def test_a_client_that_says_nothing_does_not_keep_the_server_from_closing(registry):
    async with asyncio.timeout(60):
        async with MetricsServer(registry, ask).at("127.0.0.1", 0) as url:
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(url))
            await read(url)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port_of(url))


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.1", "no-such-host.invalid"])
async def test_a_port_that_is_taken_and_an_address_of_another_machine_are_told_with_a_remedy(url, registry, host):
    with pytest.raises(Refused, match=f"metrics cannot be served at {host}") as raised:
        async with MetricsServer(registry, ask).at(host, port_of(url)):
            pass
    assert "--metrics-host" in raised.value.remedy
