"""What ranking looks at, and what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass

from kodit.domain.code.snippet import SnippetKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A snippet that some list holds. Lines count from 1 and both ends are included."""

    snippet_id: int
    source_id: int
    path: str
    start_line: int
    end_line: int
    language: str
    symbol: str | None
    kind: SnippetKind
    content: str

    @property
    def file(self) -> tuple[int, str]:
        """Names the file among all sources."""
        return (self.source_id, self.path)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in its place.

    `score` is only comparable within one search. `ranks` says which lists it came from and its place in each. `folded`
    are the snippets that say the same and were left out for it, best first.
    """

    candidate: Candidate
    score: float
    ranks: Mapping[str, int]
    folded: tuple[int, ...] = ()
