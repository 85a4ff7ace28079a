"""How an artifact is built: what can be chosen."""

import re
from dataclasses import dataclass, field

from kodit.domain.errors import InvalidInput

_LANGUAGES = (
    "arabic basque catalan danish dutch english finnish french german greek hindi hungarian indonesian irish italian "
    "lithuanian nepali norwegian porter portuguese romanian russian serbian spanish swedish tamil turkish"
)
STEMMERS = frozenset(_LANGUAGES.split()) | {"none"}
"""What DuckDB's full-text extension knows, and none; its documentation, `PRAGMA create_fts_index`."""

STOP_WORDS = frozenset({"english", "none"})
"""Lists of words that are not indexed; the extension has one."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HnswTerms:
    """How an index of nearest vectors is built: a hierarchical navigable small world (Malkov and Yashunin, 2018).

    `m` is how many neighbours a vector has in each layer, and `ef_construction` how many candidates are looked at to
    find them. `ef_search` is how many a search looks at. More of each finds more of what is nearest, and takes longer.
    Raises InvalidInput for numbers that make no sense.
    """

    m: int = 16
    ef_construction: int = 200
    ef_search: int = 40

    def __post_init__(self) -> None:
        for name, least, number in (
            ("m", 2, self.m),
            ("ef-construction", 1, self.ef_construction),
            ("ef-search", 1, self.ef_search),
        ):
            if not least <= number <= 10_000:
                raise InvalidInput(f"{name} must be from {least} to 10000, not {number}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FtsTerms:
    """How a full-text index is built.

    Words are reduced to their stems by `stemmer`, and `stopwords` are not indexed. `index_name` is what people ask it
    by: a table macro of this name, see `docs/reference/artifact-schema.md`; empty for the name of what is indexed, and
    `_fts_idx` behind it. Raises InvalidInput for what there is none of.
    """

    stemmer: str = "english"
    stopwords: str = "english"
    index_name: str = ""

    def __post_init__(self) -> None:
        if self.stemmer not in STEMMERS:
            raise InvalidInput(f"there is no stemmer {self.stemmer}", remedy=f"one of {', '.join(sorted(STEMMERS))}")
        if self.stopwords not in STOP_WORDS:
            raise InvalidInput(f"there are no stop words {self.stopwords}", remedy="english or none")
        if self.index_name and not _NAME.fullmatch(self.index_name):
            raise InvalidInput(
                f"{self.index_name!r} is no name of an index", remedy="letters, digits and _, at most 63 of them"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Where the files shall lie; at least one of both. What is there and is no artifact stays, unless `force` is set.

    Raises InvalidInput for none, and for one path twice.
    """

    full: str | None = None
    minified: str | None = None
    force: bool = False

    def __post_init__(self) -> None:
        if self.full is None and self.minified is None:
            raise InvalidInput("it was not said where the artifact shall lie", remedy="give --full, --minified or both")
        if self.full == self.minified:
            raise InvalidInput(
                f"{self.full} cannot be both the full and the minified artifact", remedy="give each a path of its own"
            )

    @property
    def paths(self) -> tuple[str, ...]:
        """Those that are given, the full one first."""
        return tuple(path for path in (self.full, self.minified) if path is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildTerms:
    """How the files of one artifact are built.

    Each form has an index of nearest vectors where `hnsw` and `minified_hnsw` say how; without one its vectors are
    all compared. `fts` is for the minified form.
    """

    hnsw: HnswTerms | None = field(default_factory=HnswTerms)
    minified_hnsw: HnswTerms | None = None
    fts: FtsTerms = field(default_factory=FtsTerms)
