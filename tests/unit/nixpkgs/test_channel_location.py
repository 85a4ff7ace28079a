import pytest

from kodit.domain.errors import InvalidInput, NotFound
from kodit.domain.nixpkgs.channel_location import channel_location
from kodit.domain.sources.location import PathFacts
from kodit.domain.sources.source import Source, SourceKind


def there(path):
    return PathFacts(
        absolute=f"/home/{path.removeprefix('./')}", is_directory=True, is_bare_repository=False, is_repository=False
    )


def nothing(_path):
    return None


NAME = "a/b #1"


def source_at(location):
    return Source(name=NAME, kind=SourceKind.NIXPKGS_CHANNEL, location=location, created_at=None)


@pytest.mark.parametrize(
    ("typed", "repository", "lies_on_disk"),
    [
        ("./nixpkgs", "/home/nixpkgs", True),
        ("file:///a/packages.json", "/home//a/packages.json", True),
        ("odd#name", "/home/odd#name", True),
        ("https://example.org/packages.json.br", "https://example.org/packages.json.br", False),
        ("http://example.org/a%23b", "http://example.org/a%23b", False),
    ],
)
def test_a_location_says_where_the_channel_is_read(typed, repository, lies_on_disk):
    source = source_at(channel_location(typed, NAME, there))

    assert source.repository == repository
    assert source.lies_on_disk is lies_on_disk
    assert source.as_told.location == source.as_told.repository == repository
    assert source.as_told.lies_on_disk is lies_on_disk


def test_two_channels_of_one_tree_have_locations_of_their_own():
    assert channel_location("tree", "one", there) != channel_location("tree", "two", there)


def test_credentials_are_not_kept():
    assert "secret" not in channel_location("https://me:secret@example.org/packages.json", "c", nothing)


@pytest.mark.parametrize(
    "typed",
    ["git@example.org:nixpkgs", "ssh://example.org/nixpkgs", "git://example.org/nixpkgs", "ftp://example.org/list"],
)
def test_what_is_neither_a_path_nor_a_url_of_the_web_is_refused_with_what_channels_are_read_from(typed):
    with pytest.raises(InvalidInput) as refused:
        channel_location(typed, "c", there)

    assert "list of packages" in refused.value.remedy
    assert "ssh://" not in refused.value.remedy


@pytest.mark.parametrize("typed", ["", "--option"])
def test_what_is_no_location_at_all_is_refused(typed):
    with pytest.raises(InvalidInput):
        channel_location(typed, "c", there)


def test_a_path_where_nothing_is_is_not_found():
    with pytest.raises(NotFound, match="gone"):
        channel_location("./gone", "c", nothing)
