"""What is asked of an artifact, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kodit.domain.artifacts.artifact import ArtifactManifest


class ArtifactMode(StrEnum):
    """Which lists a search draws on."""

    HYBRID = "hybrid"
    """All that the artifact has: names, keywords and vectors, fused."""
    KEYWORD = "keyword"
    """Names, and BM25 over the words."""
    VECTOR = "vector"
    """Nearness of meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFilters:
    """Which entries may be answered at all. Empty means: any.

    Filters of one kind are alternatives; filters of different kinds must all hold. `licenses` are SPDX identifiers or
    names, in capitals or not; `without` are the marks that no answer may have (`broken`, `unfree`, `insecure`,
    `unsupported`): both are for packages. `languages` are for code.
    """

    licenses: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()


ANY_ENTRY = ArtifactFilters()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactQuery:
    """One question. `text` may be any string at all."""

    text: str
    mode: ArtifactMode = ArtifactMode.HYBRID
    filters: ArtifactFilters = field(default_factory=ArtifactFilters)
    limit: int = 10


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package, as an artifact of either form shows it; `licenses` and `homepages` have commas between.

    A minified one has no `long_description`.
    """

    attr: str
    pname: str
    version: str
    description: str | None
    licenses: str
    homepages: str
    long_description: str | None
    main_program: str | None


@dataclass(frozen=True, slots=True)
class SnippetRow:
    """A snippet, as an artifact of either form shows it; a minified one has the first lines of its content."""

    path: str
    start_line: int
    end_line: int
    kind: str
    language: str
    symbol: str | None
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactHit:
    """One answer; `ranks` says in which place (from 1) of which list it stands, `score` compares within one search."""

    row: PackageRow | SnippetRow
    score: float
    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactAnswers:
    """The answers to one query, best first, and how long they took, in milliseconds.

    `by_meaning_only` is set where words were looked for too, and no answer has any of them. `understood` has, for a
    word that no package has, the names that were looked for in its place.
    """

    query: ArtifactQuery
    manifest: ArtifactManifest
    hits: tuple[ArtifactHit, ...]
    by_meaning_only: bool
    took_ms: float
    understood: Mapping[str, Sequence[str]] = field(default_factory=dict)
