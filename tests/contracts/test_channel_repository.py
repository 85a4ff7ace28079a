"""What every ChannelRepository promises."""

import pytest
from indexed_nouns import a_source

from kodit.domain.nixpkgs.attr_path import AttrPath
from kodit.domain.nixpkgs.channel import Channel
from kodit.domain.nixpkgs.walk import EvaluationFailure, Walk
from kodit.infrastructure.memory.channel_repository import MemoryChannelRepository

OWN_WALK = Walk(
    depth=3,
    recurse_all=True,
    scopes=("qt*", "größe"),
    attributes=(AttrPath(("python3Packages", "numpy")), AttrPath(("a", "b.c", 'd"${e}'))),
    system="aarch64-darwin",
)


@pytest.fixture
async def channels(stored_in):
    """A repository, with two sources that it may speak of."""
    if stored_in is None:
        yield MemoryChannelRepository(), 1, 2
        return
    async with stored_in.write() as unit:
        first, second = [await unit.sources.add(a_source(name)) for name in ("first", "second")]
        yield unit.channels, first.id, second.id


def failure(attr, message="aborted"):
    return EvaluationFailure(AttrPath(tuple(attr.split("/"))), message)


async def test_what_was_never_saved_is_read_as_is_usual(channels):
    repository, index_id, _ = channels

    assert await repository.of(index_id) == Channel(index_id=index_id)
    assert await repository.all() == {}


@pytest.mark.parametrize("walk", [Walk(), OWN_WALK, Walk(scopes=())])
async def test_a_channel_comes_back_as_it_went_in(channels, walk):
    repository, index_id, other_id = channels
    channel = Channel(index_id=index_id, walk=walk, release_name="nixos-25.05 🏈", complete_as="a" * 64, described=True)

    await repository.save(channel)
    await repository.save(Channel(index_id=other_id))

    assert await repository.of(index_id) == channel
    assert await repository.all() == {index_id: channel, other_id: Channel(index_id=other_id)}


async def test_a_channel_that_is_saved_again_replaces_what_was_known(channels):
    repository, index_id, _ = channels
    await repository.save(Channel(index_id=index_id, walk=OWN_WALK, complete_as="1", release_name="one"))

    changed = Channel(index_id=index_id, walk=Walk(depth=1))
    await repository.save(changed)

    assert await repository.of(index_id) == changed


async def test_failures_are_told_by_path(channels):
    repository, index_id, other_id = channels
    failures = [failure("b", "error: größe\n  at a:1"), failure("a/b.c"), failure("a")]

    await repository.record_failures(index_id, failures)
    await repository.record_failures(other_id, [failure("else")])

    assert await repository.failures(index_id) == [failures[2], failures[1], failures[0]]
    assert await repository.count_failures(index_id) == 3


async def test_a_failure_that_is_recorded_again_replaces_the_one_before(channels):
    repository, index_id, _ = channels
    await repository.record_failures(index_id, [failure("a", "one"), failure("b", "two")])

    await repository.record_failures(index_id, [failure("a", "three")])
    await repository.record_failures(index_id, [])

    assert await repository.failures(index_id) == [failure("a", "three"), failure("b", "two")]


async def test_failures_that_are_not_kept_are_forgotten(channels):
    repository, index_id, other_id = channels
    await repository.record_failures(index_id, [failure("a"), failure("b"), failure("a/c d")])
    await repository.record_failures(other_id, [failure("a")])

    await repository.keep_failures(index_id, {AttrPath(("a", "c d")), AttrPath(("unknown",))})

    assert await repository.failures(index_id) == [failure("a/c d")]
    assert await repository.count_failures(other_id) == 1
