"""By whom this process is watched: by Prometheus, by OpenTelemetry, by both or by nobody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING

from kodit.application.condition import Answered, Attempted, ObserveRequest
from kodit.application.tasks.observing import ObservedBySeveral, Unobserved
from kodit.application.tasks.ports import AttemptObserver
from kodit.application.tasks.statistics import QueueStatistics
from kodit.domain.errors import InvalidInput, KoditError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from kodit.infrastructure.telemetry.exporters import Exporters
    from kodit.infrastructure.telemetry.metrics import AttemptMetrics

SWITCHES = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_TRACES_EXPORTER",
    "OTEL_METRICS_EXPORTER",
)
"""Any of these switches OpenTelemetry on: without them nothing is sent, not even to a collector on this machine."""


class Observation:
    """What watches the attempts, and serves the metrics. Libraries are imported when somebody watches."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[QueueStatistics]],
        *,
        environment: Mapping[str, str],
        host: str = "127.0.0.1",
        port: int | None = None,
    ) -> None:
        """Metrics are served at a port, OpenTelemetry is configured by the environment; `ask` reads the queue."""
        self._ask = ask
        self._environment = environment
        self._host = host
        self._port = port
        self._counts = port is not None

    @cached_property
    def observer(self) -> AttemptObserver:
        """What workers tell of their attempts. Raises InvalidInput for what is not installed or makes no sense."""
        watching: list[AttemptObserver] = []
        if self._counts:
            watching.append(self._attempts)
        if self._sends:
            exporters = self._exporters
            from kodit.infrastructure.telemetry.traces import AttemptTraces

            watching.append(AttemptTraces(exporters.tracers, exporters.meters))
        return ObservedBySeveral(watching) if watching else Unobserved()

    def attempted(self, attempt: Attempted) -> None:
        """Count an attempt of another process, if attempts are counted."""
        if self._counts:
            self._attempts.count(attempt)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str | None]:
        """Serve the metrics while the block runs, if at all, and give their URL. Raises Refused or InvalidInput."""
        if self._port is None:
            yield None
            return
        registry = self._registry
        from kodit.infrastructure.telemetry.metrics_server import MetricsServer

        async with MetricsServer(registry, self._ask).at(self._host, self._port) as url:
            yield url

    def requests(self) -> ObserveRequest:
        """What is told of requests; attempts are counted from then on. Raises InvalidInput for what makes no sense."""
        watching: list[ObserveRequest] = []
        with suppress(InvalidInput):
            # Without its library there are no metrics, which whoever asks for them is told.
            registry = self._registry
            from kodit.infrastructure.telemetry.request_metrics import RequestMetrics

            self._counts = True
            watching.append(RequestMetrics(registry).request)
        if self._sends:
            exporters = self._exporters
            from kodit.infrastructure.telemetry.request_traces import RequestTraces

            watching.append(RequestTraces(exporters.tracers).request)
        return _by_all(watching)

    async def text(self) -> str:
        """The metrics as they are now. Raises InvalidInput for what is not installed."""
        registry = self._registry
        from kodit.infrastructure.telemetry.metrics import exposition

        try:
            queue = await self._ask()
        except KoditError:
            queue = None
        return exposition(queue, registry)

    async def close(self) -> None:
        """Send what has not been sent yet."""
        if "_exporters" in vars(self):
            await asyncio.to_thread(self._exporters.close)

    @property
    def _sends(self) -> bool:
        if self._environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
            return False
        return any(self._environment.get(name) for name in SWITCHES)

    @cached_property
    def _registry(self) -> "CollectorRegistry":
        from kodit.infrastructure.telemetry.metrics import registry_of_process

        return registry_of_process()

    @cached_property
    def _attempts(self) -> "AttemptMetrics":
        registry = self._registry
        from kodit.infrastructure.telemetry.metrics import AttemptMetrics

        return AttemptMetrics(registry)

    @cached_property
    def _exporters(self) -> "Exporters":
        with needing("otel"):
            from kodit.infrastructure.telemetry.exporters import Exporters
        return Exporters(self._environment)


def _by_all(watching: Sequence[ObserveRequest]) -> ObserveRequest:
    if len(watching) == 1:
        return watching[0]

    @contextmanager
    def by_all(method: str, about: str, head: Mapping[str, str]) -> Iterator[Answered]:
        with ExitStack() as blocks:
            told = [blocks.enter_context(observe(method, about, head)) for observe in watching]

            def answered(status: int) -> None:
                for tell in told:
                    tell(status)

            yield answered

    return by_all


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """An import that needs an extra. Raises InvalidInput where that is not installed."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise InvalidInput(f"{error.name} is not installed", remedy=f"pip install 'kodit[{extra}]'") from error
