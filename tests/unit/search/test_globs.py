"""The rules of path patterns, and their agreement with a matcher written the slow and obvious way."""

import re
import time
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kodit.domain.search import globs
from kodit.domain.search.globs import LONGEST_PATTERN, matches, regex_source

FITS = [
    ("*.py", "a.py"),
    ("*.py", "src/app/a.py"),
    ("tests", "tests/unit/test_a.py"),
    ("tests", "src/tests/test_a.py"),
    ("tests", "tests"),
    ("src/app", "src/app/a.py"),
    ("src/", "src/app/a.py"),
    ("/src", "src/app/a.py"),
    ("test*/", "src/test_data/a.txt"),
    ("src/*.py", "src/a.py"),
    ("src/*", "src/a.py"),
    ("src/**/*.py", "src/a.py"),
    ("src/**/*.py", "src/b/c/a.py"),
    ("**/a.py", "a.py"),
    ("**/a.py", "b/a.py"),
    ("src/**", "src/b/a.py"),
    ("src/{**/a,b}", "src/c/d/a"),
    ("src/{**,b}", "src/c/d"),
    ("*.{c,h}", "lib/a.h"),
    ("{src,lib}/*.py", "lib/a.py"),
    ("{src,{lib,bin}}/a", "bin/a"),
    ("{a,b,c}/{a,b,c}/{a,b,c}/*.{x,y}", "a/b/c/d.y"),
    ("a?c", "abc"),
    ("[a-c]x", "bx"),
    ("[!a-c]x", "dx"),
    ("[^a]x", "bx"),
    ("[]]x", "]x"),
    ("[+-9]x", "5x"),
    (r"\*", "*"),
    ("a.py", "a.py"),
    ("Ω*", "src/Ωmega"),
    ("/", "any/thing"),
    ("**", "any/thing"),
    ("[", "["),
    ("{a", "{a"),
    ("{a}", "{a}"),
    ("[z-a]", "[z-a]"),
    ("a\\", "a\\"),
    ("a b(c)+$^|", "a b(c)+$^|"),
    ("*", "line\nbreak"),
]

FITS_NOT = [
    ("*.py", "a.pyc"),
    ("*.py", "a.py/b"),
    ("src/app", "lib/src/app/a.py"),
    ("/src", "lib/src/a.py"),
    ("tests", "tests.py"),
    ("tests/", "tests"),
    ("src/*.py", "src/b/a.py"),
    ("src/*", "src/b/a.py"),
    ("src/**/a", "srcx/a"),
    ("src/**", "src"),
    ("src/x{**/a,b}", "src/xc/d/a"),
    ("a?c", "a/c"),
    ("a[!x]c", "a/c"),
    ("a[+-9]c", "a/c"),
    ("[/]", "/"),
    ("*.PY", "a.py"),
    ("a.py", "axpy"),
    ("", "a"),
]


@pytest.mark.parametrize(("pattern", "path"), FITS)
def test_a_pattern_finds_what_people_expect_of_it(pattern: str, path: str) -> None:
    assert matches(pattern, path)
    assert re.fullmatch(regex_source(pattern), path)


@pytest.mark.parametrize(("pattern", "path"), FITS_NOT)
def test_a_pattern_leaves_out_what_people_expect_it_to(pattern: str, path: str) -> None:
    assert not matches(pattern, path)
    assert not re.fullmatch(regex_source(pattern), path)


def test_a_pattern_too_long_to_be_a_glob_stands_for_itself() -> None:
    pattern = "*" * LONGEST_PATTERN + "x"
    assert matches(pattern, pattern)
    assert not matches(pattern, "x")


def test_hostile_patterns_and_paths_take_no_time() -> None:
    path = "a" * 300
    started = time.process_time()
    for pattern in ("*a" * 100 + "b", "{a,a}" * 80 + "b", "**/" * 100 + "b", "[a-z]*" * 80 + "0"):
        assert not matches(pattern, path)
    assert time.process_time() - started < 5


# One part of a pattern, as pairs of its text and what it means: a set of characters for one of them, "*" for a star.
LETTERS = "ab."
ONES = st.sampled_from(
    [("a", "a"), ("b", "b"), (".", "."), ("?", LETTERS), ("[ab]", "ab"), ("[!a]", "b."), ("[a-b]", "ab"), (r"\a", "a")]
)
STARS = st.just(("*", "*"))
ANY_PARTS = st.lists(ONES | STARS, min_size=1, max_size=4).map(tuple)
PARTS = ANY_PARTS.filter(lambda part: len(part) == 1 or set(part) != {("*", "*")})
EITHERS = st.lists(ANY_PARTS, min_size=2, max_size=3)
PATHS = st.lists(st.text(LETTERS, min_size=1, max_size=4), min_size=1, max_size=4).map("/".join)


def part_fits(part: tuple[tuple[str, str], ...], name: str) -> bool:
    if not part:
        return not name
    (_, meaning), *rest = part
    if meaning == "*":
        return any(part_fits(tuple(rest), name[cut:]) for cut in range(len(name) + 1))
    return bool(name) and name[0] in meaning and part_fits(tuple(rest), name[1:])


def parts_fit(parts: list[tuple[tuple[str, str], ...] | str], names: list[str]) -> bool:
    if not parts:
        return not names
    if parts[0] == "**":
        least = 1 if len(parts) == 1 else 0
        return any(parts_fit(parts[1:], names[cut:]) for cut in range(least, len(names) + 1))
    return bool(names) and part_fits(parts[0], names[0]) and parts_fit(parts[1:], names[1:])


def text_of(part: tuple[tuple[str, str], ...] | str) -> str:
    return part if isinstance(part, str) else "".join(text for text, _ in part)


@given(
    parts=st.lists(st.one_of(PARTS, PARTS, st.just("**")), min_size=1, max_size=4),
    rooted=st.booleans(),
    below=st.booleans(),
    path=PATHS,
)
def test_it_agrees_with_the_slow_and_obvious_matcher(
    parts: list[tuple[tuple[str, str], ...] | str], rooted: bool, below: bool, path: str
) -> None:
    assume(not (below and parts[-1] == "**"))
    pattern = "/" * rooted + "/".join(map(text_of, parts)) + "/" * below
    literal = not set("*?[") & set(text_of(parts[-1]))
    full = parts if rooted or len(parts) > 1 else ["**", *parts]
    names = path.split("/")
    expected = parts_fit([*full, "**"], names) if below else parts_fit(full, names)
    expected = expected or (literal and parts_fit([*full, "**"], names))
    assert matches(pattern, path) == expected
    assert bool(re.fullmatch(regex_source(pattern), path)) == expected


@given(choices=st.lists(EITHERS, min_size=1, max_size=3), path=PATHS)
def test_braces_mean_each_of_their_alternatives(choices: list[list[tuple[tuple[str, str], ...]]], path: str) -> None:
    pattern = "/a" + "".join("{" + ",".join(map(text_of, choice)) + "}" for choice in choices) + "*"
    spelt_out = ["/a" + "".join(map(text_of, chosen)) + "*" for chosen in product(*choices)]
    assert matches(pattern, path) == any(matches(one, path) for one in spelt_out)


@given(pattern=st.text("ab*?[]!^-{},\\/. ", max_size=30) | st.text(max_size=30), path=st.text("ab/*[{", max_size=12))
def test_any_string_is_a_pattern_and_both_ways_of_matching_agree(pattern: str, path: str) -> None:
    slow = len(path) in globs._ends(globs._compiled(pattern).nodes, path, frozenset((0,)))
    assert slow == bool(re.fullmatch(regex_source(pattern), path)) == matches(pattern, path)
