"""What a pointer says, and where the versions of a file lie."""

from datetime import UTC, datetime
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.artifacts.object_store import checked_key
from kodit.domain.artifacts.publication import (
    Publication,
    PublishedFile,
    pointer_key,
    snapshot_key,
    snapshot_names,
)
from kodit.domain.errors import BadAnswer, InvalidInput

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
FULL = PublishedFile(key="s/full.duckdb", snapshot="s/16.09/full.duckdb", size=7, sha256="ab" * 32)
SMALL = PublishedFile(key="s/small.duckdb", snapshot="s/16.09/small.duckdb", size=3, sha256="cd" * 32)
BOTH = Publication(release="16.09", published_at=AT, files=(FULL, SMALL))


def test_a_pointer_says_what_was_published() -> None:
    assert Publication.parsed(BOTH.text) == BOTH
    assert BOTH.file("s/small.duckdb") == SMALL
    with pytest.raises(InvalidInput, match="s/other was not published with"):
        BOTH.file("s/other")


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", '{"files": 3}', BOTH.text[:-10], BOTH.text.replace("s/16.09/", "../"), '{"files": [{}]}'],
)
def test_what_is_no_pointer_is_told_so(text: str) -> None:
    with pytest.raises(BadAnswer):
        Publication.parsed(text)


def test_the_pointer_and_the_versions_lie_beside_the_key() -> None:
    assert pointer_key("snapshots/fdnix.duckdb") == "snapshots/latest.json"
    assert pointer_key("fdnix.duckdb") == "latest.json"
    assert snapshot_key("snapshots/fdnix.duckdb", "2026-01-31") == "snapshots/2026-01-31/fdnix.duckdb"
    assert snapshot_key("fdnix.duckdb", "2026-01-31") == "2026-01-31/fdnix.duckdb"


def test_a_release_that_is_built_again_has_further_names() -> None:
    assert list(islice(snapshot_names("nixos-16.09"), 3)) == ["nixos-16.09", "nixos-16.09-2", "nixos-16.09-3"]


@given(st.text(max_size=300))
def test_whatever_a_release_is_called_its_versions_have_keys(release: str) -> None:
    for name in islice(snapshot_names(release), 3):
        assert checked_key(snapshot_key("snapshots/fdnix.duckdb", name)).count("/") == 2


@pytest.mark.parametrize("key", ["a\udcff", "a\nb", "a\\b", "../a", "a//b", "", "ä" * 128])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(InvalidInput) as refused:
        checked_key(key)
    assert refused.value.remedy
