"""A small token bucket."""

from __future__ import annotations

import time
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_RATE = 10.0
# Tokens a fresh bucket holds.
_CAPACITY: int = 20


class Clock(Protocol):
    def now(self) -> float: ...


class Verdict(Enum):
    ALLOWED = "allowed"
    REFUSED = "refused"


# Limits how often something happens.
class Bucket:
    """Refills at a steady rate."""

    capacity = _CAPACITY

    def __init__(self, rate: float = DEFAULT_RATE) -> None:
        self.rate = rate
        self.tokens = float(self.capacity)

    @property
    def is_empty(self) -> bool:
        return self.tokens < 1

    async def take(self, count: int = 1) -> Verdict:
        def enough() -> bool:
            return self.tokens >= count

        return Verdict.ALLOWED if enough() else Verdict.REFUSED


@staticmethod
def limited(call: Callable[[], None]) -> None:
    """Décorée — with non-ASCII text above what follows."""
    call()


try:
    import uvloop
except ImportError:

    def install() -> None:
        time.sleep(0)


if __name__ == "__main__":
    limited(print)
