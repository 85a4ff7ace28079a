import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.search.fusion import K, fuse
from kodit.domain.search.query import Match


def listed(*snippet_ids: int) -> list[Match]:
    return [Match(snippet_id, 1.0) for snippet_id in snippet_ids]


def order(lists: dict[str, list[Match]], weights: dict[str, float] | None = None) -> list[int]:
    return [entry.snippet_id for entry in fuse(lists, weights or {})]


def test_what_two_lists_hold_comes_before_what_one_holds() -> None:
    assert order({"keyword": listed(1, 2), "code": listed(3, 2)}) == [2, 1, 3]


def test_one_list_keeps_its_order() -> None:
    assert order({"keyword": listed(5, 3, 9)}) == [5, 3, 9]


def test_the_heavier_list_decides() -> None:
    lists = {"keyword": listed(1, 2), "code": listed(2, 1)}
    assert order(lists, {"keyword": 1.0, "code": 0.5}) == [1, 2]
    assert order(lists, {"keyword": 0.5, "code": 1.0}) == [2, 1]


def test_equals_stand_by_lower_id() -> None:
    assert order({"keyword": listed(2, 1), "code": listed(1, 2)}) == [1, 2]


def test_the_first_place_in_every_list_scores_one() -> None:
    (entry,) = fuse({"keyword": listed(4), "code": listed(4)}, {"code": 0.3})
    assert entry.score == pytest.approx(1.0)


def test_the_score_is_the_sum_of_reciprocal_ranks() -> None:
    entry = fuse({"keyword": listed(1, 2), "code": listed(2)}, {"code": 0.5})[0]
    assert entry.snippet_id == 2
    assert entry.score == pytest.approx((1 / (K + 2) + 0.5 / (K + 1)) / (1.5 / (K + 1)))


def test_each_entry_says_where_it_stood() -> None:
    entries = {entry.snippet_id: entry.ranks for entry in fuse({"keyword": listed(1, 2), "code": listed(2)}, {})}
    assert entries == {1: {"keyword": 1}, 2: {"keyword": 2, "code": 1}}


def test_of_a_repeated_match_the_better_place_counts() -> None:
    entries = fuse({"keyword": listed(1, 2, 1)}, {})
    assert [dict(entry.ranks) for entry in entries] == [{"keyword": 1}, {"keyword": 2}]


def test_an_empty_list_and_one_without_weight_change_nothing() -> None:
    alone = fuse({"keyword": listed(1, 2)}, {})
    assert fuse({"keyword": listed(1, 2), "code": []}, {}) == alone
    assert fuse({"keyword": listed(1, 2), "code": listed(9)}, {"code": 0.0}) == alone
    assert fuse({}, {}) == []


some_lists = st.dictionaries(
    st.sampled_from(["keyword", "code", "text", "other"]),
    st.lists(st.integers(1, 30), max_size=20, unique=True).map(lambda ids: listed(*ids)),
)


@given(some_lists, st.randoms(use_true_random=False))
def test_the_order_of_the_lists_makes_no_difference(lists: dict[str, list[Match]], random: object) -> None:
    names = list(lists)
    random.shuffle(names)  # type: ignore[attr-defined]
    weights = {"code": 0.3, "text": 0.7}
    assert fuse({name: lists[name] for name in names}, weights) == fuse(lists, weights)


@given(some_lists)
def test_scores_fall_and_every_match_is_there_once(lists: dict[str, list[Match]]) -> None:
    entries = fuse(lists, {"text": 0.1})
    assert [entry.score for entry in entries] == sorted((entry.score for entry in entries), reverse=True)
    assert sorted(entry.snippet_id for entry in entries) == sorted(
        {match.snippet_id for matches in lists.values() for match in matches}
    )
    assert all(0 < entry.score <= 1.0000001 for entry in entries)
