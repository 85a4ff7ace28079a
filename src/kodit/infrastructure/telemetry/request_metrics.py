"""Requests in numbers."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds: the buckets that Prometheus's libraries have by default, which are meant for requests."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestMetrics:
    """Counts requests and times until their answers begin; a stream goes on for as long as somebody reads."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "kodit_http_requests",
            "Requests, by what they were about and the status of the answer.",
            ["about", "method", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "kodit_http_request_duration_seconds",
            "How long it took until an answer began.",
            ["about"],
            registry=registry,
            buckets=BUCKETS,
        )
        self._open = Gauge("kodit_http_requests_open", "Requests under way, streams included.", registry=registry)

    @contextmanager
    def request(self, method: str, about: str, _head: Mapping[str, str]) -> Iterator[Callable[[int], None]]:
        """See `ObserveRequest`."""
        began = time.perf_counter()

        def answered(status: int) -> None:
            self._seconds.labels(about).observe(time.perf_counter() - began)
            # Anybody may invent a method.
            self._requests.labels(about, method if method in METHODS else "other", str(status)).inc()

        self._open.inc()
        try:
            yield answered
        finally:
            self._open.dec()
