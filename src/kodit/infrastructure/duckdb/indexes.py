"""The indexes of an artifact: words, and nearest vectors."""

from typing import TYPE_CHECKING

from kodit.domain.artifacts.artifact import ArtifactContents
from kodit.domain.artifacts.terms import FtsTerms, HnswTerms
from kodit.infrastructure.duckdb.schema import fts_source, key_of
from kodit.infrastructure.duckdb.session import load, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HNSW_NAME = "embeddings_hnsw_idx"

_K = 1.2
"""How soon a word that comes again counts for no more; what `match_bm25` takes where it is told nothing else."""

_B = 0.75
"""How much less a word counts in a long text; likewise."""

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
    source, key, schema = fts_source(contents), key_of(contents), _fts_schema(contents)
    connection.execute(
        f"PRAGMA create_fts_index({quoted(source)}, {quoted(key)}, 'names', 'content', "
        f"stemmer={quoted(terms.stemmer)}, stopwords={quoted(terms.stopwords)}, "
        f"ignore={quoted(_BETWEEN_WORDS)}, strip_accents=1, lower=1)"
    )
    connection.execute(
        f'CREATE MACRO "{terms.index_name}"(query) AS TABLE '  # noqa: S608 - our own names
        f"SELECT {key}, {schema}.match_bm25({key}, query) AS score FROM {source} "
        f"WHERE score IS NOT NULL ORDER BY score DESC, {key}"
    )

    # Postings of a term side by side: they are read in a fifth of the time, and take less room.
    connection.execute(f"CREATE TABLE {schema}.sorted_terms AS FROM {schema}.terms ORDER BY termid, docid, fieldid")
    connection.execute(f"DROP TABLE {schema}.terms")
    connection.execute(f"ALTER TABLE {schema}.sorted_terms RENAME TO terms")


def words_statement(contents: ArtifactContents, terms: FtsTerms, among: str | None = None) -> str:
    """The entries with words of a text, its first parameter: of all, or `among` those that a statement gives.

    It is BM25 as `match_bm25` of the index has it (Robertson and Zaragoza, 2009, with a logarithm to base 10), which
    joins all entries before it leaves any out, and so takes three times as long. Sums are rounded, so that equals are
    equal in whatever order they were made.
    """
    schema = _fts_schema(contents)
    condition = "" if among is None else f"WHERE name IN ({among})"
    return (
        f"WITH asked AS (SELECT DISTINCT stem(unnest({schema}.tokenize(?)), {quoted(terms.stemmer)}) AS term), "  # noqa: S608
        "wanted AS (SELECT termid, log((num_docs - df + 0.5) / (df + 0.5) + 1) AS rarity "
        f"FROM {schema}.dict SEMI JOIN asked USING (term), {schema}.stats), "
        f"found AS (SELECT termid, docid, count(*) AS times FROM {schema}.terms "
        "WHERE termid IN (SELECT termid FROM wanted) GROUP BY termid, docid) "
        "SELECT name, round(sum("
        f"rarity * times * ({_K} + 1) / (times + {_K} * (1 - {_B} + {_B} * len / avgdl))), 9) AS score "
        f"FROM found JOIN wanted USING (termid) JOIN {schema}.docs USING (docid), {schema}.stats {condition} "
        "GROUP BY name ORDER BY score DESC, name LIMIT ?"
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
    """The nearest to a vector of unit length: by the index, or among all, or `among` those that a statement gives.

    The index answers a statement that orders by the distance alone, has no condition, and gives nothing that is made of
    the distance: what else there is to do stands around it.
    """
    if indexed:
        distance = f"array_cosine_distance(vector, {wanted})"
        near = f"SELECT {key}, {distance} AS distance FROM embeddings ORDER BY {distance} LIMIT {limit:d}"  # noqa: S608
        return f"WITH near AS ({near}) SELECT {key}, 1 - distance AS score FROM near"  # noqa: S608
    condition = "" if among is None else f"AND {key} IN ({among})"
    return (
        f"SELECT {key}, array_inner_product(vector, {wanted}) AS score FROM embeddings "  # noqa: S608
        f"WHERE vector IS NOT NULL {condition} ORDER BY score DESC, {key} LIMIT {limit:d}"
    )


def _fts_schema(contents: ArtifactContents) -> str:
    """Where the extension has the tables and macros of the index."""
    return f"fts_main_{fts_source(contents)}"
