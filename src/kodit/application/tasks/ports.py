"""What workers need from the world, besides the queue itself."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from kodit.domain.tasks.claim import Demand
from kodit.domain.tasks.policy import Outcome
from kodit.domain.tasks.presence import PresentWorker
from kodit.domain.tasks.rate import Rate, Reservation
from kodit.domain.tasks.task import Task


class Wakeups(Protocol):
    """Tells that the queue may have changed. Hints only: whoever waits looks again after a while anyway.

    Each who waits, and wants to miss nothing, has one of these for himself alone.

    Held to tests/contracts/test_wakeups.py.
    """

    def another(self) -> "Wakeups":
        """One for somebody else in this process: it shares what this one listens by, and ends with it."""
        ...

    def notify(self) -> None:
        """Wake who waits on this one."""
        ...

    def announce(self) -> None:
        """Wake everybody who waits, in this and in every other process: tasks have become ready, and that is committed.

        It returns at once; several announcements in a row may become one.
        """
        ...

    async def wait(self, seconds: float) -> bool:
        """Return when something may have changed since the last wait, in this or another process, or after a while.

        True when tasks were announced, so that claiming is likely to find some; False for whatever else ended it.
        """
        ...

    async def close(self) -> None:
        """Tell what is still to be told, and stop watching."""
        ...


class Presence(Protocol):
    """Knows which workers of this machine are alive. Held to tests/contracts/test_presence.py."""

    def register(self, owner: str) -> AbstractContextManager[None]:
        """Count as alive inside the block. Dying by any means counts as gone, and so does leaving it by an error."""
        ...

    def owner(self) -> str:
        """A new name for a worker on this machine."""
        ...

    def machine(self) -> str:
        """This machine's id: part of every owner's name, and the place of tasks that only this machine can do."""
        ...

    def introduce(
        self, owner: str, demand: Demand, *, started_at: datetime, seen_at: datetime, alive_until: datetime
    ) -> PresentWorker:
        """A worker of this process, which can take what the demand says, as others shall see it."""
        ...

    def gone(self, owners: Collection[str]) -> frozenset[str]:
        """Those of this machine's workers among `owners` that are certainly dead; other machines' are never named.

        Nor are those that left in good order, and had nothing in hand any more, or that died long ago.
        """
        ...

    def alive(self) -> frozenset[str]:
        """The workers of this machine that are alive."""
        ...


class Clock(Protocol):
    """The time that everybody who shares a database agrees on. Held to tests/contracts/test_clock.py."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    async def follow(self) -> None:
        """Learn what time it is for the database, if that was long ago. Raises what a Storage raises."""
        ...


class RateLimits(Protocol):
    """How often something may be asked by all workers together. Held to tests/contracts/test_rate_limits.py.

    Everybody has to call it by the same name, of at most RATE_NAME characters. Each verb is atomic, whoever else
    reserves at the same time, and raises what a Storage raises.
    """

    async def reserve(self, name: str, rate: Rate, units: int, *, now: datetime, until: datetime) -> Reservation:
        """So many units in a row, as soon as they are free; none at all when that is after `until`.

        `until` is at most PATIENCE away. A clock that was ahead is forgotten once it is right: see `possible`. Without
        a limit in the rate nothing is taken from those who have one.
        """
        ...

    async def hold_back(self, name: str, *, until: datetime, now: datetime) -> None:
        """Let no unit be reserved for a moment before this one; it shortens no longer hold.

        What is reserved already stays reserved: whoever waits for it has to ask whether everybody is held back.
        """
        ...

    async def held(self, name: str) -> datetime | None:
        """Until when everybody is held back, which may be over; None where nobody ever was."""
        ...


class AttemptObserver(Protocol):
    """Is told of every attempt. Held to tests/contracts/test_attempt_observer.py.

    It decides nothing, and never raises. Whoever carries out an attempt does so inside the block, and says before
    leaving it what the attempt ended in; an attempt of which that is never said was lost.
    """

    def attempt(self, task: Task) -> AbstractContextManager[Callable[[Outcome], None]]:
        """Watch one attempt at a claimed task while the block runs."""
        ...
