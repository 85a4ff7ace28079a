"""From entries to rows."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from kodit.domain.artifacts.artifact import ArtifactForm, Origin
from kodit.domain.artifacts.entries import ArtifactEntry, CodeEntry, PackageEntry, SnippetEntry
from kodit.domain.nixpkgs.names import parts_of
from kodit.domain.nixpkgs.nix_package import NixPackage, Position
from kodit.domain.search.ports import Vector
from kodit.domain.search.tokens import spaced
from kodit.domain.sources.package import StoredPackage
from kodit.infrastructure.duckdb.schema import TABLES, ArtifactTable, key_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = Mapping[str, Any]


class KeyedVector(NamedTuple):
    """A row of the table of vectors."""

    number: int
    text_key: str
    vector: Vector | None


class Filling:
    """Fills the tables of a full artifact, a page of entries at a time.

    Rows go through a file of JSON lines, which DuckDB reads with the columns' own types; vectors go as columns of
    numbers. Both are tens of times as fast as statements with parameters.
    """

    def __init__(self, origin: Origin, scratch: Path) -> None:
        self._origin = origin
        self._scratch = scratch
        self._packages = 0

    def add(self, connection: "DuckDBPyConnection", page: Sequence[ArtifactEntry]) -> None:
        """Write a page of entries."""
        rows: defaultdict[str, list[Row]] = defaultdict(list)
        vectors: list[KeyedVector] = []
        for entry in page:
            for name, row in self._rows(entry, vectors):
                rows[name].append(row)
        for table in TABLES[self._origin.contents]:
            if table.name == "embeddings":
                self._add_vectors(connection, vectors)
            else:
                self._insert(connection, table, rows[table.name])

    def _add_vectors(self, connection: "DuckDBPyConnection", vectors: Sequence[KeyedVector]) -> None:
        key = key_of(self._origin.contents)
        add_vectors(connection, vectors, key, self._origin.dimension, self._scratch)

    def _rows(self, entry: ArtifactEntry, vectors: list[KeyedVector]) -> Iterator[tuple[str, Row]]:
        match entry:
            case PackageEntry():
                self._packages += 1
                vectors.append(KeyedVector(self._packages, entry.key, entry.vector))
                yield "packages", _of_package(self._packages, entry.package)
                yield "packages_fts_source", _words_of_package(self._packages, entry.package)
            case CodeEntry():
                yield from _of_file(entry, vectors)
            case StoredPackage():
                yield "packages", _of_required(entry)
            case _:
                assert_never(entry)

    def _insert(self, connection: "DuckDBPyConnection", table: ArtifactTable, rows: Sequence[Row]) -> None:
        if not rows:
            return
        file = self._scratch / "rows.json"
        with file.open("w", encoding="ascii") as lines:
            lines.writelines(f"{_as_json(row)}\n" for row in rows)
        columns = table.in_form(ArtifactForm.FULL)
        names = ", ".join(column.name for column in columns)
        types = ", ".join(f"'{column.name}': '{column.type}'" for column in columns)
        connection.execute(
            f"INSERT INTO {table.name} SELECT {names} FROM "  # noqa: S608 - names from the schema
            f"read_json(?, format = 'newline_delimited', columns = {{{types}}}, maximum_object_size = {_LONGEST_ROW})",
            [str(file)],
        )
        file.unlink()


_ODD = re.compile(r"\\u(?:0000|d[89a-f])")
"""What NUL, and half a character of UTF-16, look like in JSON; a whole one looks so, too."""

_LONGEST_ROW = 64_000_000
"""Bytes of JSON. Files that are extracted are smaller than that, whole."""


def add_vectors(
    connection: "DuckDBPyConnection", vectors: Sequence[KeyedVector], key: str, dimension: int | None, scratch: Path
) -> None:
    """Add rows to the table of vectors."""
    import numpy

    with_vector = [row for row in vectors if row.vector is not None]
    if with_vector and dimension is not None:
        whole = numpy.frombuffer(b"".join(row.vector or b"" for row in with_vector), dtype="<f4")
        parts = numpy.ascontiguousarray(whole.reshape(len(with_vector), dimension).T)
        numbers = numpy.array([row.number for row in with_vector], dtype=numpy.int64)
        components = {f"c{place}": part for place, part in enumerate(parts)}
        connection.register("new_vectors", {"number": numbers, **components})
        joined = "JOIN new_vectors USING (number)"
        _insert_vectors(connection, with_vector, f"array_value({', '.join(components)})", key, scratch, joined)
        connection.unregister("new_vectors")
    if without := [row for row in vectors if row.vector is None]:
        _insert_vectors(connection, without, "NULL", key, scratch)


def _insert_vectors(
    connection: "DuckDBPyConnection",
    rows: Sequence[KeyedVector],
    vector: str,
    key: str,
    scratch: Path,
    joined: str = "",
) -> None:
    # Texts go by a file here, too: as columns of numpy each takes DuckDB a search for libraries that are not there.
    file = scratch / "keys.json"
    with file.open("w", encoding="ascii") as lines:
        lines.writelines(f"{json.dumps({'number': row.number, 'text_key': row.text_key})}\n" for row in rows)
    keys = "read_json(?, format = 'newline_delimited', columns = {'number': 'BIGINT', 'text_key': 'VARCHAR'})"
    connection.execute(
        f"INSERT INTO embeddings ({key}, text_key, vector) SELECT number, text_key, {vector} "  # noqa: S608
        f"FROM {keys} {joined} ORDER BY number",
        [str(file)],
    )
    file.unlink()


def _of_package(number: int, package: NixPackage) -> Row:
    return {
        "package_id": number,
        "attr": str(package.attr),
        "attr_parts": package.attr.parts,
        "pname": package.pname,
        "version": package.version,
        "description": package.description,
        "long_description": package.long_description,
        "homepages": package.homepages,
        "licenses": [license._asdict() for license in package.licenses],
        "maintainers": [maintainer._asdict() for maintainer in package.maintainers],
        "platforms": package.platforms,
        "assigned_in": _place(package.assigned_in),
        "implemented_in": _place(package.implemented_in),
        "main_program": package.main_program,
        "outputs": package.outputs,
        "system": package.system,
        "is_broken": package.is_broken,
        "is_unfree": package.is_unfree,
        "is_insecure": package.is_insecure,
        "is_unsupported": package.is_unsupported,
        "content_hash": package.content_hash,
    }


def _words_of_package(number: int, package: NixPackage) -> Row:
    called = (*package.attr.parts, package.pname, package.main_program or "")
    names = dict.fromkeys(part for name in called for part in (name.casefold(), *parts_of(name)))
    return {"package_id": number, "names": " ".join(filter(None, names)), "content": package.text}


def _place(position: Position | None) -> Row | None:
    return position._asdict() if position else None


def _of_file(entry: CodeEntry, vectors: list[KeyedVector]) -> Iterator[tuple[str, Row]]:
    file = entry.file
    yield (
        "files",
        {
            "file_id": file.id,
            "path": file.path,
            "language": file.language,
            "size": file.size,
            "content_hash": file.content_hash,
            "skip_reason": file.skip_reason,
            "author": file.author,
            "changed_at": _moment(file.changed_at),
            "created_at": _moment(file.created_at),
        },
    )
    for stored in entry.symbols:
        symbol = stored.symbol
        told = ("name", "qualified_name", "kind", "visibility", "start_line", "end_line", "head_line", "signature")
        row = {name: getattr(symbol, name) for name in (*told, "doc")}
        yield "symbols", {"symbol_id": stored.id, "file_id": stored.file_id, "parent_id": stored.parent_id, **row}
    for held in entry.snippets:
        yield from _of_snippet(held, vectors)


def _of_snippet(held: SnippetEntry, vectors: list[KeyedVector]) -> Iterator[tuple[str, Row]]:
    stored, snippet = held.stored, held.stored.snippet
    vectors.append(KeyedVector(stored.id, snippet.content_hash, held.vector))
    told = ("path", "language", "kind", "symbol", "header", "start_line", "end_line", "content")
    row = {name: getattr(snippet, name) for name in told}
    yield "snippets", {"snippet_id": stored.id, "file_id": stored.file_id, **row}
    names = spaced(f"{snippet.path} {snippet.symbol or ''}")
    yield "snippets_fts_source", {"snippet_id": stored.id, "names": names, "content": spaced(snippet.content)}


def _of_required(stored: StoredPackage) -> Row:
    package = stored.package
    told = ("path", "kind", "name", "version", "description", "manifest")
    return {"package_id": stored.id, **{name: getattr(package, name) for name in told}}


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ") if moment else None


def _as_json(row: Row) -> str:
    """A row as JSON; nearly none has anything in it that must be cleaned."""
    text = json.dumps(row)
    return json.dumps(_clean(row)) if _ODD.search(text) else text


def _clean(value: Any) -> Any:
    """Text without what no UTF-8 has, and without NUL, which DuckDB would end a JSON text at."""
    if isinstance(value, str):
        plain = value if "\0" not in value else value.replace("\0", "\ufffd")
        return plain if plain.isascii() else plain.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {name: _clean(part) for name, part in value.items()}
    if isinstance(value, Iterable):
        return [_clean(part) for part in value]
    return value
