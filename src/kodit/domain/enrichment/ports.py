"""What describing code in words needs from the world."""

from collections.abc import Sequence
from typing import Protocol

from kodit.domain.code.snippet import Snippet


class Describer(Protocol):
    """Says in words what a snippet does. Held to tests/contracts/test_describer.py."""

    @property
    def model(self) -> str:
        """Names the model or rule set, its version and whatever else changes its texts."""
        ...

    async def describe(self, snippets: Sequence[Snippet]) -> Sequence[str]:
        """One short text for each snippet, in order.

        Raises Unavailable or RateLimited when trying again may help, Refused or BadAnswer when it cannot.
        """
        ...
