"""What describing code in words needs from the world."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kodit.domain.code.snippet import Snippet


class Describer(Protocol):
    """Says in words what a snippet does. Held to tests/contracts/test_describer.py."""

    @property
    def model(self) -> str:
        """Names the model or rule set, its version and whatever else changes its texts."""
        ...

    @property
    def batch(self) -> int:
        """How many snippets are best given at a time; they are stored together, so a failure costs no more."""
        ...

    async def describe(self, snippets: Sequence[Snippet]) -> Sequence[str]:
        """One short text for each snippet, in order.

        Raises Unavailable or RateLimited when trying again may help, Refused or BadAnswer when it cannot.
        """
        ...


@dataclass(frozen=True, slots=True)
class Enrichment:
    """A snippet in words. `text_hash` is the SHA-256 of the text, in hexadecimal: the key of its embedding."""

    text: str
    text_hash: str


class EnrichmentRepository(Protocol):
    """Descriptions by the hash of what was described. Held to tests/contracts/test_enrichment_repository.py."""

    async def get(self, hashes: Collection[str], *, model: str) -> Mapping[str, Enrichment]:
        """The descriptions that are there, by hash."""
        ...

    async def add(self, texts: Mapping[str, Enrichment], *, model: str) -> None:
        """Store descriptions; one that is there already stays."""
        ...
