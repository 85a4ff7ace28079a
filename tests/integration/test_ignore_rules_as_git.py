"""The ignore rules against git itself, on trees and patterns that nobody would write."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kodit.infrastructure.filesystem.listing import list_files

PATHS = [
    "a",
    "ab",
    "a.b",
    "[a]",
    "-",
    "b/a",
    "b/ab",
    "b/a.b",
    "b/b/a",
    "b/b/ab",
    "b/b/b/a",
    "c d/a",
    "c d/b/ab",
    ".d/a",
    ".d/b/a",
]
DIRECTORIES = ["", "b", "b/b", "c d"]
PIECES = ["a", "b", "ab", "/", "/", "*", "*", "**", "/**/", "?", "[ab]", "[!a]", "[b-]", "[[:alpha:]]", ".", "!", "\\"]
ODD_PIECES = ["[", "]", "-", " ", "#", "\\ ", "***", "\r", "[]a]", "[^-a]", "[a/b]"]
# git reads two shapes otherwise than its manual: an escaped slash behind ** is a directory that must be there, and **
# right behind a plain beginning is any number of directories.
UNLIKE_THE_MANUAL = re.compile(r"\*\\/|[^/*]\*\*+(/|$)")
PATTERNS = (
    st.lists(st.sampled_from(PIECES * 3 + ODD_PIECES), min_size=1, max_size=5)
    .map("".join)
    .filter(lambda pattern: not UNLIKE_THE_MANUAL.search(pattern))
)
TEXTS = st.lists(PATTERNS, max_size=4).map(lambda lines: "\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("tree")
    for path in PATHS:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    git(root, "init", "--quiet")
    yield root
    shutil.rmtree(root)


def git(root: Path, *arguments: str) -> str:
    environment = {**os.environ, "HOME": str(root), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "core.quotePath=false", *arguments]
    return subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True, text=True).stdout


def lay_down(tree: Path, texts: dict[str, str], exclude: str) -> None:
    for directory in DIRECTORIES:
        (tree / directory / ".gitignore").unlink(missing_ok=True)
    for directory, text in texts.items():
        (tree / directory / ".gitignore").write_bytes(text.encode())
    (tree / ".git" / "info" / "exclude").write_bytes(exclude.encode())


def untracked(root: Path) -> list[str]:
    found = git(root, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    return sorted(path for path in found if path)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.dictionaries(st.sampled_from(DIRECTORIES), TEXTS, max_size=3), exclude=TEXTS)
def test_what_is_listed_is_what_git_lists(tree: Path, texts: dict[str, str], exclude: str) -> None:
    lay_down(tree, texts, exclude)

    assert [entry.path for entry in list_files(tree, frozenset())] == untracked(tree)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.dictionaries(st.sampled_from(DIRECTORIES), TEXTS, max_size=3), exclude=TEXTS)
def test_a_part_of_a_working_tree_obeys_the_rules_above_it(tree: Path, texts: dict[str, str], exclude: str) -> None:
    lay_down(tree, texts, exclude)

    whole = [path for path in untracked(tree) if path.startswith("b/b/")]
    assume(whole)  # else git ignores the part itself, while kodit reads what the user names

    assert [f"b/b/{entry.path}" for entry in list_files(tree / "b" / "b", frozenset())] == whole
