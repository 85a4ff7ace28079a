"""No answer is longer than was allowed, whatever is to be said."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodit.application.asking.answers import Definitions, Outline, Uses
from kodit.application.asking.rows import FoundAlias, FoundFile, FoundPackage, FoundReference, FoundSymbol
from kodit.application.files.file_reading import FileLines
from kodit.application.files.grep import GrepFile, GrepLine, GrepResult
from kodit.application.files.ports import Sought
from kodit.application.reports import SearchResult
from kodit.domain.code.reference import ReferenceKind
from kodit.domain.code.snippet import SnippetKind
from kodit.domain.code.symbol import SymbolKind, Visibility
from kodit.domain.search.query import Hit, Query
from kodit.domain.sources.manifest import PackageKind
from kodit.interfaces.mcp.code import definitions_text, lines_text, outline_text, uses_text
from kodit.interfaces.mcp.passages import Passage, put_passages
from kodit.interfaces.mcp.searching import found_text, matched_text
from kodit.interfaces.mcp.sheet import BYTES_PER_TOKEN, LEAST_TOKENS, MOST_TOKENS, Sheet, cost, shown, span
from kodit.interfaces.mcp.sources import packages_text

TEXTS = st.text(alphabet=st.sampled_from('abc \n\t"\\é漢😀\ud800\0') | st.characters(), max_size=80)
LINES = st.lists(TEXTS.map(lambda text: text.replace("\n", " ")) | st.just("x" * 5_000), max_size=12)
TOKENS = st.integers(min_value=-5, max_value=600) | st.just(10**9)
FEW = settings(max_examples=30, deadline=None)
NUMBERS = st.integers(min_value=1, max_value=10**6)
FILES = st.builds(FoundFile, id=NUMBERS, source=TEXTS, path=TEXTS, language=TEXTS)
SYMBOLS = st.builds(
    FoundSymbol,
    id=NUMBERS,
    file_id=NUMBERS,
    parent_id=st.none() | NUMBERS,
    source=TEXTS,
    path=TEXTS,
    language=TEXTS,
    line=NUMBERS,
    start_line=NUMBERS,
    end_line=NUMBERS,
    name=TEXTS,
    qualified_name=TEXTS,
    kind=st.sampled_from(SymbolKind),
    visibility=st.sampled_from(Visibility),
    signature=TEXTS,
    doc=TEXTS,
)
REFERENCES = st.builds(
    FoundReference,
    file_id=NUMBERS,
    source=TEXTS,
    path=TEXTS,
    language=TEXTS,
    line=NUMBERS,
    column=NUMBERS,
    kind=st.sampled_from(ReferenceKind),
    name=TEXTS,
    qualifier=TEXTS,
    inside=st.none() | TEXTS,
    target_id=st.none() | NUMBERS,
    external=st.none() | TEXTS,
    text=TEXTS,
)
HITS = st.builds(
    Hit,
    snippet_id=NUMBERS,
    path=TEXTS,
    start_line=NUMBERS,
    end_line=NUMBERS,
    language=TEXTS,
    symbol=st.none() | TEXTS,
    kind=st.sampled_from(SnippetKind),
    source=TEXTS,
    commit=st.none(),
    score=st.just(1.0),
    ranks=st.just({}),
    content=LINES.map("\n".join),
)
GREP_LINES = st.builds(GrepLine, number=NUMBERS, text=TEXTS, matches=st.booleans())
GREP_FILES = st.builds(GrepFile, file=FILES, lines=st.lists(GREP_LINES, min_size=1, max_size=20))
PACKAGES = st.builds(
    FoundPackage,
    id=NUMBERS,
    source=TEXTS,
    name=TEXTS,
    kind=st.sampled_from(PackageKind),
    path=TEXTS,
    version=st.none() | TEXTS,
    description=st.none() | TEXTS,
    manifest=st.none(),
    files=NUMBERS,
    symbols=NUMBERS,
)


def within(text, tokens):
    allowed = max(LEAST_TOKENS, min(tokens, MOST_TOKENS)) * BYTES_PER_TOKEN
    return len(text.encode("utf-8")) <= allowed


@FEW
@given(st.lists(HITS, max_size=6), TEXTS, TOKENS)
def test_answers_to_a_search_fit(hits, ending, tokens):
    result = SearchResult(query=Query(text="x"), hits=hits, took_ms=1)
    assert within(found_text(Sheet(tokens, ending), result), tokens)


@FEW
@given(st.lists(GREP_FILES, max_size=5), st.booleans(), TEXTS, TOKENS)
def test_lines_that_match_fit(files, more, ending, tokens):
    result = GrepResult(sought=Sought(pattern="x"), files=files, more=more, unread=3, took_ms=1)
    assert within(matched_text(Sheet(tokens, ending), result), tokens)


@FEW
@given(FILES, LINES, NUMBERS, TOKENS)
def test_the_lines_of_a_file_fit(file, lines, start, tokens):
    read = FileLines(file=file, start_line=start, lines=lines, total=10**6)
    assert within(lines_text(Sheet(tokens), read), tokens)


@FEW
@given(FILES, st.lists(SYMBOLS, max_size=12, unique_by=lambda symbol: symbol.id), TOKENS)
def test_an_outline_fits(file, symbols, tokens):
    assert within(outline_text(Sheet(tokens), Outline(file=file, symbols=symbols)), tokens)


@FEW
@given(st.lists(SYMBOLS, max_size=8), st.lists(REFERENCES, max_size=9), LINES, TEXTS, TOKENS)
def test_definitions_fit(symbols, references, code, ending, tokens):
    found = Definitions(asked="x", symbols=symbols, references=references, exact=False)
    assert within(definitions_text(Sheet(tokens, ending), found, [code] * len(symbols[:5])), tokens)


@FEW
@given(st.lists(SYMBOLS, max_size=8), st.lists(REFERENCES, max_size=8), TEXTS, TOKENS)
def test_references_fit(symbols, references, ending, tokens):
    found = Uses(
        asked="x", symbols=symbols, references=references, unresolved=references, outside=(), more=True, unlinked=4
    )
    assert within(uses_text(Sheet(tokens, ending), found), tokens)


@FEW
@given(st.lists(PACKAGES, max_size=10), TEXTS, TOKENS)
def test_packages_fit(packages, ending, tokens):
    assert within(packages_text(Sheet(tokens, ending), packages), tokens)


@FEW
@given(st.lists(st.tuples(TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=3)), max_size=20), TOKENS)
def test_what_is_said_twice_fits_together(rows, tokens):
    sheet = Sheet(tokens)
    for line, row in rows:
        sheet.put(line, beside=row)
    assert within(sheet.text() + json.dumps(sheet.rows), tokens)


def test_lines_are_put_all_or_none_and_the_end_stands_in_any_case():
    sheet = Sheet(LEAST_TOKENS, "the end")
    assert not sheet.put("short", "x" * 1_000)
    assert sheet.put("short")
    sheet.note("3 left out")
    assert sheet.text() == "short\n3 left out\nthe end"


def test_a_sheet_that_is_full_takes_no_more_and_the_note_still_fits():
    sheet = Sheet(LEAST_TOKENS, "e" * 5_000)
    while sheet.put("x" * 9):
        pass
    sheet.note("n" * 5_000)
    assert len(sheet.text()) <= LEAST_TOKENS * BYTES_PER_TOKEN
    assert sheet.text().count("…") == 2


@pytest.mark.parametrize(("first", "last", "told"), [(3, 3, "3"), (3, 9, "3-9")])
def test_lines_are_told_by_their_numbers(first, last, told):
    assert span(first, last) == told


def test_a_long_line_is_shown_in_part():
    assert shown("ab  ") == "ab"
    assert shown("x" * 1_000) == f"{'x' * 300}… (1000 characters)"
    assert cost("é") == 3


def a_passage(number, lines):
    return Passage(headline=f"## {number}", start_line=10, lines=["x" * 20] * lines)


def test_what_is_short_is_shown_whole():
    sheet = Sheet(LEAST_TOKENS)
    assert put_passages(sheet, [a_passage(1, 2), a_passage(2, 2)]) == 0
    assert sheet.text().splitlines() == ["## 1", "x" * 20, "x" * 20, "## 2", "x" * 20, "x" * 20]


def test_a_long_piece_leaves_room_for_the_next_and_says_where_the_rest_is():
    sheet = Sheet(1_000)
    assert put_passages(sheet, [a_passage(1, 300), a_passage(2, 3)]) == 0
    lines = sheet.text().splitlines()
    at = lines.index("## 2")
    assert lines[at - 1] == f"… read_file has {10 + at - 2}-309"
    assert lines[at + 1 :] == ["x" * 20] * 3


def test_headlines_that_there_is_no_room_for_are_counted():
    passages = [a_passage(number, 5) for number in range(500)]
    assert put_passages(Sheet(LEAST_TOKENS), passages) > 400


def test_what_only_an_import_makes_known_is_told():
    alias = FoundAlias(
        source="http",
        path="server.py",
        line=94,
        local="http.client",
        target_id=None,
        leads_to="client.py",
        external=None,
    )
    found = Definitions(asked="http.client", symbols=(), aliases=[alias])
    assert "server.py:94 http.client is the file client.py" in definitions_text(Sheet(500), found, [])
