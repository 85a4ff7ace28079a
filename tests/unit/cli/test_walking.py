import pytest
import typer

from kodit.domain.errors import InvalidInput
from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.walk import SCOPES, Walk
from kodit.interfaces.cli.walking import walk_in_words, walk_of


def chosen(**given):
    usual = {"depth": None, "recurse": None, "scopes": None, "attributes": None, "system": "x86_64-linux"}
    return walk_of(**{**usual, **given})


@pytest.mark.parametrize(
    ("given", "walk"),
    [
        ({}, Walk()),
        ({"depth": 3, "recurse": True}, Walk(depth=3, recurse_all=True)),
        ({"recurse": False}, Walk(depth=1, scopes=())),
        ({"recurse": False, "depth": 1}, Walk(depth=1, scopes=())),
        ({"scopes": ["qt*", "gnome"]}, Walk(scopes=("qt*", "gnome"))),
        ({"system": "aarch64-darwin"}, Walk(system="aarch64-darwin")),
        ({"attributes": ["a.b"]}, Walk(attributes=(AttrPath(("a", "b")),))),
    ],
)
def test_options_say_how_far_to_go(given, walk):
    assert chosen(**given) == walk


@pytest.mark.parametrize("given", [{"depth": 2}, {"scopes": ["qt*"]}])
def test_who_stays_at_the_top_looks_into_nothing(given):
    with pytest.raises(typer.BadParameter):
        chosen(recurse=False, **given)


def test_an_attribute_path_that_makes_no_sense_is_refused():
    with pytest.raises(InvalidInput):
        chosen(attributes=["a..b"])


@pytest.mark.parametrize(
    ("walk", "told"),
    [
        (Walk(), "depth 2, into the usual sets, for x86_64-linux"),
        (Walk(depth=1), "the top, for x86_64-linux"),
        (Walk(recurse_all=True), "depth 2, into every set that asks for it and the usual sets, for x86_64-linux"),
        (Walk(scopes=("qt*", "gnome")), "depth 2, into qt*, gnome, for x86_64-linux"),
        (Walk(scopes=()), "depth 2, into nothing, for x86_64-linux"),
        (Walk(attributes=(AttrPath(("a", "b")),), scopes=SCOPES), "only a.b, for x86_64-linux"),
    ],
)
def test_a_walk_is_told_in_a_few_words(walk, told):
    assert walk_in_words(walk) == told
