"""A manifest as rows, and back."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kodit.domain.artifacts.artifact import (
    SCHEMA,
    ArtifactContents,
    ArtifactForm,
    ArtifactManifest,
    Origin,
    TableSum,
)
from kodit.domain.artifacts.terms import FtsTerms, HnswTerms
from kodit.domain.errors import DatabaseUnusable, InvalidInput

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ENTRIES = {
    "schema": "the number of the tables' shape, higher when a reader of the old would misread the new",
    "form": "`full` or `minified`",
    "contents": "`packages` or `code`",
    "source": "what the source is called in kodit",
    "location": "where it lies, without credentials",
    "release": "the commit, or the SHA-256 of the list of packages; null for a directory",
    "release_name": "what its makers call it, if they do",
    "indexed_at": "when its indexing was over, in ISO 8601",
    "built_at": "when the artifact was built, in ISO 8601",
    "kodit": "the version of kodit that built it",
    "duckdb": "the version of DuckDB that wrote it",
    "model": "what the vectors were made with, null without vectors",
    "dimension": "how many components each has, null without vectors",
    "embedded": "how many entries have a vector",
    "tables": "for each table its `rows` by number and their `checksum`",
    "hnsw": "`m`, `ef_construction` and `ef_search` of the index of nearest vectors, null where there is none",
    "fts": "`stemmer`, `stopwords` and `index_name` of the full-text index, null where there is none",
}
"""The manifest's keys, and what stands under each."""


def written(connection: "DuckDBPyConnection", manifest: ArtifactManifest) -> None:
    """Store a manifest in its table."""
    origin = manifest.origin
    values: dict[str, Any] = {
        "schema": manifest.schema,
        "form": manifest.form.value,
        **asdict(origin),
        "contents": origin.contents.value,
        "indexed_at": origin.indexed_at and origin.indexed_at.isoformat(),
        "built_at": manifest.built_at.isoformat(),
        "kodit": manifest.kodit,
        "duckdb": manifest.duckdb,
        "embedded": manifest.embedded,
        "tables": {table.name: {"rows": table.rows, "checksum": table.checksum} for table in manifest.tables},
        "hnsw": manifest.hnsw and asdict(manifest.hnsw),
        "fts": manifest.fts and asdict(manifest.fts),
    }
    connection.execute("CREATE TABLE manifest (key VARCHAR PRIMARY KEY, value JSON)")
    connection.executemany("INSERT INTO manifest VALUES (?, ?)", [[key, json.dumps(values[key])] for key in ENTRIES])


def read(connection: "DuckDBPyConnection", path: str) -> ArtifactManifest:
    """The manifest of the database that is open.

    Raises InvalidInput for one that kodit has not made, DatabaseUnusable for one that a newer kodit has.
    """
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()
    entries: dict[str, Any] = {}
    if ("manifest",) in tables:
        entries = {
            key: json.loads(value) for key, value in connection.execute("SELECT key, value FROM manifest").fetchall()
        }
    if entries.get("schema", 0) > SCHEMA:
        raise DatabaseUnusable(
            f"{path} was made by kodit {entries.get('kodit')}, which is newer",
            remedy="ask it with that version, or build it again with this one",
        )
    if not ENTRIES.keys() <= entries.keys():
        raise InvalidInput(f"{path} is a database, but no artifact", remedy="make one: kodit artifact build")
    try:
        return _manifest(entries)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"the manifest of {path} makes no sense: {error}") from None


def _manifest(entries: dict[str, Any]) -> ArtifactManifest:
    origin = Origin(
        contents=ArtifactContents(entries["contents"]),
        source=entries["source"],
        location=entries["location"],
        release=entries["release"],
        release_name=entries["release_name"],
        indexed_at=datetime.fromisoformat(entries["indexed_at"]) if entries["indexed_at"] else None,
        model=entries["model"],
        dimension=entries["dimension"],
    )
    return ArtifactManifest(
        form=ArtifactForm(entries["form"]),
        origin=origin,
        built_at=datetime.fromisoformat(entries["built_at"]),
        kodit=entries["kodit"],
        duckdb=entries["duckdb"],
        embedded=entries["embedded"],
        tables=tuple(TableSum(name, told["rows"], told["checksum"]) for name, told in entries["tables"].items()),
        hnsw=HnswTerms(**entries["hnsw"]) if entries["hnsw"] else None,
        fts=FtsTerms(**entries["fts"]) if entries["fts"] else None,
        schema=entries["schema"],
    )
