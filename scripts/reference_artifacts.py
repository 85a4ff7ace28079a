"""The page of docs/reference/ about the tables of artifacts."""

from kodit.domain.artifacts.artifact import ArtifactContents, ArtifactForm
from kodit.infrastructure.duckdb.manifest_rows import ENTRIES
from kodit.infrastructure.duckdb.schema import MANIFEST, TABLES, ArtifactTable
from reference_page import page, table

OF = {
    ArtifactContents.PACKAGES: "Of a channel of nixpkgs",
    ArtifactContents.CODE: "Of any other source",
}


def artifact_schema() -> str:
    """Every table and column of both forms."""
    text = """
An artifact is a DuckDB database: see [how to build and ask one](../how-to/build-an-artifact.md).
A full one has every column below; a minified one has those with a type in the last column but one.
`n` is the dimension of the vectors.
"""
    indexes = """
A full artifact has an index of nearest vectors, `embeddings_hnsw_idx`, unless `--no-hnsw` was given; a minified one has
it with `--minified-hnsw`.
Reading needs no extension, and then all vectors are compared; with DuckDB's extension `vss` loaded the index is used.
Nothing can be written to a file with this index unless `vss` is loaded, and kodit never writes to one again.

A minified artifact has a full-text index, which takes DuckDB's extension `fts`.
DuckDB names the schema with the index's tables by itself: `fts_main_packages_fts_source` or
`fts_main_snippets_fts_source`.
What bears the name of the index, `packages_fts_idx` or `snippets_fts_idx` unless `--fts-index-name` chose another, is a
table macro: `SELECT * FROM packages_fts_idx('web browser')` gives the numbers of the entries and their score by BM25,
best first.
"""
    sums = """
The checksum of a table is the SHA-256 of all its rows in the order of its first column.
A row counts as the SHA-256, in hexadecimal, of the row as `to_json` of DuckDB writes it; a row of `embeddings` as its
number and key as text with a NUL between, and behind them the vector's components as little-endian float32.
"""
    manifest = table(("key", "value"), [(f"`{key}`", meaning) for key, meaning in ENTRIES.items()])
    return page(
        "The schema of artifacts",
        text,
        *(f"## {OF[contents]}\n\n" + "\n\n".join(map(_table, TABLES[contents])) for contents in TABLES),
        f"## The manifest\n\n{_table(MANIFEST)}\n\nThe keys:\n\n{manifest}",
        f"## The indexes\n{indexes}".strip(),
        f"## The checksums\n{sums}".strip(),
    )


def _table(described: ArtifactTable) -> str:
    rows = [
        (
            f"`{column.name}`",
            f"`{column.type_in(ArtifactForm.FULL)}`",
            _minified(column.type_in(ArtifactForm.MINIFIED)),
            column.meaning,
        )
        for column in described.columns
    ]
    columns = table(("column", "full", "minified", "meaning"), rows)
    return f"### {described.name}\n\n{described.meaning}\n\n{columns}"


def _minified(told: str | None) -> str:
    return f"`{told}`" if told else "-"
