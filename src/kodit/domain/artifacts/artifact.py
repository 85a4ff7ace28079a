"""Artifacts: an index as one file that can be carried away and asked anywhere."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from kodit.domain.artifacts.terms import FtsTerms, HnswTerms

SCHEMA = 1
"""The number of the tables' shape; higher when a reader of the old would misread the new."""


class ArtifactForm(StrEnum):
    """How much of an index a file has."""

    FULL = "full"
    """Everything that is known, with vectors; no full-text index."""
    MINIFIED = "minified"
    """What a search asks for and shows, with vectors and a full-text index."""


class ArtifactContents(StrEnum):
    """What an artifact's entries are."""

    PACKAGES = "packages"
    """Packages of nixpkgs."""
    CODE = "code"
    """Snippets of code, with their files, symbols and packages."""


ENTRIES = {ArtifactContents.PACKAGES: "packages", ArtifactContents.CODE: "snippets"}
"""The table whose rows a search answers with."""


class TableSum(NamedTuple):
    """A table's rows by number and by content.

    `checksum` is the SHA-256, in hexadecimal, over the digests of all rows in the order of their keys.
    """

    name: str
    rows: int
    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which index an artifact was made from.

    `location` is without credentials. `release` is the commit, or what else tells two states of the source apart, and
    `release_name` what its makers call it. `model` and `dimension` are those of the vectors, None without vectors.
    """

    contents: ArtifactContents
    source: str
    location: str
    release: str | None = None
    release_name: str | None = None
    indexed_at: datetime | None = None
    model: str | None = None
    dimension: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactManifest:
    """What an artifact says of itself.

    `embedded` is how many of its entries have a vector. `hnsw` and `fts` are None where there is no such index.
    """

    form: ArtifactForm
    origin: Origin
    built_at: datetime
    kodit: str
    duckdb: str
    embedded: int
    tables: tuple[TableSum, ...]
    hnsw: HnswTerms | None = None
    fts: FtsTerms | None = None
    schema: int = SCHEMA

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows each table has."""
        return {table.name: table.rows for table in self.tables}

    @property
    def entries(self) -> int:
        """How many things a search may answer with."""
        return self.rows.get(ENTRIES[self.origin.contents], 0)

    @property
    def digest(self) -> str:
        """The SHA-256, in hexadecimal, of all that it says but when: two files with one answer alike to everything."""
        told = asdict(self) | {"built_at": None}
        told["origin"]["indexed_at"] = None
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file, with what it says of itself; `size` is in bytes."""

    path: str
    size: int
    manifest: ArtifactManifest
