"""The sources that settings name."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.errors import InvalidInput
from kodit.domain.sources.schedule import NEVER, told_interval
from kodit.domain.sources.wanted import WantedSource, interval_named, wanted_sources

FULL = {"location": "https://forge.example/repo", "name": "repo", "branch": "dev", "every": "2h"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", []),
        ("[]", []),
        ("/a", [WantedSource(location="/a")]),
        (" /a , https://forge.example/b#dev,", ["/a", "https://forge.example/b#dev"]),
        ('["/with, comma", "/b"]', ["/with, comma", "/b"]),
        (["/a", "/b"], ["/a", "/b"]),
        ([FULL], [WantedSource(**FULL)]),
        ((WantedSource(**FULL),), [WantedSource(**FULL)]),
    ],
)
def test_sources_are_named_in_several_ways(given, expected):
    found = [WantedSource(location=one) if isinstance(one, str) else one for one in expected]
    assert list(wanted_sources(given)) == found


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (7, "must be a list"),
        ('["/a"', "must be JSON"),
        ([7], "needs a location"),
        ([{}], "needs a location"),
        ([{"location": 7}], "needs a location"),
        ([{"location": "/a", "name": 7}], "needs a location"),
        ([{"location": "/a", "naem": "a"}], "knows no naem"),
        ([{"location": "/a", "every": "soon"}], "has an interval that makes no sense: 'soon' is no interval"),
        ([{"location": "/a", "every": "1s"}], "has an interval that makes no sense"),
    ],
)
def test_what_makes_no_sense_is_said(given, problem):
    with pytest.raises(ValueError, match=problem):
        wanted_sources(given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("default", None),
        ("never", NEVER),
        ("Never", NEVER),
        ("30m", timedelta(minutes=30)),
        ("1h30m", timedelta(minutes=90)),
        ("7d", timedelta(days=7)),
        ("10s", timedelta(seconds=10)),
    ],
)
def test_intervals_have_names(text, expected):
    assert interval_named(text) == expected


@pytest.mark.parametrize("text", ["", "30", "m", "-5m", "1w", "9s", "366d", "999999d", "1" * 30 + "d", "٣m"])
def test_other_texts_are_no_interval(text):
    with pytest.raises(InvalidInput):
        interval_named(text)


@given(st.none() | st.just(0) | st.integers(10, 365 * 86_400))
def test_an_interval_is_told_as_it_is_typed(seconds):
    every = None if seconds is None else timedelta(seconds=seconds)
    assert interval_named(told_interval(every)) == every
