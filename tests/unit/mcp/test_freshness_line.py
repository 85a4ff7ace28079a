"""How fresh an answer is, in one line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kodit.application.serving.freshness import Freshness
from kodit.interfaces.mcp.freshness import age, freshness_line, reasons

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def fresh(source="shop", state="indexed", ago=timedelta(hours=2), **changes):
    given = {"indexed_at": None if ago is None else NOW - ago, "commit": None, "percent": None}
    return Freshness(source=source, state=state, **(given | changes))


@pytest.mark.parametrize(
    ("past", "told"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=30), "1 d ago"),
        (timedelta(hours=23), "23 h ago"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(past, told):
    assert age(NOW - past, NOW) == told


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (fresh(), "indexed 2 h ago"),
        (fresh(commit="0123456789abcdef"), "indexed 2 h ago at 0123456789"),
        (fresh(state="indexing", percent=40), "indexed 2 h ago, indexing now: 40 %"),
        (fresh(state="indexing", ago=None, percent=0), "not indexed yet, indexing now: 0 %"),
        (fresh(state="queued", ago=None, percent=0), "not indexed yet, queued"),
        (fresh(state="waiting"), "indexed 2 h ago, waiting for another try"),
        (
            fresh(state="waiting", ago=None, next_try_at=NOW, error="fetch failed:\nno such host"),
            "not indexed yet, waiting for another try at 2026-11-21 12:00:00 UTC, after: fetch failed: no such host",
        ),
        (fresh(state="failed", ago=None, error="gone"), "not indexed yet, the last run failed: see status"),
        (fresh(state="cancelled"), "indexed 2 h ago, the last run cancelled"),
        (fresh(state="new", ago=None), "not indexed yet"),
    ],
)
def test_a_source_is_told_by_what_it_is_like(one, told):
    assert freshness_line([one], NOW) == f"index: shop {told}"


def test_what_went_wrong_and_what_can_be_done_stand_below_a_source():
    failed = fresh(state="failed", error="fetch failed:\nno such host", remedy="check the address")
    assert reasons(failed) == ["  error: fetch failed: no such host", "  remedy: check the address"]
    assert reasons(replace(failed, state="waiting")) == ["  remedy: check the address"]
    assert reasons(replace(failed, remedy=None)) == ["  error: fetch failed: no such host"]
    assert reasons(fresh()) == []


def test_of_many_sources_only_what_is_worth_knowing_is_told():
    many = [fresh(f"s{number}", ago=timedelta(days=number + 1)) for number in range(8)]
    assert freshness_line(many, NOW) == "index: 8 sources; the oldest indexed 8 d ago"
    old = fresh("old", "failed", error="gone")
    assert freshness_line([*many, old], NOW) == (
        "index: 9 sources; the oldest indexed 8 d ago; old indexed 2 h ago, the last run failed: see status"
    )
    late = [fresh(f"n{number}", "new", None) for number in range(5)]
    assert freshness_line([*many, *late], NOW) == (
        "index: 13 sources; the oldest indexed 8 d ago; n0 not indexed yet; n1 not indexed yet; n2 not indexed yet; "
        "2 more are not up to date: see status"
    )
    assert freshness_line([], NOW) == ""
