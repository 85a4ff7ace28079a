"""How an engine is doing, for those who watch over it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Asked anew each time."""

    database_fault: Callable[[], Awaitable[str | None]]
    """What is wrong with the database, in a few words that name no place; None when it can be used. Does not raise."""
    metrics: Callable[[], Awaitable[str]]
    """The metrics in Prometheus's text format. Raises InvalidInput where its library is not installed."""
