"""How an artifact is built: what makes sense."""

import pytest

from kodit.domain.artifacts.entries import telling
from kodit.domain.artifacts.terms import FtsTerms, HnswTerms, Targets
from kodit.domain.errors import InvalidInput


def test_terms_are_those_of_the_service_that_artifacts_were_first_made_for():
    assert HnswTerms() == HnswTerms(m=16, ef_construction=200, ef_search=40)
    assert FtsTerms() == FtsTerms(stemmer="english", stopwords="english", index_name="")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"m": 1}, "m must be from 2 to 10000, not 1"),
        ({"ef_construction": 0}, "ef-construction must be from 1"),
        ({"ef_search": 10_001}, "ef-search must be from 1 to 10000, not 10001"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(wrong, said):
    with pytest.raises(InvalidInput, match=said):
        HnswTerms(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"stemmer": "klingon"}, {"stopwords": "german"}, {"index_name": 'x"; DROP TABLE packages; --'}]
)
def test_words_that_would_not_be_understood_are_refused(wrong):
    with pytest.raises(InvalidInput):
        FtsTerms(**wrong)


def test_a_file_has_one_place_and_the_full_one_comes_first():
    assert Targets(full="a", minified="b").paths == ("a", "b")
    assert Targets(minified="b").paths == ("b",)
    for wrong in ({}, {"full": "a", "minified": "a"}):
        with pytest.raises(InvalidInput):
            Targets(**wrong)


def test_a_zero_vector_tells_nothing():
    assert telling(bytes(8)) is telling(None) is None
    assert telling(b"\0\0\x80\x3f") == b"\0\0\x80\x3f"
