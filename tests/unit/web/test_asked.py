"""What the search page is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from kodit.domain.errors import InvalidInput
from kodit.domain.search.query import SearchMode
from kodit.interfaces.web.asked import MOST, Asked

TEXT = st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=20)


@given(q=TEXT, source=TEXT, path=TEXT, mode=st.sampled_from(SearchMode), limit=st.integers(1, MOST))
def test_an_address_asks_what_it_was_made_from(q: str, source: str, path: str, mode: SearchMode, limit: int) -> None:
    asked = Asked(q=q, source=source, path=path, mode=mode, limit=limit)
    assert Asked.by(QueryParams(asked.address().partition("?")[2])) == asked


def test_days_are_days_in_utc() -> None:
    change = Asked(author="ada", after="2026-01-31", before="2026-02-01").last_change
    assert str(change.earliest_at) == "2026-01-31 00:00:00+00:00"
    assert (change.authors, str(change.until)) == (("ada",), "2026-02-01 00:00:00+00:00")


@pytest.mark.parametrize("given", ["mode=psychic", "limit=0", "limit=-1", "limit=many", "limit=999999999"])
def test_what_makes_no_sense_is_refused(given: str) -> None:
    with pytest.raises(InvalidInput):
        Asked.by(QueryParams(given))


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput):
        _ = Asked(after="yesterday").last_change
