"""How many rows tables have, and what stands in them."""

import hashlib
from typing import TYPE_CHECKING, Any

from kodit.domain.artifacts.artifact import ArtifactContents, ArtifactForm, TableSum
from kodit.infrastructure.duckdb.schema import TABLES, ArtifactTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AT_ONCE = 20_000
"""Rows that are summed at a time: 20 MB of vectors at 256 dimensions."""


def table_sums(connection: "DuckDBPyConnection", contents: ArtifactContents, form: ArtifactForm) -> list[TableSum]:
    """Every table's."""
    return [_sum(connection, table, form) for table in TABLES[contents]]


def embedded(connection: "DuckDBPyConnection") -> int:
    """How many entries have a vector."""
    [(number,)] = connection.execute("SELECT count(vector) FROM embeddings").fetchall()
    return int(number)


def _sum(connection: "DuckDBPyConnection", table: ArtifactTable, form: ArtifactForm) -> TableSum:
    keys: Any = connection.execute(f"SELECT {table.key} FROM {table.name} ORDER BY 1").fetchnumpy()[table.key]  # noqa: S608
    whole = hashlib.sha256()
    for start in range(0, len(keys), AT_ONCE):
        between = (int(keys[start]), int(keys[min(start + AT_ONCE, len(keys)) - 1]))
        if table.name == "embeddings":
            _add_vectors(connection, table, form, between, whole)
        else:
            _add_rows(connection, table, between, whole)
    return TableSum(table.name, len(keys), whole.hexdigest())


def _add_rows(connection: "DuckDBPyConnection", table: ArtifactTable, between: tuple[int, int], whole: Any) -> None:
    digests = f"SELECT sha256(to_json(t)::VARCHAR) FROM {table.name} t {_part(table)}"  # noqa: S608 - our own names
    for (digest,) in connection.execute(digests, list(between)).fetchall():
        whole.update(digest.encode("ascii"))


def _add_vectors(
    connection: "DuckDBPyConnection", table: ArtifactTable, form: ArtifactForm, between: tuple[int, int], whole: Any
) -> None:
    """Vectors by their bytes: written out as text they would take twenty times as long."""
    names = ", ".join(column.name for column in table.in_form(form) if column.name != "vector")
    told = f"SELECT vector IS NOT NULL, {names} FROM {table.name} {_part(table)}"  # noqa: S608 - our own names
    there = f"SELECT vector FROM {table.name} {_part(table, 'AND vector IS NOT NULL')}"  # noqa: S608
    vectors: Any = iter(connection.execute(there, list(between)).fetchnumpy()["vector"])
    for has_vector, *row in connection.execute(told, list(between)).fetchall():
        whole.update("\0".join(map(str, row)).encode("ascii"))
        whole.update(next(vectors).tobytes() if has_vector else b"")


def _part(table: ArtifactTable, narrowed: str = "") -> str:
    return f"WHERE {table.key} BETWEEN ? AND ? {narrowed} ORDER BY {table.key}"
