"""What of a repository is read: written behind its location, and shown in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.errors import InvalidInput
from kodit.domain.sources.selection import (
    checked_selection,
    in_words,
    selected,
    short_name,
    spellings,
    split_location,
    with_selection,
)

SHA = "0123456789abcdef0123456789abcdef01234567"


def test_a_branch_a_tag_and_a_commit_are_told_apart() -> None:
    assert selected() is None
    assert selected(branch="feature/x") == "refs/heads/feature/x"
    assert selected(tag="v1.2") == "refs/tags/v1.2"
    assert selected(commit=SHA.upper()) == SHA


@pytest.mark.parametrize("two", [{"branch": "a", "tag": "b"}, {"tag": "a", "commit": SHA}])
def test_only_one_thing_can_be_read(two: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as raised:
        selected(**two)
    assert raised.value.remedy


@pytest.mark.parametrize(
    "name",
    [
        *[
            "",
            "a b",
            "-x",
            "a..b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[b",
            "a\\b",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.",
        ],
        *["a.lock", "a.lock/b", "@", "a@{1}", "a\nb", "a\x7f", "a" * 300],
    ],
)
def test_what_git_takes_for_no_name_is_refused(name: str) -> None:
    for kind in ("branch", "tag"):
        with pytest.raises(InvalidInput):
            selected(**{kind: name})


@pytest.mark.parametrize("commit", ["abc", "main", SHA + "0" * 30, "g" * 40])
def test_what_is_no_commits_id_is_refused(commit: str) -> None:
    with pytest.raises(InvalidInput):
        selected(commit=commit)


@pytest.mark.parametrize(
    ("location", "parts"),
    [
        ("https://host/o/r", ("https://host/o/r", None)),
        ("https://host/o/r#dev", ("https://host/o/r", "dev")),
        ("git@host:o/r.git#refs/tags/v1", ("git@host:o/r.git", "refs/tags/v1")),
        ("/code/c#/repo.git", ("/code/c#/repo.git", None)),
        ("/code/c#/repo.git#dev", ("/code/c#/repo.git", "dev")),
        ("#dev", ("#dev", None)),
        ("https://host/o/r#", ("https://host/o/r#", None)),
    ],
)
def test_a_location_is_taken_apart(location: str, parts: tuple[str, str | None]) -> None:
    assert split_location(location) == parts


NAMES = st.text(st.sampled_from("abcdef0123456789/.-_@é"), min_size=1, max_size=45)


@given(st.sampled_from(["https://host/a/b", "/code/x#y", "git@host:a"]), NAMES)
def test_what_is_put_together_is_taken_apart_again(address: str, name: str) -> None:
    try:
        selection = checked_selection(name)
    except InvalidInput:
        return
    assert split_location(with_selection(address, selection)) == (address, selection)


def test_a_bare_name_may_mean_a_branch_or_a_tag_and_either_may_have_been_typed_bare() -> None:
    assert set(spellings("u#dev")) == {"u#dev", "u#refs/heads/dev", "u#refs/tags/dev"}
    assert spellings("u#refs/heads/dev") == ("u#refs/heads/dev", "u#dev")
    assert spellings("u") == ("u",)
    assert spellings(f"u#{SHA}") == (f"u#{SHA}",)


@pytest.mark.parametrize(
    ("selection", "words", "short"),
    [
        ("refs/heads/feature/x", "branch feature/x", "feature/x"),
        ("refs/tags/v1", "tag v1", "v1"),
        (SHA, "commit 0123456789ab", "0123456789ab"),
        ("dev", "dev", "dev"),
    ],
)
def test_a_selection_is_shown_in_words(selection: str, words: str, short: str) -> None:
    assert (in_words(selection), short_name(selection)) == (words, short)
