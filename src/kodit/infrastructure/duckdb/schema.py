"""The tables of artifacts: every column of both forms, and how a minified one is made from a full one."""

from dataclasses import dataclass

from kodit.domain.artifacts.artifact import ENTRIES, ArtifactContents, ArtifactForm

EXCERPT_LINES = 12
"""Lines of a snippet that a minified artifact shows: as many as `kodit search` does."""

_EXCERPT = f"array_to_string(list_slice(string_split(content, chr(10)), 1, {EXCERPT_LINES}), chr(10))"
# A name with a comma in it would read as two.
LICENSE_LABELS = "list_transform(licenses, lambda one: replace(coalesce(one.spdx_id, one.name), ',', ';'))"
LICENSES = f"array_to_string({LICENSE_LABELS}, ', ')"
_MAINTAINERS = "array_to_string(list_transform(maintainers, lambda one: replace(one.name, ',', ';')), ', ')"
HOMEPAGES = "array_to_string(homepages, ', ')"


@dataclass(frozen=True, slots=True)
class ArtifactColumn:
    """A column of a full artifact. `type` is DuckDB's; `FLOAT[n]` has the dimension of the vectors for n.

    `minified` is what a minified artifact has in its place, as an expression over the full table: the column itself by
    default, None where it has none. It is text then, unless it is the column itself.
    """

    name: str
    type: str
    meaning: str
    minified: str | None = ""

    def kept_as(self) -> str | None:
        """Its expression in a minified artifact, None where there is none."""
        return self.name if self.minified == "" else self.minified

    def type_in(self, form: ArtifactForm) -> str | None:
        """Its type in a form, None where that has no such column."""
        if form is ArtifactForm.FULL or self.minified == "":
            return self.type
        return None if self.minified is None else "VARCHAR"


@dataclass(frozen=True, slots=True)
class ArtifactTable:
    """A table; the rows of the first column tell it apart and order it."""

    name: str
    meaning: str
    columns: tuple[ArtifactColumn, ...]

    @property
    def key(self) -> str:
        """The column that tells its rows apart."""
        return self.columns[0].name

    def in_form(self, form: ArtifactForm) -> tuple[ArtifactColumn, ...]:
        """The columns that a form has."""
        return tuple(column for column in self.columns if column.type_in(form) is not None)


def _c(name: str, type_: str, meaning: str, minified: str | None = "") -> ArtifactColumn:
    return ArtifactColumn(name, type_, meaning, minified)


_PLACE = "STRUCT(path VARCHAR, line INTEGER)"
_LICENSE = "STRUCT(name VARCHAR, spdx_id VARCHAR, is_free BOOLEAN)[]"
_MAINTAINER = "STRUCT(name VARCHAR, email VARCHAR, github VARCHAR)[]"

_NIX_PACKAGES = ArtifactTable(
    "packages",
    "The packages of a nixpkgs channel.",
    (
        _c("package_id", "BIGINT", "its number, from 1"),
        _c("attr", "VARCHAR", "its attribute path, with dots between"),
        _c("attr_parts", "VARCHAR[]", "the names in its attribute path, outermost first", None),
        _c("pname", "VARCHAR", "what it is called, without its version"),
        _c("version", "VARCHAR", "its version, empty where its name has none"),
        _c("description", "VARCHAR", "what it is, in a line"),
        _c("long_description", "VARCHAR", "what it is, at length", None),
        _c("homepages", "VARCHAR[]", "where it is at home; minified: with commas between", HOMEPAGES),
        _c("licenses", _LICENSE, "its licences; minified: SPDX identifiers, else names, with commas between", LICENSES),
        _c("maintainers", _MAINTAINER, "who cares for it; minified: their names, with commas between", _MAINTAINERS),
        _c("platforms", "VARCHAR[]", "the systems that it is for", None),
        _c("assigned_in", _PLACE, "where the attribute is given its value", None),
        _c("implemented_in", _PLACE, "where the package is written down", None),
        _c("main_program", "VARCHAR", "the program that one calls it for"),
        _c("outputs", "VARCHAR[]", "the parts that it is built in", None),
        _c("system", "VARCHAR", "the system that it was evaluated for", None),
        _c("is_broken", "BOOLEAN", "whether it is known not to build"),
        _c("is_unfree", "BOOLEAN", "whether its terms restrict its use"),
        _c("is_insecure", "BOOLEAN", "whether it is known to be vulnerable"),
        _c("is_unsupported", "BOOLEAN", "whether it is not for the system that it was evaluated for"),
        _c("content_hash", "VARCHAR", "SHA-256 of all that is known of it", None),
    ),
)


def _embeddings(key: str, what: str) -> ArtifactTable:
    return ArtifactTable(
        "embeddings",
        f"A vector for each {what}.",
        (
            _c(key, "BIGINT", f"the {what}"),
            _c("text_key", "VARCHAR", "what kodit keeps the vector by: the SHA-256 of what was embedded", None),
            _c("vector", "FLOAT[n]", "of unit length; NULL where the model knows nothing of the text"),
        ),
    )


def _fts_source(name: str, key: str, what: str, content: str) -> ArtifactTable:
    return ArtifactTable(
        name,
        f"What a full-text search looks at in each {what}.",
        (
            _c(key, "BIGINT", f"the {what}"),
            _c("names", "VARCHAR", "the words of what it is called, cut into their parts"),
            _c("content", "VARCHAR", content),
        ),
    )


_FILES = ArtifactTable(
    "files",
    "The files of a source.",
    (
        _c("file_id", "BIGINT", "its number in the index"),
        _c("path", "VARCHAR", "where it lies, relative to the root of the source"),
        _c("language", "VARCHAR", "what it is written in"),
        _c("size", "BIGINT", "bytes", None),
        _c("content_hash", "VARCHAR", "the SHA-256 of its content, or git's id of it", None),
        _c("skip_reason", "VARCHAR", "why it has no snippets", None),
        _c("author", "VARCHAR", "who changed it last", None),
        _c("changed_at", "TIMESTAMP", "when that was, in UTC", None),
        _c("created_at", "TIMESTAMP", "when it was added, in UTC", None),
    ),
)
_SNIPPETS = ArtifactTable(
    "snippets",
    "The pieces that files are cut into.",
    (
        _c("snippet_id", "BIGINT", "its number in the index"),
        _c("file_id", "BIGINT", "its file"),
        _c("path", "VARCHAR", "where that lies"),
        _c("language", "VARCHAR", "what it is written in"),
        _c("kind", "VARCHAR", "what it is: function, class, section, ..."),
        _c("symbol", "VARCHAR", "the qualified name of what it defines"),
        _c("header", "VARCHAR", "the line or lines that enclose it", None),
        _c("start_line", "INTEGER", "its first line, from 1"),
        _c("end_line", "INTEGER", "its last line"),
        _c("content", "VARCHAR", f"its text; minified: the first {EXCERPT_LINES} lines of it", _EXCERPT),
    ),
)
_SYMBOLS = ArtifactTable(
    "symbols",
    "What the files define.",
    (
        _c("symbol_id", "BIGINT", "its number in the index"),
        _c("file_id", "BIGINT", "its file"),
        _c("parent_id", "BIGINT", "the symbol that encloses it", None),
        _c("name", "VARCHAR", "what it is called", None),
        _c("qualified_name", "VARCHAR", "the same, behind the names of what encloses it"),
        _c("kind", "VARCHAR", "what it is: function, class, field, ..."),
        _c("visibility", "VARCHAR", "who may use it", None),
        _c("start_line", "INTEGER", "its first line, from 1", None),
        _c("end_line", "INTEGER", "its last line", None),
        _c("head_line", "INTEGER", "the line of its name"),
        _c("signature", "VARCHAR", "its head in one line", None),
        _c("doc", "VARCHAR", "its documentation comment", None),
    ),
)
_CODE_PACKAGES = ArtifactTable(
    "packages",
    "The packages that the manifests of a source describe.",
    (
        _c("package_id", "BIGINT", "its number in the index"),
        _c("path", "VARCHAR", "its directory, empty for the root of the source"),
        _c("kind", "VARCHAR", "what kind of package it is"),
        _c("name", "VARCHAR", "what it is called"),
        _c("version", "VARCHAR", "its version"),
        _c("description", "VARCHAR", "what it is", None),
        _c("manifest", "VARCHAR", "the path of the file that describes it", None),
    ),
)

TABLES = {
    ArtifactContents.PACKAGES: (
        _NIX_PACKAGES,
        _fts_source("packages_fts_source", "package_id", "package", "what it is called and what it is for"),
        _embeddings("package_id", "package"),
    ),
    ArtifactContents.CODE: (
        _FILES,
        _CODE_PACKAGES,
        _SYMBOLS,
        _SNIPPETS,
        _fts_source("snippets_fts_source", "snippet_id", "snippet", "the words of its text, cut into their parts"),
        _embeddings("snippet_id", "snippet"),
    ),
}
"""The tables of each kind of artifact, in the order in which they are written."""

MANIFEST = ArtifactTable(
    "manifest",
    "What the artifact says of itself, one entry a row.",
    (
        _c("key", "VARCHAR", "what the entry is: a field of the list below"),
        _c("value", "JSON", "what it says"),
    ),
)


def fts_source(contents: ArtifactContents) -> str:
    """The table that the full-text index is over."""
    return f"{ENTRIES[contents]}_fts_source"


def key_of(contents: ArtifactContents) -> str:
    """The column that names an entry in every table about it."""
    return "package_id" if contents is ArtifactContents.PACKAGES else "snippet_id"


def definition(table: ArtifactTable, form: ArtifactForm, dimension: int | None) -> str:
    """The statement that makes a table. Without a dimension, vectors are of any length: there are none."""
    of_vectors = "FLOAT[]" if dimension is None else f"FLOAT[{dimension}]"
    columns = [
        f"{column.name} {of_vectors if column.type == 'FLOAT[n]' else column.type_in(form)}"
        for column in table.in_form(form)
    ]
    return f"CREATE TABLE {table.name} ({', '.join(columns)})"
