"""Types by their names."""

import pytest

from kodit.domain.errors import InvalidInput
from kodit.domain.tasks.task_type import TaskType, task_type, type_named


@pytest.mark.parametrize("kind", [*TaskType, task_type(1000), task_type(123_456), task_type(2**31 - 1)])
def test_a_type_is_found_by_the_name_that_it_is_shown_with(kind):
    assert type_named(kind.name) == kind
    assert type_named(kind.name.lower()) == kind
    assert type_named(str(int(kind))) == kind


@pytest.mark.parametrize(
    ("typed", "meant"), [("SNYC", "SYNC"), ("bm25", "BM25_INDEX"), ("embeddings", "CODE_EMBEDDINGS")]
)
def test_what_was_mistyped_is_corrected(typed, meant):
    with pytest.raises(InvalidInput, match=f"did you mean {meant}"):
        type_named(typed)


@pytest.mark.parametrize("typed", ["", "0", "99", "999", "TYPE_99", "TYPE_", "-1", "x", "TYPE_2147483648", "9" * 5_000])
def test_what_is_no_type_is_refused_with_those_that_there_are(typed):
    with pytest.raises(InvalidInput) as caught:
        type_named(typed)
    assert "SYNC, EXTRACT, BM25_INDEX, CODE_EMBEDDINGS, ENRICH" in caught.value.remedy
