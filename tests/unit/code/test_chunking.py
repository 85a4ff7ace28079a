import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.code.chunking import CROWDED_LINE, FUNCTION_LINES, REMARK_LINES, snippets_of
from kodit.domain.code.definition import TABLE_LENGTH, Definition, ParsedFile
from kodit.domain.code.page import WINDOW_CHARACTERS, WINDOW_LINES
from kodit.domain.code.snippet import SnippetKind, content_hash

FUNCTION, CLASS, METHOD = SnippetKind.FUNCTION, SnippetKind.CLASS, SnippetKind.METHOD
CONSTANT, MODULE, BLOCK, WINDOW = SnippetKind.CONSTANT, SnippetKind.MODULE, SnippetKind.BLOCK, SnippetKind.WINDOW
LATE = 10_000


def defined(kind, name, first, last, *, start=0, end=LATE, body=None):
    return Definition(kind=kind, name=name, start=(first, start), end=(last, end), head_line=first, body=body)


def cut(text, *definitions, leading=None, language="python"):
    parsed = ParsedFile(definitions=definitions, leading=leading or {})
    return snippets_of("a.py", language, text, parsed)


def shape(snippets):
    return [(snippet.kind, snippet.symbol, snippet.start_line, snippet.end_line) for snippet in snippets]


def numbered(count):
    return "\n".join(f"line {number}" for number in range(1, count + 1))


def assert_nothing_lost(text, snippets):
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    covered = set()
    for snippet in snippets:
        assert snippet.content == "\n".join(lines[snippet.start_line - 1 : snippet.end_line])
        assert snippet.content.strip()
        assert snippet.content_hash == content_hash(
            snippet.path, snippet.content, symbol=snippet.symbol, header=snippet.header
        )
        covered.update(range(snippet.start_line, snippet.end_line + 1))
    assert covered == (set(range(1, len(lines) + 1)) if text.strip() else set())


def test_what_lies_between_definitions_makes_blocks():
    text = "import os\n\ndef f():\n    pass\n\nprint(f())\n"
    assert shape(cut(text, defined(FUNCTION, "f", 3, 4))) == [
        (BLOCK, None, 1, 2),
        (FUNCTION, "f", 3, 5),
        (BLOCK, None, 6, 6),
    ]


def test_comments_above_a_definition_belong_to_it():
    text = "x()\n# one\n# two\ndef f():\n    pass"
    assert shape(cut(text, defined(FUNCTION, "f", 4, 5), leading={2: 2, 3: 3})) == [
        (BLOCK, None, 1, 1),
        (FUNCTION, "f", 2, 5),
    ]


def test_a_short_remark_apart_from_the_definition_below_belongs_to_it():
    text = "X = 1\n\n# Helpers.\n\ndef f():\n    pass"
    snippets = cut(text, defined(CONSTANT, "X", 1, 1), defined(FUNCTION, "f", 5, 6), leading={3: 3})
    assert shape(snippets) == [(CONSTANT, "X", 1, 2), (FUNCTION, "f", 3, 6)]


def test_a_comment_at_the_head_of_a_file_or_a_long_one_stays_apart():
    text = "# license\n\ndef f():\n    pass"
    assert shape(cut(text, defined(FUNCTION, "f", 3, 4), leading={1: 1}))[0] == (BLOCK, None, 1, 2)
    long_comment = {line: line for line in range(2, 2 + REMARK_LINES)}
    snippets = cut(numbered(20), defined(FUNCTION, "f", 10, 20), leading=long_comment)
    assert shape(snippets)[0] == (BLOCK, None, 1, 9)


def test_a_header_ends_where_a_comment_begins():
    text = "class A:\n    # why\n    x = 1\n    def m(self):\n        pass"
    definitions = defined(CLASS, "A", 1, 5, body=(3, 4)), defined(FUNCTION, "m", 4, 5)
    assert cut(text, *definitions, leading={2: 2})[1].header == "class A:"


def test_a_small_class_is_one_snippet_besides_its_methods():
    text = "class A(B):\n    x = 1\n\n    def m(self):\n        pass\n\n\ny()"
    snippets = cut(text, defined(CLASS, "A", 1, 5, body=(2, 4)), defined(FUNCTION, "m", 4, 5))
    assert shape(snippets) == [(CLASS, "A", 1, 7), (METHOD, "A.m", 4, 5), (BLOCK, None, 8, 8)]
    assert [snippet.header for snippet in snippets] == [None, "class A(B):", None]


def test_a_big_class_is_its_methods_and_what_lies_between_them():
    text = numbered(80)
    snippets = cut(
        text, defined(CLASS, "A", 1, 80, body=(3, 0)), defined(FUNCTION, "m", 10, 49), defined(FUNCTION, "n", 60, 80)
    )
    assert shape(snippets) == [
        (CLASS, "A", 1, 9),
        (METHOD, "A.m", 10, 49),
        (CLASS, "A", 50, 59),
        (METHOD, "A.n", 60, 80),
    ]
    assert [snippet.header for snippet in snippets] == [None, *["line 1\nline 2"] * 3]


def test_a_big_class_whose_first_method_is_on_its_own_line_can_still_be_found():
    text = numbered(80)
    snippets = cut(text, defined(CLASS, "A", 1, 80), defined(FUNCTION, "m", 1, 80, start=10, end=50))
    assert shape(snippets)[:2] == [(METHOD, "A.m", 1, 80), (CLASS, "A", 1, 1)]


def test_a_module_is_its_members_and_never_a_snippet_as_a_whole():
    text = "namespace a {\nvoid f() {\n}\n}"
    snippets = cut(text, defined(MODULE, "a", 1, 4, body=(1, 12)), defined(FUNCTION, "f", 2, 3))
    assert shape(snippets) == [(MODULE, "a", 1, 1), (FUNCTION, "a.f", 2, 4)]
    assert snippets[1].header == "namespace a {"


def test_functions_within_functions_stay_part_of_them():
    text = numbered(6)
    snippets = cut(text, defined(FUNCTION, "f", 1, 6), defined(FUNCTION, "g", 2, 3), defined(CLASS, "C", 4, 5))
    assert shape(snippets) == [(FUNCTION, "f", 1, 6)]


def test_constants_within_a_class_stay_part_of_it():
    assert shape(cut(numbered(3), defined(CLASS, "A", 1, 3), defined(CONSTANT, "X", 2, 2))) == [(CLASS, "A", 1, 3)]


def test_a_table_of_one_line_definitions_is_read_in_windows():
    count = TABLE_LENGTH + 1
    snippets = cut(numbered(count), *(defined(CONSTANT, f"C{n}", n, n) for n in range(1, count + 1)))
    assert {snippet.kind for snippet in snippets} == {BLOCK}
    assert_nothing_lost(numbered(count), snippets)
    assert len(cut(numbered(count), *(defined(CONSTANT, f"C{n}", n, n) for n in range(1, count)))) == count


def test_a_very_long_function_is_cut_into_windows_that_bear_its_symbol():
    text = numbered(FUNCTION_LINES + 1)
    snippets = cut(text, defined(FUNCTION, "f", 1, FUNCTION_LINES + 1, body=(2, 0)))
    assert len(snippets) == 3
    assert {(snippet.kind, snippet.symbol) for snippet in snippets} == {(FUNCTION, "f")}
    assert [snippet.header for snippet in snippets] == [None, "line 1", "line 1"]
    assert_nothing_lost(text, snippets)


def test_a_long_function_stays_whole():
    assert len(cut(numbered(FUNCTION_LINES), defined(FUNCTION, "f", 1, FUNCTION_LINES))) == 1


def test_closing_brackets_stay_with_what_they_close():
    text = "mod a {\nfn f() {\n}\n} // mod a\n\nx"
    snippets = cut(text, defined(MODULE, "a", 1, 4), defined(FUNCTION, "f", 2, 3))
    assert shape(snippets) == [(MODULE, "a", 1, 1), (FUNCTION, "a.f", 2, 5), (BLOCK, None, 6, 6)]


def test_two_definitions_on_one_line_are_both_found():
    text = "int f() {} int g() {}"
    snippets = cut(text, defined(FUNCTION, "f", 1, 1, end=10), defined(FUNCTION, "g", 1, 1, start=11))
    assert shape(snippets) == [(FUNCTION, "f", 1, 1), (FUNCTION, "g", 1, 1)]


def test_a_crowded_line_is_not_repeated_for_each_of_its_definitions():
    text = "f(){}" * CROWDED_LINE
    definitions = [defined(FUNCTION, f"f{n}", 1, 1, start=5 * n, end=5 * n + 5) for n in range(CROWDED_LINE)]
    assert len(cut(text, *definitions)) == 1


def test_a_member_that_ends_before_it_begins_is_no_blank_snippet():
    text = "\n}"
    member = Definition(kind=FUNCTION, name="f", start=(2, 0), end=(0, 0), head_line=2, body=None)
    snippets = cut(text, defined(CLASS, "A", 0, 2), member)
    assert_nothing_lost(text, snippets)


def test_windows_break_at_blank_lines():
    text = "\n".join("" if number == 40 else "text" for number in range(1, 71))
    assert shape(snippets_of("a.txt", "text", text)) == [(WINDOW, None, 1, 40), (WINDOW, None, 41, 70)]


def test_windows_without_blank_lines_break_where_indentation_is_least():
    text = "\n".join("top" if number in (1, 40) else "    deep" for number in range(1, 71))
    assert shape(snippets_of("a.kt", "kotlin", text))[1][2] == 40


def test_windows_are_bounded_in_characters():
    text = "\n".join(["x" * 1_000] * 20)
    snippets = snippets_of("a.csv", "csv", text)
    assert max(len(snippet.content) for snippet in snippets) <= WINDOW_CHARACTERS
    assert_nothing_lost(text, snippets)


def test_a_line_longer_than_a_window_is_kept_whole():
    text = "short\n" + "x" * (WINDOW_CHARACTERS + 1) + "\nshort"
    assert_nothing_lost(text, snippets_of("a.txt", "text", text))


def test_sections_bear_their_heading_and_know_what_encloses_them():
    snippets = snippets_of("a.md", "markdown", "# Guide\nintro\n## Install\nrun it\n")
    assert shape(snippets) == [(SnippetKind.SECTION, "Guide", 1, 2), (SnippetKind.SECTION, "Install", 3, 4)]
    assert [snippet.header for snippet in snippets] == [None, "Guide"]


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n\x0c"])
def test_a_blank_text_has_no_snippets(text):
    assert cut(text, defined(FUNCTION, "f", 1, 1)) == ()


LINES = st.sampled_from(
    ["", "   ", "}", "text", "    deep text", "# Title", "===", "```", "x" * 1_500, "a\u2028b\x0c\x85c\rd"]
)
TEXTS = st.lists(
    st.one_of(LINES, LINES, st.text(st.characters(exclude_characters="\n"), max_size=5)), max_size=200
).map("\n".join)
POSITIONS = st.tuples(st.integers(-3, 210), st.integers(0, 9))
DEFINITIONS = st.lists(
    st.builds(
        Definition,
        kind=st.sampled_from([FUNCTION, CLASS, METHOD, CONSTANT, MODULE, SnippetKind.ENUM, SnippetKind.TYPE]),
        name=st.sampled_from("abc"),
        start=POSITIONS,
        end=POSITIONS,
        head_line=st.integers(-3, 210),
        body=st.none() | POSITIONS,
    ),
    max_size=25,
)
LEADING = st.dictionaries(st.integers(-3, 210), st.integers(-3, 210), max_size=20)


@given(TEXTS, DEFINITIONS, LEADING)
def test_no_line_is_lost_whatever_a_parser_says(text, definitions, leading):
    assert_nothing_lost(text, cut(text, *definitions, leading=leading))


@given(TEXTS, DEFINITIONS, st.randoms(use_true_random=False))
def test_the_order_in_which_a_parser_finds_definitions_does_not_matter(text, definitions, random):
    distinct = list({(d.start, d.end): d for d in definitions}.values())
    shuffled = list(distinct)
    random.shuffle(shuffled)
    assert cut(text, *shuffled) == cut(text, *distinct)


@given(TEXTS, st.sampled_from(["text", "markdown", "rst", "kotlin"]))
def test_no_line_is_lost_without_a_parser(text, language):
    assert_nothing_lost(text, snippets_of("a.x", language, text))


@given(TEXTS)
def test_snippets_without_definitions_neither_overlap_nor_exceed_a_window_by_more_than_blank_lines(text):
    last = 0
    for snippet in snippets_of("a.x", "text", text):
        assert snippet.start_line == last + 1
        last = snippet.end_line
        assert len([line for line in snippet.content.split("\n") if line.strip()]) <= WINDOW_LINES
