"""In which order packages are answered."""

from hypothesis import given
from hypothesis import strategies as st

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.package_query import PackageCandidate
from kodit.domain.nixpkgs.package_question import PackageQuestion, squeezed
from kodit.domain.nixpkgs.ranking import KEYWORDS, MEANING, NAMES, likeness, rank_packages, says
from kodit.domain.search.query import Match


def a_candidate(each, path, description="", **changes):
    attr = AttrPath.parse(path)
    given = {"pname": attr.name, "version": "1.0", "long_description": None, "main_program": None}
    return PackageCandidate(id=each, index_id=1, attr=attr, description=description, **(given | changes))


def ranked(text, *candidates, understood=None, limit=10, lists=None):
    """The paths, best first; without lists, each candidate has its place in all of them."""
    asked = PackageQuestion.of(text).as_understood(understood or {})
    by_id = {one.id: one for one in candidates}
    matches = [Match(each, -float(place)) for place, each in enumerate(by_id)]
    found = rank_packages(asked, lists or {NAMES: matches}, by_id, limit)
    return [str(one.candidate.attr) for one in found]


def paths(*names, **changes):
    return [a_candidate(place, name, **changes) for place, name in enumerate(names, start=1)]


def test_an_exact_name_comes_first_then_its_beginning_then_its_parts():
    assert ranked("git", *paths("lazy-git", "gitg", "digit", "git")) == ["git", "gitg", "lazy-git", "digit"]


def test_an_attribute_counts_more_than_a_name_and_a_program_as_much_as_one():
    by_attr, by_name = a_candidate(1, "rga"), a_candidate(2, "other", pname="rga")
    by_program = a_candidate(3, "third", main_program="rga")
    assert ranked("rga", by_program, by_name, by_attr) == ["rga", "other", "third"]


def test_a_name_is_the_same_in_every_spelling():
    assert ranked("rxvt-unicode", *paths("rxvt", "rxvt_unicode")) == ["rxvt_unicode", "rxvt"]


def test_of_equals_the_top_of_the_tree_comes_first_then_the_shorter_path():
    assert ranked("git", *paths("a.git", "git", "longer.git")) == ["git", "a.git", "longer.git"]


def test_of_versions_of_a_package_the_newest_comes_first():
    versions = [
        a_candidate(place, f"postgresql_{version}", pname="postgresql", version=f"{version}.2")
        for place, version in enumerate((9, 11, 10), start=1)
    ]
    plain = a_candidate(9, "postgresql", version="10.2")
    found = ranked("postgresql", *versions, plain)
    assert found == ["postgresql", "postgresql_9", "postgresql_11", "postgresql_10"]
    assert ranked("postgresql_1", *versions)[:2] == ["postgresql_11", "postgresql_10"]


def test_all_words_of_a_question_matter():
    tiling = a_candidate(1, "i3", "A tiling window manager")
    named = a_candidate(2, "window", "Shows a window")
    assert ranked("tiling window manager", named, tiling) == ["i3", "window"]


def test_words_that_follow_each_other_are_worth_more():
    scattered = a_candidate(1, "one", "Store multiple values per key")
    together = a_candidate(2, "two", "An advanced key-value store")
    assert ranked("key value store", scattered, together)[0] == "two"


def test_words_of_a_text_count_in_any_ending():
    assert says("passwords", a_candidate(1, "a", "a password store"))
    assert says("library", a_candidate(1, "a", "C++ libraries"))
    assert not says("pass", a_candidate(1, "a", "a password store"))


def test_who_asks_for_no_language_gets_its_libraries_last():
    library = a_candidate(1, "perlPackages.Vault", "key store")
    program = a_candidate(2, "safe", "key store")
    assert ranked("encrypted key store", library, program)[0] == "safe"
    assert ranked("perl encrypted key store", library, program)[0] == "perlPackages.Vault"


def test_several_words_are_not_taken_for_the_beginning_of_a_librarys_name():
    library = a_candidate(1, "perlPackages.HTTPServerSimple")
    program = a_candidate(2, "thttpd", "Tiny HTTP server")
    assert ranked("http server", library, program) == ["thttpd", "perlPackages.HTTPServerSimple"]
    assert ranked("http server simple", library, program)[0] == "perlPackages.HTTPServerSimple"
    assert ranked("perl http server", library, program)[0] == "perlPackages.HTTPServerSimple"
    assert ranked("httpserv", library, program)[0] == "perlPackages.HTTPServerSimple"


def test_who_says_what_a_program_does_gets_libraries_after_those_of_other_sets():
    library = a_candidate(1, "perlPackages.ImageView", "image viewer")
    program = a_candidate(2, "gnome3.eog", "image viewer")
    assert ranked("image viewer", library, program) == ["gnome3.eog", "perlPackages.ImageView"]


def test_what_a_word_was_understood_as_counts_for_it():
    assert ranked("pyton3", *paths("pythia", "python3"), understood={"pyton3": ("python3",)}) == ["python3", "pythia"]


def test_the_lists_decide_where_words_do_not():
    lists = {KEYWORDS: [Match(2, 2.0), Match(1, 1.0)], MEANING: [Match(2, 2.0), Match(1, 1.0)]}
    assert ranked("something else entirely", *paths("a", "b"), lists=lists) == ["b", "a"]


def test_no_more_are_answered_than_are_asked_for_and_what_is_gone_is_left_out():
    one = a_candidate(1, "git")
    assert ranked("git", one, lists={NAMES: [Match(1, 1.0), Match(7, 2.0)]}) == ["git"]
    assert ranked("git", *paths("git", "gitg"), limit=1) == ["git"]
    assert ranked("git", one, limit=0) == []
    assert ranked("", one) == ["git"]


def test_a_word_of_signs_alone_is_like_nothing_else():
    assert likeness("++", "git") == 0.0
    assert likeness("++", "++") == 1.0


NAME = st.from_regex(r"[a-z]{1,8}([-_][a-z0-9]{1,6}){0,2}", fullmatch=True)


@given(NAME, NAME)
def test_a_name_is_like_another_from_nothing_to_wholly(word, name):
    assert 0 <= likeness(word, name) <= 1
    assert likeness(name, name) == 1.0
    assert likeness(word, "") == 0.0


@given(NAME, st.lists(NAME, min_size=1, max_size=8, unique=True))
def test_what_is_called_exactly_so_is_always_first(word, names):
    others = [name for name in names if squeezed(name) != squeezed(word)]
    assert ranked(word, *paths(*others, word))[0] == str(AttrPath((word,)))
