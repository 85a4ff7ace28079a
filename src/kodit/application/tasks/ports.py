"""What workers need from the world, besides the queue itself."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol


class Wakeups(Protocol):
    """Tells that the queue may have changed. Hints only: whoever waits looks again after a while anyway.

    Held to tests/contracts/test_wakeups.py.
    """

    def notify(self) -> None:
        """Wake everybody in this process who waits."""
        ...

    async def wait(self, seconds: float) -> None:
        """Return when something may have changed since the last wait, in this or another process, or after a while."""
        ...


class Presence(Protocol):
    """Knows which workers of this machine are alive. Held to tests/contracts/test_presence.py."""

    def register(self, owner: str) -> AbstractContextManager[None]:
        """Count as alive inside the block; dying by any means counts as gone."""
        ...

    def owner(self) -> str:
        """A new name for a worker on this machine."""
        ...

    def gone(self, owners: Collection[str]) -> frozenset[str]:
        """Those of this machine's workers among `owners` that are certainly dead; other machines' are never named."""
        ...

    def alive(self) -> frozenset[str]:
        """The workers of this machine that are alive."""
        ...
