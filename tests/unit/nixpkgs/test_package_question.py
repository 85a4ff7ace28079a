"""How a search text for packages is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.nixpkgs.package_question import MOST_WORDS, PackageQuestion, squeezed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("firefox", ("firefox",)),
        ("  HTTP  server, http ", ("http", "server")),
        ("what takes up my disk?", ("takes", "up", "disk")),
        ("a", ("a",)),
        ("this and that", ("this", "and", "that")),
        ("python3Packages.numpy", ("python3packages.numpy",)),
        ("'rxvt-unicode'.", ("rxvt-unicode",)),
        ("C++", ("c++",)),
        (" ,;() ", ()),
        ("", ()),
    ],
)
def test_words_are_told_by_spaces_and_those_that_say_nothing_left_out(text, words):
    assert PackageQuestion.of(text).words == words


def test_all_of_it_may_be_one_name_in_every_spelling():
    asked = PackageQuestion.of("http server")
    assert asked.whole == "httpserver"
    assert {"http", "server", "http-server", "http_server", "httpserver", "http.server"} <= set(asked.names)


def test_a_name_with_signs_may_have_others():
    assert {"rxvt-unicode", "rxvt_unicode", "rxvtunicode"} <= set(PackageQuestion.of("rxvt-unicode").names)


def test_a_sentence_is_no_name():
    assert PackageQuestion.of("one two three four five").whole == ""


def test_names_have_the_words_and_what_these_are_without_their_endings():
    parts = PackageQuestion.of("pdf viewers for-vim").parts
    assert {"pdf", "viewers", "view", "for-vim", "vim"} <= set(parts)


def test_a_misspelt_word_is_looked_for_as_what_it_may_mean():
    asked = PackageQuestion.of("pyton3").as_understood({"pyton3": ("python3", "python")})
    assert asked.text == "python3"
    assert asked.beginnings == ("python3", "python")
    assert asked.understood == {"pyton3": ("python3", "python")}


def test_a_word_that_means_no_name_stays_as_it_is():
    asked = PackageQuestion.of("read aloud").as_understood({"aloud": ()})
    assert asked.understood == {}
    assert asked.text == "read aloud"


@pytest.mark.parametrize("name", ["rxvt_unicode", "Rxvt-Unicode", "rxvt.unicode"])
def test_a_name_is_the_same_in_every_spelling(name):
    assert squeezed(name) == "rxvtunicode"


def test_a_name_of_signs_is_itself():
    assert squeezed("++") == "++"


@given(st.text(max_size=600))
def test_any_text_can_be_asked(text):
    asked = PackageQuestion.of(text)
    assert len(asked.words) <= MOST_WORDS
    assert all([*asked.words, *asked.names, *asked.parts, *asked.beginnings])
    assert asked.words == () or asked.text
