"""The indexes of an artifact: words, and nearest vectors."""

from typing import TYPE_CHECKING

from kodit.domain.artifacts.artifact import ArtifactContents
from kodit.domain.artifacts.terms import FtsTerms, HnswTerms
from kodit.infrastructure.duckdb.schema import fts_source, key_of
from kodit.infrastructure.duckdb.session import load, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HNSW_NAME = "embeddings_hnsw_idx"

_BETWEEN_WORDS = r"[^\p{L}\p{N}]+"
"""What stands between two words: by default the extension drops digits and all that is not Latin."""


def with_name(terms: FtsTerms, contents: ArtifactContents) -> FtsTerms:
    """The terms with the name that the index has where none was chosen."""
    name = terms.index_name or f"{fts_source(contents).removesuffix('_fts_source')}_fts_idx"
    return FtsTerms(stemmer=terms.stemmer, stopwords=terms.stopwords, index_name=name)


def index_words(connection: "DuckDBPyConnection", contents: ArtifactContents, terms: FtsTerms) -> None:
    """Build the full-text index.

    DuckDB names the schema of its tables by itself, after the table; what has the index's name is a table macro.
    """
    load(connection, "fts")
    source, key = fts_source(contents), key_of(contents)
    connection.execute(
        f"PRAGMA create_fts_index({quoted(source)}, {quoted(key)}, 'names', 'content', "
        f"stemmer={quoted(terms.stemmer)}, stopwords={quoted(terms.stopwords)}, "
        f"ignore={quoted(_BETWEEN_WORDS)}, strip_accents=1, lower=1)"
    )
    connection.execute(
        f'CREATE MACRO "{terms.index_name}"(query) AS TABLE '  # noqa: S608 - our own names
        f"SELECT {key}, fts_main_{source}.match_bm25({key}, query) AS score FROM {source} "
        f"WHERE score IS NOT NULL ORDER BY score DESC, {key}"
    )


def index_vectors(connection: "DuckDBPyConnection", terms: HnswTerms) -> None:
    """Build the index of nearest vectors by cosine.

    Nothing may be written after it: DuckDB keeps such an index on disk as an experiment only, and does not recover one
    from its log.
    """
    load(connection, "vss")
    connection.execute("SET hnsw_enable_experimental_persistence = true")
    connection.execute(
        f"CREATE INDEX {HNSW_NAME} ON embeddings USING HNSW (vector) "
        f"WITH (metric = 'cosine', M = {terms.m}, ef_construction = {terms.ef_construction}, "
        f"ef_search = {terms.ef_search})"
    )


def nearest_statement(key: str, wanted: str, limit: int, *, indexed: bool, among: str | None = None) -> str:
    """The nearest to a vector: by the index, or among all, or `among` those that a statement gives.

    The index answers a statement that orders by the distance alone, has no condition, and gives nothing that is made of
    the distance: what else there is to do stands around it.
    """
    distance = f"array_cosine_distance(vector, {wanted})"
    if indexed:
        near = f"SELECT {key}, {distance} AS distance FROM embeddings ORDER BY {distance} LIMIT {limit:d}"  # noqa: S608
        return f"WITH near AS ({near}) SELECT {key}, 1 - distance AS score FROM near"  # noqa: S608
    condition = "" if among is None else f"AND {key} IN ({among})"
    return (
        f"SELECT {key}, 1 - {distance} AS score FROM embeddings WHERE vector IS NOT NULL {condition} "  # noqa: S608
        f"ORDER BY {distance}, {key} LIMIT {limit:d}"
    )
