from pathlib import Path

import pytest

from kodit.application.freshness.here import Here
from kodit.domain.sources.schedule import Schedule
from kodit.domain.sources.source import Source, SourceKind
from kodit.infrastructure.filesystem.path_facts import path_facts


@pytest.fixture
def here():
    return Here(lambda: "this machine", path_facts)


def a_source(kind: SourceKind, location: str) -> Source:
    return Source(name="it", kind=kind, location=location, created_at=None)


def queued_at(place: str) -> Schedule:
    return Schedule(index_id=1, place=place)


def at(directory: Path, kind: SourceKind, name: str = "") -> Source:
    return a_source(kind, str(directory / name) + ("#it" if kind is SourceKind.NIXPKGS_CHANNEL else ""))


ON_DISK = [SourceKind.DIRECTORY, SourceKind.NIXPKGS_CHANNEL]


@pytest.mark.parametrize("kind", ON_DISK)
async def test_what_lies_on_a_disk_is_read_where_it_was_queued_last(here, kind, tmp_path):
    source = at(tmp_path, kind)

    assert await here.has(source, queued_at("this machine"))
    assert not await here.has(source, queued_at("another machine"))


@pytest.mark.parametrize("kind", ON_DISK)
async def test_what_nobody_has_queued_is_read_by_whoever_has_it(here, kind, tmp_path):
    assert await here.has(at(tmp_path, kind), queued_at(""))
    assert not await here.has(at(tmp_path, kind, "gone"), queued_at(""))


async def test_a_file_may_be_a_channel_and_no_directory(here, tmp_path):
    (tmp_path / "list").write_text("{}")

    assert await here.has(at(tmp_path, SourceKind.NIXPKGS_CHANNEL, "list"), queued_at(""))
    assert not await here.has(at(tmp_path, SourceKind.DIRECTORY, "list"), queued_at(""))


@pytest.mark.parametrize(
    "source",
    [
        a_source(SourceKind.GIT, "https://example.org/a/b"),
        a_source(SourceKind.GIT, "file:///a/b"),
        a_source(SourceKind.NIXPKGS_CHANNEL, "https://example.org/packages.json#it"),
    ],
)
async def test_what_is_on_the_network_is_everywhere(here, source):
    assert await here.has(source, queued_at("another machine"))
