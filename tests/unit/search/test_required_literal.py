"""What every line must hold in which a pattern matches."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.search.required_literal import required_literal

PLAIN = ["a", "b", "K", "s", "ß", "x{2}", "a{,2}", "{", "}", "]", "|", "^", "$", "."]
ESCAPED = [r"\.", r"\d", r"\w", r"\b", r"\pL", r"\x41", r"\x{61}", r"\101", r"\Qa.b\E"]
GROUPED = ["[ab]", "[^]a]", "[[:alpha:]]", "(ab)", "(a|b)", "(?i:ab)", "(?i)"]
ATOMS = st.sampled_from([*PLAIN, *ESCAPED, *GROUPED, " "])
PATTERNS = st.lists(st.builds("{}{}".format, ATOMS, st.sampled_from(["", "", "", "*", "+", "?", "+?"])), max_size=6)
LINES = st.text(alphabet="abABkKsSxſ\u212aß.,{}]24 ", max_size=12)


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("def parse", "def parse"),
        (r"def\s+parse_\w+", "parse_"),
        (r"self\.parse\(", "self.parse("),
        ("colou?r", "colo"),
        ("^import os$", "import os"),
        ("ab+c", "ab"),
        ("ab*cd", "cd"),
        ("(foo)+bar", "bar"),
        ("a[bcd]efg", "efg"),
        ("foo|bar", ""),
        ("(?i)foo", ""),
        (".*", ""),
        ("", ""),
    ],
)
def test_the_longest_text_that_a_pattern_requires(pattern, literal):
    assert required_literal(pattern) == literal


def test_a_fixed_pattern_requires_itself():
    assert required_literal("a.b|c", fixed=True) == "a.b|c"


@pytest.mark.parametrize(
    ("pattern", "literal"), [("getUserName", "ername"), ("Fuß-Ball", "-ball"), ("KS", ""), ("ÉTÉ", "t")]
)
def test_where_case_does_not_count_only_letters_with_two_cases_are_required(pattern, literal):
    found = required_literal(pattern, ignore_case=True)
    assert len(found) == len(literal)
    assert found in pattern.lower()
    assert not set(found) & set("ksßé")


@given(PATTERNS.map("".join), LINES, st.booleans(), st.booleans())
def test_a_line_that_matches_has_what_is_required(pattern, line, ignore_case, fixed):
    options = re2.Options()
    options.case_sensitive, options.literal, options.log_errors = not ignore_case, fixed, False
    try:
        matches = re2.search(pattern, line, options)
    except re2.error:
        return
    if matches:
        literal = required_literal(pattern, ignore_case=ignore_case, fixed=fixed)
        assert literal in (line.translate({upper: upper + 32 for upper in range(65, 91)}) if ignore_case else line)


@given(st.text(max_size=40))
def test_any_text_at_all_requires_something_or_nothing(pattern):
    assert required_literal(pattern) is not None
