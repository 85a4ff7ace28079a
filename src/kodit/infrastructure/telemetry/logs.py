"""Log lines: where they go, what they look like, and what must not be in them."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from kodit.domain.sources.location import without_credentials


def configure_logs(*, level: str, as_json: bool) -> None:
    """Write lines of at least `level` to standard error: as JSON, or as text for people.

    A program that configured structlog itself keeps its own way.
    """
    if structlog.is_configured():
        return
    render = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _scrubbed,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _scrubbed(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No credentials of URLs, wherever they come from."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = without_credentials(value)
    return line
