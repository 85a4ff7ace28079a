"""From one artifact to another."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kodit.domain.artifacts.artifact import ArtifactContents, ArtifactForm, Origin
from kodit.domain.artifacts.entries import TextToEmbed, telling
from kodit.domain.artifacts.ports import VectorsOf
from kodit.domain.search.embedding import code_text
from kodit.infrastructure.duckdb.filling import KeyedVector, add_vectors
from kodit.infrastructure.duckdb.schema import TABLES, ArtifactTable, key_of
from kodit.infrastructure.duckdb.session import Session, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PAGE = 5_000
"""Texts that are embedded and stored at a time."""

_TEXTS = {
    ArtifactContents.PACKAGES: "SELECT p.package_id AS number, p.attr AS path, NULL AS header, s.content "
    "FROM whole.packages p JOIN whole.packages_fts_source s USING (package_id)",
    ArtifactContents.CODE: "SELECT snippet_id AS number, path, header, content FROM whole.snippets",
}
"""What an entry's text is made of, as `code_text` makes it."""


def attach(connection: "DuckDBPyConnection", source: str) -> None:
    """Let statements read the artifact at a path as `whole`."""
    connection.execute(f"ATTACH {quoted(source)} AS whole (READ_ONLY)")


def detach(connection: "DuckDBPyConnection") -> None:
    """The opposite."""
    connection.execute("DETACH whole")


def copy_tables(connection: "DuckDBPyConnection", origin: Origin, form: ArtifactForm) -> None:
    """Fill the tables, but for vectors, from the full artifact that is attached."""
    for table in TABLES[origin.contents]:
        if table.name != "embeddings":
            _copy(connection, table, form)


def copy_vectors(connection: "DuckDBPyConnection", origin: Origin, form: ArtifactForm) -> None:
    """Fill the table of vectors likewise; those of entries without one, too, but where these are still to be embedded:
    in the full form."""
    table = next(table for table in TABLES[origin.contents] if table.name == "embeddings")
    _copy(connection, table, form, "WHERE vector IS NOT NULL" if form is ArtifactForm.FULL else "")


def copy_vectors_to_compare(connection: "DuckDBPyConnection", origin: Origin, form: ArtifactForm) -> None:
    """Likewise, so that they can all be compared in half the time: packed they are a tenth smaller, and have to be
    unpacked each time."""
    # What is not written yet would be written likewise.
    connection.execute("CHECKPOINT")
    connection.execute("PRAGMA force_compression = 'uncompressed'")
    copy_vectors(connection, origin, form)
    connection.execute("CHECKPOINT")
    connection.execute("PRAGMA force_compression = 'auto'")


async def add_missing_vectors(
    session: Session, origin: Origin, vectors_of: VectorsOf, running: Any, *, kept: bool, scratch: Path
) -> None:
    """Embed what has no vector in the artifact that is attached; everything, unless its vectors are `kept`."""
    key = key_of(origin.contents)
    statement = (
        f"SELECT e.{key}, e.text_key, t.path, t.header, t.content FROM whole.embeddings e "  # noqa: S608 - our own names
        f"JOIN ({_TEXTS[origin.contents]}) t ON t.number = e.{key} "
        f"WHERE e.{key} > ? {'AND e.vector IS NULL' if kept else ''} ORDER BY e.{key} LIMIT {PAGE}"
    )
    last = -1
    while rows := await session.rows(statement, [last]):
        texts = [TextToEmbed(row[1], code_text(row[2], row[3], row[4])) for row in rows]
        found = await vectors_of(texts)
        new = [KeyedVector(row[0], row[1], telling(found.get(row[1]))) for row in rows]
        await session.run(partial(add_vectors, vectors=new, key=key, dimension=origin.dimension, scratch=scratch))
        last = rows[-1][0]
        if running is not None:
            await running.advance(len(rows))


async def texts_without_vectors(session: Session, contents: ArtifactContents, *, kept: bool) -> Sequence[TextToEmbed]:
    """What is to be embedded of a full artifact that is open; everything, unless its vectors are `kept`."""
    key = key_of(contents)
    rows = await session.rows(
        f"SELECT e.text_key, t.path, t.header, t.content FROM embeddings e "  # noqa: S608 - our own names
        f"JOIN ({_TEXTS[contents].replace('whole.', '')}) t ON t.number = e.{key} "
        f"{'WHERE e.vector IS NULL' if kept else ''} ORDER BY e.{key}"
    )
    return [TextToEmbed(row[0], code_text(row[1], row[2], row[3])) for row in rows]


def _copy(connection: "DuckDBPyConnection", table: ArtifactTable, form: ArtifactForm, narrowed: str = "") -> None:
    columns = table.in_form(form)
    told = ", ".join(column.name if form is ArtifactForm.FULL else column.kept_as() or "NULL" for column in columns)
    names = ", ".join(column.name for column in columns)
    connection.execute(
        f"INSERT INTO {table.name} ({names}) SELECT {told} FROM whole.{table.name} {narrowed} ORDER BY {table.key}"  # noqa: S608
    )
