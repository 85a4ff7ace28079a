"""From what a user types to the source that is meant."""

from collections.abc import Callable

import pytest

from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.sources.location import PathFacts
from kodit.domain.sources.reading import HEAD, Reading, has_credentials, placed, usual_name
from kodit.domain.sources.source import SourceKind
from kodit.domain.sources.web_address import repository_of

SHA = "0123456789abcdef0123456789abcdef01234567"
GIT, DIRECTORY = SourceKind.GIT, SourceKind.DIRECTORY


def disk(*, directories: str = "", trees: str = "", bare: str = "") -> Callable[[str], PathFacts | None]:
    """What is on a disk where these paths are."""

    def look(path: str) -> PathFacts | None:
        if path not in f"{directories} {trees} {bare}".split():
            return None
        is_bare = path in bare.split()
        return PathFacts(
            absolute=path,
            is_directory=True,
            is_bare_repository=is_bare,
            is_repository=is_bare or path in trees.split(),
        )

    return look


@pytest.mark.parametrize(
    ("page", "repository", "selection"),
    [
        ("https://github.com/o/r", "https://github.com/o/r", None),
        ("https://github.com/o/r.git", "https://github.com/o/r.git", None),
        ("https://github.com/o/r/tree/dev/", "https://github.com/o/r", "dev"),
        ("https://github.com/o/r/tree/feature%2Fx", None, None),
        (f"https://github.com/o/r/commit/{SHA}", "https://github.com/o/r", SHA),
        ("https://github.com/o/r/releases/tag/v1", "https://github.com/o/r", "refs/tags/v1"),
        ("https://git.example/g/s/r/-/tree/dev", "https://git.example/g/s/r", "dev"),
        ("https://git.example/g/r/-/tree/dev?ref_type=heads", "https://git.example/g/r", "refs/heads/dev"),
        ("https://git.example/g/r/-/tags/v1", "https://git.example/g/r", "refs/tags/v1"),
        (f"https://git.example/g/r/-/commit/{SHA}", "https://git.example/g/r", SHA),
        ("https://git.example/o/r/src/branch/dev", "https://git.example/o/r", "refs/heads/dev"),
        ("https://git.example/o/r/src/tag/v1", "https://git.example/o/r", "refs/tags/v1"),
        ("https://bitbucket.org/o/r/src/dev/", "https://bitbucket.org/o/r", "dev"),
        # A group of that name: only at the forge whose addresses look so is it a branch.
        ("https://git.example/group/tree/dev", "https://git.example/group/tree/dev", None),
        ("https://git.example/a/b/tree/dev", "https://git.example/a/b/tree/dev", None),
        ("https://[broken/o/r", "https://[broken/o/r", None),
        ("/code/o/r/tree/dev", "/code/o/r/tree/dev", None),
    ],
)
def test_pages_of_forges_are_read(page: str, repository: str | None, selection: str | None) -> None:
    if repository is None:
        with pytest.raises(InvalidInput):
            repository_of(page)
    else:
        assert repository_of(page) == (repository, selection)


@pytest.mark.parametrize(
    "page",
    [
        "https://github.com/o/r/blob/main/a.py",
        "https://github.com/o/r/tree/main/src",
        "https://git.example/o/r/-/blob/main/a.py",
        "https://git.example/o/r/src/branch/main/src",
    ],
)
def test_the_page_of_a_file_or_perhaps_of_a_folder_is_refused_with_a_remedy(page: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        placed(page, HEAD, disk())
    assert "--branch" in (raised.value.remedy or "")


@pytest.mark.parametrize(
    ("typed", "reading", "location"),
    [
        ("https://host/o/r", Reading(branch="dev"), "https://host/o/r#refs/heads/dev"),
        ("https://host/o/r/", Reading(tag="v1"), "https://host/o/r#refs/tags/v1"),
        ("https://host/o/r", Reading(commit=SHA[:10]), f"https://host/o/r#{SHA[:10]}"),
        ("https://user:secret@host/o/r#dev", HEAD, "https://host/o/r#dev"),
        ("git@host:o/r.git#v1", HEAD, "git@host:o/r.git#v1"),
        ("https://github.com/o/r/tree/dev", HEAD, "https://github.com/o/r#dev"),
        ("https://host/o/r", Reading(depth=1, submodules=True), "https://host/o/r"),
    ],
)
def test_what_is_selected_stands_behind_the_location(typed: str, reading: Reading, location: str) -> None:
    assert placed(typed, reading, disk()) == (GIT, location)


def test_a_selection_may_be_named_twice_but_not_two_of_them() -> None:
    url = "https://host/o/r#refs/heads/dev"
    assert placed(url, Reading(branch="dev"), disk()) == (GIT, url)
    with pytest.raises(InvalidInput):
        placed(url, Reading(branch="other"), disk())


def test_a_working_tree_is_read_as_it_lies_there_unless_something_of_its_repository_is_named() -> None:
    look = disk(trees="/code/r", bare="/code/b.git")

    assert placed("/code/r", HEAD, look) == (DIRECTORY, "/code/r")
    assert placed("/code/r", Reading(branch="dev"), look) == (GIT, "/code/r#refs/heads/dev")
    assert placed("/code/r#dev", HEAD, look) == (GIT, "/code/r#dev")
    assert placed("/code/b.git", HEAD, look) == (GIT, "/code/b.git")
    assert placed("/code/b.git#dev", HEAD, look) == (GIT, "/code/b.git#dev")


@pytest.mark.parametrize("reading", [Reading(branch="dev"), Reading(depth=1), Reading(submodules=True)])
def test_a_directory_has_no_branches_no_history_and_no_submodules(reading: Reading) -> None:
    with pytest.raises(InvalidInput) as raised:
        placed("/code/plain", reading, disk(directories="/code/plain"))
    assert raised.value.remedy


def test_a_number_sign_may_be_part_of_a_path() -> None:
    look = disk(directories="/code/c#", trees="/code/x#y", bare="/code/c#/b.git")

    assert placed("/code/c#", HEAD, look) == (DIRECTORY, "/code/c#")
    assert placed("/code/x#y", HEAD, look) == (DIRECTORY, "/code/x#y")
    assert placed("/code/x#y#dev", HEAD, look) == (GIT, "file:///code/x%23y#dev")
    assert placed("/code/c#/b.git", HEAD, look) == (GIT, "file:///code/c%23/b.git")
    with pytest.raises(NotFound):
        placed("/code/nothing#dev", HEAD, look)


def test_a_url_with_a_malformed_selection_is_refused() -> None:
    for url in ("https://host/o/r#a b", "https://host/o/r#a..b", "https://host/o/r#-x"):
        with pytest.raises(InvalidInput):
            placed(url, HEAD, disk())


@pytest.mark.parametrize(
    ("location", "kind", "name"),
    [
        ("https://host/o/r.git", GIT, "o/r"),
        ("https://host/o/r.git#refs/heads/feature/x", GIT, "o/r@feature/x"),
        (f"https://host/o/r.git#{SHA}", GIT, "o/r@0123456789ab"),
        ("/code/r#v1", GIT, "r@v1"),
        ("/code/x#y", DIRECTORY, "x#y"),
    ],
)
def test_the_usual_name_says_what_is_selected(location: str, kind: SourceKind, name: str) -> None:
    assert usual_name(location, kind) == name


def test_credentials_are_told_of_wherever_the_selection_stands() -> None:
    assert has_credentials("https://user:secret@host/o/r#dev")
    assert has_credentials("https://user:secret@github.com/o/r/tree/dev")
    assert not has_credentials("https://host/o/r#dev")
    assert not has_credentials("/code/r#dev")


@pytest.mark.parametrize("depth", [-1, 2**31, 10**30])
def test_a_history_that_git_has_no_number_for_is_refused(depth: int) -> None:
    with pytest.raises(InvalidInput, match="from 0 to 2,147,483,647 commits"):
        placed("https://host/o/r", Reading(depth=depth), disk())
