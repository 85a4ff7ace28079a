import pytest

from kodit.domain.sources.ignore import IgnoreScope, is_never_entered, is_virtual_environment, leaves_out_its_directory


def excluded(text: str, path: str, *, is_directory: bool = False) -> bool:
    return IgnoreScope().within("", gitignore=text).excludes(path, is_directory=is_directory)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.pyc", "a/b/c.pyc", True),
        ("*.pyc", "c.py", False),
        ("/top.txt", "top.txt", True),
        ("/top.txt", "a/top.txt", False),
        ("a/b", "a/b", True),
        ("a/b", "x/a/b", False),
        ("a/**/z", "a/z", True),
        ("a/**/z", "a/b/c/z", True),
        ("a/**/z", "a/bz", False),
        ("**/z", "z", True),
        ("a/**", "a/b/c", True),
        ("a/*", "a/b/c", False),
        ("a?c", "a/c", False),
        ("[a-c]x", "bx", True),
        ("[!a-c]x", "bx", False),
        ("[^a-c]x", "dx", True),
        ("[]]x", "]x", True),
        ("[[:digit:]]x", "7x", True),
        ("[[:nonsense:]]x", "7x", False),
        ("[a", "[a", False),
        ("\\#x", "#x", True),
        ("#x", "#x", False),
        ("\\!x", "!x", True),
        ("x\\ ", "x ", True),
        ("x  ", "x", True),
        ("x\\", "x\\", False),
        ("", "x", False),
        ("/", "x", False),
        ("naïve?.txt", "naïveé.txt", True),
        ("build/", "build", False),
    ],
)
def test_a_pattern_means_what_gitignore_5_says(pattern: str, path: str, expected: bool) -> None:
    assert excluded(pattern, path) is expected


def test_a_pattern_with_a_slash_at_its_end_is_for_directories() -> None:
    assert excluded("build/", "a/build", is_directory=True)


def test_the_last_pattern_that_matches_decides() -> None:
    assert not excluded("*.log\n!keep.log\n", "keep.log")
    assert excluded("*.log\n!keep.log\nkeep.*\n", "keep.log")


def test_lines_may_end_as_on_windows_and_the_file_may_begin_with_a_mark() -> None:
    assert excluded("\ufeff*.a\r\n*.b\r\n", "x.a")
    assert excluded("\ufeff*.a\r\n*.b\r\n", "x.b")


def test_a_nested_file_speaks_of_its_own_directory_and_has_the_last_word() -> None:
    top = IgnoreScope().within("", gitignore="*.log\n/out\n")
    nested = top.within("a/b", gitignore="!keep.log\n/gen\n")

    assert not nested.excludes("a/b/keep.log", is_directory=False)
    assert nested.excludes("a/b/other.log", is_directory=False)
    assert nested.excludes("a/b/gen", is_directory=True)
    assert not nested.excludes("a/b/out", is_directory=True)


def test_neither_kind_of_file_brings_back_what_the_other_leaves_out() -> None:
    scope = IgnoreScope().within("", gitignore="secret\n!draft", noindex="draft\n!secret")

    assert scope.excludes("secret", is_directory=False)
    assert scope.excludes("draft", is_directory=False)


def test_a_file_above_the_source_speaks_of_the_whole_way_down() -> None:
    scope = IgnoreScope().from_above("/packages/app/build\n*.log\n", above="packages/app")

    assert scope.excludes("build", is_directory=True)
    assert not scope.excludes("src/build", is_directory=True)
    assert scope.excludes("src/x.log", is_directory=False)


def test_only_a_noindex_without_any_text_leaves_out_its_directory() -> None:
    assert leaves_out_its_directory("")
    assert leaves_out_its_directory(" \n")
    assert not leaves_out_its_directory("*.csv\n")


def test_directories_with_code_written_by_hand_are_entered() -> None:
    assert is_never_entered("node_modules")
    assert is_never_entered(".git")
    assert not is_never_entered(".github")
    assert not is_never_entered("build")
    assert is_virtual_environment(".venv", {"pyvenv.cfg", "lib"})
    assert not is_virtual_environment("venv", {"main.py"})
    assert not is_virtual_environment("env", {"pyvenv.cfg"})


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 40 + "b", "a" * 5000),
        ("**/a/" * 40 + "b", "a/" * 2000 + "c"),
        ("**/*a*a*a*a*b/" * 10 + "x", "aaaaaaaa/" * 500 + "c"),
        ("*" * 5000 + "x", "a" * 5000),
        ("[" * 5000, "[" * 5000),
    ],
)
def test_no_pattern_takes_long_to_say_no(pattern: str, path: str) -> None:
    assert not excluded(pattern, path)
