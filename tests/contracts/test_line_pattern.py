"""What every LinePattern promises."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.application.files.ports import Sought
from kodit.domain.errors import InvalidInput
from kodit.infrastructure.re2.line_pattern import Re2LinePattern


@pytest.fixture(params=[Re2LinePattern])
def compiled(request):
    return request.param


def test_the_lines_that_match_are_told_by_their_place(compiled):
    assert compiled(Sought(pattern=r"def \w+")).within(["def f():", "  pass", "", "def  g():", "x = def y"]) == [0, 4]


def test_a_line_matches_for_itself(compiled):
    assert compiled(Sought(pattern=r"a\s*b")).within(["a", "b"]) == []
    assert compiled(Sought(pattern="^b$")).within(["ab", "b", "bc"]) == [1]


def test_case_counts_unless_it_shall_not(compiled):
    assert compiled(Sought(pattern="Ä")).within(["ä", "Ä"]) == [1]
    assert compiled(Sought(pattern="Ä", ignore_case=True)).within(["ä", "Ä"]) == [0, 1]


def test_a_fixed_pattern_is_the_text_itself(compiled):
    assert compiled(Sought(pattern="a.b(", fixed=True)).within(["a.b(c)", "axb(c)"]) == [0]


@pytest.mark.parametrize("pattern", ["(", "*a", r"(a)\1", "a(?=b)", "(a{1000}){1000}", "[z-a]", "\\"])
def test_what_cannot_be_matched_in_linear_time_is_refused_with_a_remedy(compiled, pattern):
    with pytest.raises(InvalidInput) as refused:
        compiled(Sought(pattern=pattern))
    assert refused.value.remedy


def test_a_refused_pattern_writes_nothing_anywhere(compiled, capfd):
    with pytest.raises(InvalidInput):
        compiled(Sought(pattern="("))
    assert capfd.readouterr() == ("", "")


def test_a_hostile_pattern_takes_no_time(compiled):
    started = time.process_time()
    assert compiled(Sought(pattern="(a*)*(a|aa)*$b")).within(["a" * 50_000]) == []
    assert time.process_time() - started < 5


@given(st.text(min_size=1, max_size=20), st.lists(st.text(max_size=20)))
def test_any_text_may_be_looked_for_in_any_text(pattern, lines):
    try:
        found = Re2LinePattern(Sought(pattern=pattern)).within(lines)
    except InvalidInput:
        return
    assert set(found) <= set(range(len(lines)))
