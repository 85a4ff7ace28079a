"""Which segments of the keyword index are merged."""

from hypothesis import given
from hypothesis import strategies as st

from kodit.infrastructure.postgres.segments import FAN, due


def test_a_few_segments_stay_as_they_are() -> None:
    sizes = dict.fromkeys(range(FAN - 1), 10)
    assert list(due(sizes, sum(sizes.values()))) == []


def test_segments_of_about_one_size_are_merged_with_smaller_ones_and_big_ones_stay() -> None:
    sizes = {segment: 10 + segment for segment in range(FAN)} | {100: 1, 200: 5_000}
    assert sorted(due(sizes, sum(sizes.values()))) == [*range(FAN), 100]


def test_everything_is_merged_when_too_many_documents_are_gone() -> None:
    sizes = {1: 10_000, 2: 90}
    assert sorted(due(sizes, 6_000)) == [1, 2]
    assert list(due(sizes, 8_000)) == []


def test_few_that_are_gone_never_matter() -> None:
    assert list(due({1: 500}, 0)) == []


@given(st.lists(st.integers(1, 300), max_size=300))
def test_segments_stay_few_and_no_document_is_written_often(updates: list[int]) -> None:
    sizes: dict[int, int] = {}
    written = 0
    for segment, documents in enumerate(updates):
        sizes[segment] = documents
        written += documents
        if old := due(sizes, sum(sizes.values())):
            merged = sum(sizes.pop(one) for one in old)
            sizes[segment + 1_000] = merged
            written += merged
    total = sum(updates)
    levels = 1
    while FAN**levels <= total:
        levels += 1
    assert len(sizes) <= (FAN - 1) * levels + 1
    assert written <= total * (levels + 1)
