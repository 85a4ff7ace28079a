"""Whether an artifact is what its manifest says, and whether its indexes answer."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kodit.domain.artifacts.artifact import ENTRIES, ArtifactManifest
from kodit.infrastructure.duckdb.indexes import HNSW_NAME, nearest_statement
from kodit.infrastructure.duckdb.schema import fts_source, key_of
from kodit.infrastructure.duckdb.sums import embedded, table_sums

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_UNIT = 1e-3
"""How far from 1 the squared length of a vector may be: float32 has seven digits, a vector hundreds of components."""
_ITSELF = 1e-3
"""How far a vector may be from itself by cosine."""


def problems(connection: "DuckDBPyConnection", manifest: ArtifactManifest) -> list[str]:
    """What is wrong, in words."""
    return [
        *_of_tables(connection, manifest),
        *_of_vectors(connection, manifest),
        *(_of_words(connection, manifest) if manifest.fts else ()),
        *(_of_neighbours(connection, manifest) if manifest.hnsw else ()),
    ]


def _of_tables(connection: "DuckDBPyConnection", manifest: ArtifactManifest) -> Iterator[str]:
    told = {table.name: table for table in manifest.tables}
    for found in table_sums(connection, manifest.origin.contents, manifest.form):
        table = told.get(found.name)
        if table is None:
            yield f"the manifest says nothing of {found.name}"
        elif table.rows != found.rows:
            yield f"{found.name} has {found.rows} rows, and the manifest says {table.rows}"
        elif table.checksum != found.checksum:
            yield f"what stands in {found.name} is not what was written there"


def _of_vectors(connection: "DuckDBPyConnection", manifest: ArtifactManifest) -> Iterator[str]:
    contents = manifest.origin.contents
    for table in (fts_source(contents), "embeddings"):
        if manifest.rows.get(table) != manifest.rows.get(ENTRIES[contents]):
            yield f"{table} does not have a row for each of the {ENTRIES[contents]}"
    if embedded(connection) != manifest.embedded:
        yield f"{embedded(connection)} vectors are there, and the manifest says {manifest.embedded}"
    if manifest.origin.dimension is None:
        return
    strange = "SELECT count(*) FROM embeddings WHERE abs(array_inner_product(vector, vector) - 1) > ?"
    if number := _only(connection, strange, [_UNIT]):
        yield f"{number} vectors are not of unit length"


def _of_words(connection: "DuckDBPyConnection", manifest: ArtifactManifest) -> Iterator[str]:
    source, key = fts_source(manifest.origin.contents), key_of(manifest.origin.contents)
    indexed = _only(connection, f"SELECT count(*) FROM fts_main_{source}.docs")  # noqa: S608 - our own names
    if indexed != manifest.rows.get(source):
        yield f"the full-text index has {indexed} entries, and {source} {manifest.rows.get(source)}"
    with_words = connection.execute(
        f"SELECT {key}, names || ' ' || content FROM {source} WHERE {key} IN "  # noqa: S608
        f"(SELECT name FROM fts_main_{source}.docs WHERE len > 0 ORDER BY len, name LIMIT 1)"
    ).fetchall()
    for number, text in with_words:
        asked = f"SELECT count(*) FROM {_macro(manifest)}(?) WHERE {key} = ?"  # noqa: S608
        if not _only(connection, asked, [text, number]):
            yield f"the full-text index does not find entry {number} by its own words"


def _of_neighbours(connection: "DuckDBPyConnection", manifest: ArtifactManifest) -> Iterator[str]:
    key = key_of(manifest.origin.contents)
    held = _only(connection, f"SELECT count FROM pragma_hnsw_index_info() WHERE index_name = '{HNSW_NAME}'")  # noqa: S608
    if held != manifest.embedded:
        yield f"the index of nearest vectors has {held or 0} entries, and {manifest.embedded} have a vector"
    found = connection.execute(f"SELECT {key}, vector FROM embeddings WHERE vector IS NOT NULL LIMIT 1").fetchall()  # noqa: S608
    for number, vector in found:
        statement = nearest_statement(key, literal(vector), 1, indexed=True)
        if "HNSW_INDEX_SCAN" not in connection.execute(f"EXPLAIN {statement}").fetchall()[0][1]:
            yield "the index of nearest vectors is not used"
        nearest = connection.execute(statement).fetchone()
        if nearest is None or nearest[1] < 1 - _ITSELF:
            yield f"the index of nearest vectors does not find entry {number} by its own vector"


def literal(vector: Any) -> str:
    """A vector as it stands in a statement."""
    numbers = [float(component) for component in vector]
    return f"{numbers!r}::FLOAT[{len(numbers)}]"


def _macro(manifest: ArtifactManifest) -> str:
    return f'"{manifest.fts.index_name}"' if manifest.fts else ""


def _only(connection: "DuckDBPyConnection", statement: str, parameters: list[Any] | None = None) -> Any:
    row = connection.execute(statement, parameters or []).fetchone()
    return row[0] if row else None
