"""Whether a server can answer, and what each of its parts is doing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class PartState(StrEnum):
    """What a part of a server is doing."""

    STARTING = "starting"
    """It is being begun."""
    RUNNING = "running"
    RESTARTING = "restarting"
    """It fell over, and is begun again after a pause."""
    STOPPED = "stopped"
    """It was asked to stop, and has."""
    OFF = "off"
    """It is switched off by a setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHealth:
    """One part of a server; `failures` counts how often it fell over. Why it did stands in the log: this is public."""

    name: str
    state: PartState
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether a server should be sent requests, and why not.

    A part that fell over makes it no less ready: what is stored can be asked for all the same.
    """

    draining: bool
    database: str | None
    """What is wrong with the database in a few words, None when it answers and has this kodit's tables."""
    parts: Sequence[PartHealth]

    @property
    def ready(self) -> bool:
        """Whether requests will be answered."""
        return not self.draining and self.database is None


LookAtHealth = Callable[[], Awaitable[Health]]
"""Looks now; it does not raise."""
MetricsText = Callable[[], Awaitable[str]]
"""The metrics in Prometheus's text format. Raises InvalidInput where its library is not installed."""
