"""Log lines: to stderr, as text or as JSON, without credentials.

What is bound while a task runs (task_id, run_id, type, attempt, index_id, source) is on each of its lines.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import structlog

from kodit.domain.sources.location import without_credentials

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure_logs(*, level: str, shape: Literal["text", "json"], traces: bool, silent: bool = False) -> None:
    """Write log lines from `level` on; without `traces` an error is its message alone. `silent` writes none."""
    text = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # A trace is text from here on, so that credentials in it are found as well.
            structlog.processors.format_exc_info if traces else _without_trace,
            _without_credentials,
            text if shape == "text" else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL if silent else LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        # Loggers are made when modules are imported, which may be before this.
        cache_logger_on_first_use=False,
    )


def _without_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("exc_info", None)
    return event


def _without_credentials(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: _scrubbed(value) for key, value in event.items()}


def _scrubbed(value: Any) -> Any:
    """The value with every text in it scrubbed, at any depth; what is no plain value is told in words from here on."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, Mapping):
        return {_scrubbed(key): _scrubbed(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrubbed(entry) for entry in value]
    return without_credentials(value if isinstance(value, str) else repr(value))
