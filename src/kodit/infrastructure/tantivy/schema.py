"""The layout of the tantivy index: its fields, its documents, its queries."""

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

from kodit.domain.search import globs
from kodit.domain.search.fields import WEIGHTS, Field, document_fields, query_terms
from kodit.domain.search.query import Document, Filters

if TYPE_CHECKING:
    import tantivy

LAYOUT = "1"
"""Changes with the fields below and with the tokens written into them; another layout on disk is started afresh."""

INDEX_ID = "index_id"
SNIPPET_ID = "snippet_id"
LANGUAGE = "language"
PATH = "path"


def schema() -> "tantivy.Schema":
    """The fields. Tokens arrive with spaces between them, so whitespace is all there is left to cut at."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field(SNIPPET_ID, indexed=True, fast=True)
    builder.add_integer_field(INDEX_ID, indexed=True, fast=True)
    builder.add_text_field(LANGUAGE, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(PATH, tokenizer_name="raw", index_option="basic")
    for field in Field:
        builder.add_text_field(field.value, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def as_tantivy(index_id: int, document: Document) -> "tantivy.Document":
    """One document for the writer."""
    import tantivy

    result = tantivy.Document()
    result.add_integer(SNIPPET_ID, document.snippet_id)
    result.add_integer(INDEX_ID, index_id)
    result.add_text(LANGUAGE, _storable(document.language))
    result.add_text(PATH, _storable(document.path))
    for field, text in document_fields(document).items():
        result.add_text(field.value, text)
    return result


def held_by(layout: "tantivy.Schema", index_id: int, snippet_ids: Sequence[int] | None = None) -> "tantivy.Query":
    """All documents of one index, or those of them that have one of the given ids."""
    import tantivy

    owned = tantivy.Query.term_query(layout, INDEX_ID, index_id)
    if snippet_ids is None:
        return owned
    chosen = tantivy.Query.term_set_query(layout, SNIPPET_ID, snippet_ids)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, owned), (tantivy.Occur.Must, chosen)])


def asked(
    searcher: "tantivy.Searcher", layout: "tantivy.Schema", text: str, filters: Filters
) -> "tantivy.Query | None":
    """The query for a text and its filters; None for a text without tokens."""
    import tantivy

    terms = [
        (
            tantivy.Occur.Should,
            tantivy.Query.boost_query(
                tantivy.Query.term_query(layout, field.value, token, index_option="freq"), WEIGHTS[field]
            ),
        )
        for field, token in query_terms(text)
    ]
    if not terms:
        return None
    musts = [tantivy.Query.boolean_query(terms)]
    # A filter's own score would be added to the document's.
    musts += [tantivy.Query.const_score_query(one, 0.0) for one in _filters(searcher, layout, filters)]
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in musts])


def _filters(searcher: "tantivy.Searcher", layout: "tantivy.Schema", filters: Filters) -> "list[tantivy.Query]":
    import tantivy

    found = []
    if filters.index_ids:
        found.append(tantivy.Query.term_set_query(layout, INDEX_ID, sorted(filters.index_ids)))
    if filters.languages:
        languages = sorted(map(_storable, filters.languages))
        found.append(tantivy.Query.term_set_query(layout, LANGUAGE, languages))
    if filters.paths:
        alternatives = [(tantivy.Occur.Should, _path_filter(searcher, layout, glob)) for glob in filters.paths]
        found.append(tantivy.Query.boolean_query(alternatives))
    if filters.files is not None:
        found.append(_file_filter(layout, filters.files))
    if filters.snippets is not None:
        found.append(_snippet_filter(layout, filters.snippets))
    return found


def _file_filter(layout: "tantivy.Schema", files: Set[tuple[int, str]]) -> "tantivy.Query":
    import tantivy

    by_index: dict[int, list[str]] = {}
    for index_id, path in sorted(files):
        by_index.setdefault(index_id, []).append(_storable(path))
    alternatives = []
    for index_id, paths in by_index.items():
        both = (
            tantivy.Query.term_query(layout, INDEX_ID, index_id),
            tantivy.Query.term_set_query(layout, PATH, paths),
        )
        alternatives.append(
            (tantivy.Occur.Should, tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in both]))
        )
    return tantivy.Query.boolean_query(alternatives) if alternatives else tantivy.Query.empty_query()


def _snippet_filter(layout: "tantivy.Schema", snippets: Set[int]) -> "tantivy.Query":
    import tantivy

    chosen = sorted(snippets)
    return tantivy.Query.term_set_query(layout, SNIPPET_ID, chosen) if chosen else tantivy.Query.empty_query()


def _path_filter(searcher: "tantivy.Searcher", layout: "tantivy.Schema", glob: str) -> "tantivy.Query":
    import tantivy

    try:
        return tantivy.Query.regex_query(layout, PATH, globs.regex_source(_storable(glob)))
    except ValueError:
        # The engine's automaton has at most 1,000 states; for a longer pattern each path is looked at.
        paths = (path for path, _ in searcher.terms_with_prefix(PATH, ""))
        return tantivy.Query.term_set_query(layout, PATH, [path for path in paths if globs.matches(glob, path)])


def _storable(text: str) -> str:
    """The text without lone surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode("utf-8") if not text.isascii() else text
