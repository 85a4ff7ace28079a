"""Which channels a question is about."""

from collections.abc import Collection, Mapping

from kodit.domain.errors import NotFound, NothingIndexed
from kodit.domain.nixpkgs.package_query import SearchedChannel
from kodit.domain.nixpkgs.ports import NixPackageSearch


async def searched_channels(packages: NixPackageSearch, names: Collection[str]) -> Mapping[int, SearchedChannel]:
    """The channels of these names, all without any, by their ids.

    Raises NothingIndexed when there is no channel, NotFound for a name that none has.
    """
    channels = await packages.channels()
    if not channels:
        raise no_channel()
    there = {channel.name for channel in channels}
    for name in names:
        if name not in there:
            raise no_channel_named(name)
    return {channel.id: channel for channel in channels if not names or channel.name in names}


def no_channel() -> NothingIndexed:
    """What is said where there is no channel, or none that somebody sees."""
    return NothingIndexed("there is no channel yet", remedy="add one: kodit nix channel add NAME --from PATH_OR_URL")


def no_channel_named(name: str) -> NotFound:
    """What is said of a channel that there is none of, or none that somebody sees."""
    return NotFound(f"there is no channel named {name}", remedy="list them: kodit nix channel list")
