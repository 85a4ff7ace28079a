import pytest

from kodit.domain.code.headings import Section, sections
from kodit.domain.code.language import Headings

MARKDOWN = Headings.MARKDOWN
RST = Headings.RESTRUCTUREDTEXT


def cut(text, style=MARKDOWN):
    return [(section.title, section.first, section.last) for section in sections(text.split("\n"), style)]


def test_a_section_runs_to_the_next_heading_of_any_depth():
    assert sections(["# A", "text", "## B", "text", "# C", "text"], MARKDOWN) == [
        Section(1, 2, "A"),
        Section(3, 4, "B", ("A",)),
        Section(5, 6, "C"),
    ]


def test_what_stands_before_the_first_heading_has_no_title():
    assert cut("intro\n\n# A\ntext") == [(None, 1, 2), ("A", 3, 4)]


def test_a_document_without_headings_has_no_sections():
    assert cut("just\ntext") == []


def test_a_heading_without_text_is_kept_with_the_next():
    assert sections(["# Guide", "", "## Install", "text"], MARKDOWN) == [Section(1, 4, "Install", ("Guide",))]


@pytest.mark.parametrize(
    "code",
    [
        "```sh\n# not a heading\n```",
        "~~~~\n# no\n~~~\n# no\n~~~~",
        "````\n```\n# no\n````",
        "```\n# an open fence runs to the end",
    ],
)
def test_a_number_sign_in_fenced_code_is_no_heading(code):
    assert cut(f"# A\n{code}") == [("A", 1, code.count("\n") + 2)]


def test_code_within_a_line_opens_no_fence():
    assert cut("# A\n```x``` is code\n# B\ntext") == [("A", 1, 2), ("B", 3, 4)]


@pytest.mark.parametrize(
    ("line", "title"),
    [("# A #", "A"), ("#\tA", "A"), ("   ### A ###  ", "A"), ("# C#", "C#"), ("#tag", None), ("####### A", None)],
)
def test_headings_are_read_as_commonmark_does(line, title):
    assert [section.title for section in sections([line, "text"], MARKDOWN)] == ([title] if title else [])


def test_underlined_headings():
    assert cut("One\n===\ntext\n\nTwo\n---\ntext") == [("One", 1, 4), ("Two", 5, 7)]


@pytest.mark.parametrize(
    "text", ["text\nof two lines\n---\nmore", "- item\n---\nmore", "| a |\n---\n| b |", "\n---\nrule"]
)
def test_dashes_below_anything_else_are_no_underline(text):
    assert cut(text) == []


def test_front_matter_is_no_heading():
    assert cut("---\n# comment\ntitle: x\n---\n# A\ntext") == [(None, 1, 4), ("A", 5, 6)]


def test_restructured_titles_nest_in_the_order_their_adornments_appear():
    text = "=====\nTitle\n=====\n\ntext\n\nPart\n----\ntext\n\nSub\n~~~\ntext\n\nNext\n----\ntext"
    assert sections(text.split("\n"), RST) == [
        Section(1, 6, "Title"),
        Section(7, 10, "Part", ("Title",)),
        Section(11, 14, "Sub", ("Title", "Part")),
        Section(15, 17, "Next", ("Title",)),
    ]


@pytest.mark.parametrize(
    "text", ["longer title\n---\nx", "a  b\n=== ===\nx", "::\n\n    code\n    ----\nx", "\n-----\nx"]
)
def test_other_adornments_are_no_restructured_titles(text):
    assert cut(text, RST) == []
