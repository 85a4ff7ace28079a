"""What is asked, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kodit.domain.code.snippet import SnippetKind
from kodit.domain.sources.last_change import ANY_CHANGE, LastChange


class SearchMode(StrEnum):
    """Which lists a search draws on."""

    HYBRID = "hybrid"
    """All of the others, fused."""
    KEYWORD = "keyword"
    """BM25 over the tokens of code."""
    CODE = "code"
    """Nearness of meaning to the code itself."""
    TEXT = "text"
    """Nearness of meaning to descriptions of the code in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which snippets may be answered at all. Empty means: any.

    Filters of one kind are alternatives; filters of different kinds must all hold. `paths` are globs over the path
    relative to the source (see `kodit.domain.search.globs`). `packages` are names or paths of packages, whose files
    pass; `kinds` are what a snippet may be.
    `files` are the only files that pass, by source and path, and `snippets` the only snippets, None for any: what
    `last_change`, `packages` and `kinds` mean to an index that knows no more than paths and ids.
    """

    index_ids: frozenset[int] = frozenset()
    languages: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()
    last_change: LastChange = ANY_CHANGE
    packages: frozenset[str] = frozenset()
    kinds: frozenset[SnippetKind] = frozenset()
    files: frozenset[tuple[int, str]] | None = None
    snippets: frozenset[int] | None = None

    @property
    def narrows_files(self) -> bool:
        """True when not every file of the chosen sources passes."""
        return bool(self.languages or self.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One search. `text` may be any string at all."""

    text: str
    mode: SearchMode = SearchMode.HYBRID
    filters: Filters = field(default_factory=Filters)
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the keyword index is given of a snippet."""

    snippet_id: int
    index_id: int
    path: str
    language: str
    symbol: str | None
    kind: SnippetKind
    content: str


@dataclass(frozen=True, slots=True)
class Match:
    """One entry of one list: higher scores are better, and only comparable within their list."""

    snippet_id: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One answer.

    `ranks` says why it is here: the place (from 1) in each list that it came from, by the list's name.
    `score` is only comparable within one search.
    """

    snippet_id: int
    path: str
    start_line: int
    end_line: int
    language: str
    symbol: str | None
    kind: SnippetKind
    source: str
    commit: str | None
    score: float
    ranks: Mapping[str, int]
    content: str
