"""Who watches is chosen by a port and by OpenTelemetry's own variables."""

import subprocess
import sys

import pytest

from kodit.application.condition import Attempted
from kodit.application.tasks.observing import Unobserved
from kodit.domain.errors import InvalidInput, Unavailable
from kodit.infrastructure.telemetry.metrics import AttemptMetrics
from kodit.infrastructure.telemetry.observation import Observation
from kodit.infrastructure.telemetry.traces import AttemptTraces

NOWHERE = {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}


async def ask():
    raise AssertionError("nobody reads the metrics")


def watching(observation):
    return [type(one) for one in getattr(observation.observer, "_observers", ())]


async def test_nobody_watches_unless_asked():
    observation = Observation(ask, environment={"OTEL_SERVICE_NAME": "kodit"})

    assert isinstance(observation.observer, Unobserved)
    async with observation.served() as url:
        assert url is None
    await observation.close()


async def test_a_port_counts_attempts_and_serves_them():
    observation = Observation(ask, environment={}, port=0)

    assert watching(observation) == [AttemptMetrics]
    async with observation.served() as url:
        assert url.startswith("http://127.0.0.1:")
        assert not url.endswith(":0/metrics")


async def test_attempts_of_other_processes_are_counted_once_requests_are():
    async def nothing():
        raise Unavailable("no database")

    observation = Observation(nothing, environment={})
    attempt = Attempted(type="SYNC", outcome="done", seconds=0.3)
    observation.attempted(attempt)
    observation.requests()
    observation.attempted(attempt)

    text = await observation.text()
    assert 'kodit_task_attempts_total{outcome="done",type="SYNC"} 1.0' in text
    assert 'kodit_task_duration_seconds_sum{type="SYNC"} 0.3' in text


async def test_a_variable_of_opentelemetry_switches_it_on_beside_the_metrics():
    observation = Observation(ask, environment=NOWHERE, port=0)

    assert watching(observation) == [AttemptMetrics, AttemptTraces]
    await observation.close()


def test_opentelemetry_can_be_switched_off_as_a_whole():
    environment = NOWHERE | {"OTEL_SDK_DISABLED": "true"}

    assert isinstance(Observation(ask, environment=environment).observer, Unobserved)


def test_what_is_not_installed_is_told_with_the_extra_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith(("opentelemetry", "kodit.infrastructure.telemetry."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    observation = Observation(ask, environment=NOWHERE)

    with pytest.raises(InvalidInput, match="is not installed") as raised:
        _ = observation.observer
    assert raised.value.remedy == "pip install 'kodit[otel]'"


def test_libraries_that_nobody_asked_for_are_not_imported():
    asked = "import sys, kodit.infrastructure.telemetry.observation as o; o.Observation(None, environment={}).observer"
    found = "print([name for name in ('prometheus_client', 'opentelemetry') if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", f"{asked}; {found}"], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
