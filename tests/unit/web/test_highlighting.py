"""Code in colours."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.code.language import LANGUAGES
from kodit.domain.code.lines import lines_of, normalised
from kodit.interfaces.web.harmless import harmless
from kodit.interfaces.web.highlighting import LONGEST_BLANK, LONGEST_COLOURED_LINE, _lexer, lines_in_colours
from kodit.interfaces.web.marking import Wanted

CODE = st.text(alphabet=st.sampled_from("ab <>&\"'\n\r\t#/*{}()=01_Aé\u202e\x00\ud800"), max_size=200)
NOTHING = Wanted()


def plain(line: str) -> str:
    return unescape(re.sub(r"</?(?:span|mark)[^<>]*>", "", line))


@given(CODE, st.sampled_from(["python", "c", "html", "markdown", "no language"]), st.sampled_from(["", "ab a1 é"]))
def test_the_text_stays_the_same_line_by_line(text: str, language: str, question: str) -> None:
    shown = lines_in_colours(text, language, Wanted.by(question))
    assert [plain(line) for line in shown] == [harmless(line) for line in lines_of(normalised(text))]


@given(CODE)
def test_nothing_of_the_text_becomes_markup(text: str) -> None:
    shown = "\n".join(lines_in_colours(text, "html", Wanted.by("ab")))
    assert re.sub(r'<span class="[a-z0-9]+">|</span>|<mark>|</mark>', "", shown).find("<") == -1


def test_a_script_in_a_file_is_text() -> None:
    [line] = lines_in_colours("<script>alert(1)</script>", "html", NOTHING)
    assert "<script" not in line


def test_what_was_asked_for_is_marked_across_colours() -> None:
    [line] = lines_in_colours("def place_order(): ...", "python", Wanted.by("order"))
    assert '<span class="nf">place_<mark>order</mark></span>' in line


def test_what_turns_the_order_of_characters_round_is_seen() -> None:
    [line] = lines_in_colours("if admin:\u202e # x", "python", NOTHING)
    assert "\u202e" not in line
    assert "\ufffd" in line


def test_a_very_long_line_is_not_coloured() -> None:
    [line] = lines_in_colours("x = 1;" * LONGEST_COLOURED_LINE, "javascript", NOTHING)
    assert "<span" not in line


def test_what_takes_a_lexer_the_square_of_its_length_is_not_coloured():
    # For each of these lines the lexer looks for a parenthesis in all that follow.
    lines = lines_in_colours("a\n" * 3000, "csharp", NOTHING)
    assert lines == ["a"] * 3000


def test_code_around_very_much_blank_space_is_not_coloured():
    # Matlab's lexer takes the square of its length for each token in it.
    lines = lines_in_colours("function f\n" + " \n" * LONGEST_BLANK, "matlab", NOTHING)
    assert lines[0] == "function f"


def test_lexers_tell_of_each_part_before_they_look_for_the_next():
    # One that divides a text among two others goes through all of it first, and could not be given up in between.
    assert [language.name for language in LANGUAGES if hasattr(_lexer(language.name), "root_lexer")] == []


@pytest.mark.parametrize("language", [language.name for language in LANGUAGES])
def test_every_language_is_shown(language: str) -> None:
    assert [plain(line) for line in lines_in_colours("a = 1\n\nb", language, NOTHING)] == ["a = 1", "", "b"]
