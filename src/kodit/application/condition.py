"""How an engine is doing, for those who watch over it."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

Answered = Callable[[int], None]
"""Tells that an answer has begun, and with which status."""
ObserveRequest = Callable[[str, str, Mapping[str, str]], AbstractContextManager[Answered]]
"""Watches one request while the block runs: its method, what it is about in a word, and what its head says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """An attempt that has ended, wherever it was made: at which type of task, in what, after how long.

    `outcome` is a word of `outcome_name`.
    """

    type: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Asked anew each time."""

    database_fault: Callable[[], Awaitable[str | None]]
    """What is wrong with the database, in a few words that name no place; None when it can be used. Does not raise."""
    metrics: Callable[[], Awaitable[str]]
    """The metrics in Prometheus's text format. Raises InvalidInput where its library is not installed."""
    observed_requests: Callable[[], ObserveRequest]
    """What watches requests; from then on attempts are counted for the metrics as well. Raises InvalidInput."""
    attempted: Callable[[Attempted], None]
    """Counts an attempt that another process has made on behalf of this one."""
